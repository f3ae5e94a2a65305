import { build } from 'esbuild';
import { errorsOfEsbuild } from '../../local/esbuild-output.ts';

const trace = '\n/project/node_modules/esbuild/lib/main.js:1752\n  let error = new Error(text);\n';

test('the errors of a failed build are told with file and line, without the trace of the script', async () => {
  const stdin = { contents: 'export async function authorize((', sourcefile: 'functions/payment/payment.ts' };
  const { errors } = await build({ stdin, write: false, logLevel: 'silent' }).then(
    () => ({ errors: [] }),
    (error: { errors: { text: string; location: { file: string; line: number; column: number } }[] }) => error,
  );
  const printed = errors.map(
    ({ text, location }) => `✘ [ERROR] ${text}\n\n    ${location.file}:${location.line}:${location.column}:\n`,
  );
  expect(printed).toHaveLength(1);
  expect(errorsOfEsbuild(`schemas are compiled\n${printed.join('\n')}${trace}`)).toBe(printed.join('').trimEnd());
});

test('an output without an error of esbuild has none', () => {
  expect(errorsOfEsbuild(`all is well\n${trace}`)).toBeUndefined();
});
