import { existsSync, globSync } from 'node:fs';
import { basename } from 'node:path';
import { hasImage, samLocalInvoke, whatIsMissing } from './sam-local.ts';

// npm run invoke -- <function>/<scenario>
//
// Runs one function in its container with one of its sample events, as `sam local invoke` does: with the environment of
// the deployed function, the addresses of the local cloud, and the rows that the event needs, which go afterwards.

const [name = ''] = process.argv.slice(2);
const [folder = '', scenario = ''] = name
  .replace(/^events\//, '')
  .replace(/\.json$/, '')
  .split('/');

function fail(line: string): void {
  console.error(line);
  process.exitCode = 1;
}

if (folder === '' || scenario === 'expected' || !existsSync(`events/${folder}/${scenario}.json`)) {
  const events = globSync(`events/${existsSync(`events/${folder}`) && folder !== '' ? folder : '*'}/*.json`)
    .map((file) => file.replace(/^events\/|\.json$/g, ''))
    .filter((event) => basename(event) !== 'expected');
  fail(`Usage: npm run invoke -- <function>/<scenario>, which is one of ${events.sort().join(', ')}`);
} else {
  const missing = await whatIsMissing();
  if (missing === undefined) await invoke();
  else fail(missing);
}

async function invoke(): Promise<void> {
  // It reads the addresses of the running cloud as it is loaded.
  const { expectationsOf, eventFile, functionOf, putGiven, removeGiven } = await import('../support/sample-events.ts');
  const { given } = expectationsOf(folder)[scenario] ?? {};
  if (!hasImage()) console.error('The image of the functions is not here yet; it is fetched now, once.');
  await putGiven(given);
  try {
    const output = await samLocalInvoke(functionOf(folder).logicalId, eventFile(folder, scenario), 'inherit');
    console.log(output.trim());
  } catch (error) {
    fail((error as Error).message);
  } finally {
    await removeGiven(given);
  }
}
