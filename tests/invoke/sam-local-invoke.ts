import '../support/only-with-cloud.ts';
import {
  deviations,
  type End,
  eventFile,
  expectationsOf,
  folders,
  functionOf,
  isFailure,
  putGiven,
  removeGiven,
} from '../support/sample-events.ts';
import { stack } from '../support/stack.ts';
import { samLocalInvoke, whatIsMissing } from './sam-local.ts';

// npm run test:invoke [-- <function>[/<scenario>] …]
//
// Runs every function in its container with `sam local invoke`: with a success and a failure among its sample events, or
// with the named events. Compares the results with expected.json. It needs Docker and the running local cloud.

if (stack.endpoint === undefined) throw new Error('containers are given the addresses of the local cloud alone');
const missing = await whatIsMissing();
if (missing === undefined) await invokeAll(process.argv.slice(2));
else console.log(`skipped: ${missing}`);

async function invokeAll(wanted: string[]): Promise<void> {
  const chosen = wanted.length > 0 ? wanted.flatMap(scenariosNamed) : folders.flatMap(aSuccessAndAFailure);
  let failed = 0;
  for (const [folder, scenario] of chosen) {
    const begun = Date.now();
    const expectation = expectationsOf(folder)[scenario] ?? {};
    await putGiven(expectation.given);
    const end = await invoke(folder, scenario);
    await removeGiven(expectation.given);
    // A container has the credentials of whoever runs it, and not those of the function's role.
    const { throwsWithYourRights: throws = expectation.throws } = expectation;
    const wrong = deviations(end, { ...expectation, ...(throws !== undefined && { throws }) });
    if (wrong.length > 0) failed += 1;
    const seconds = `${((Date.now() - begun) / 1000).toFixed(1)} s`;
    console.log(
      `${wrong.length > 0 ? '✗' : '✓'} ${folder.padEnd(14)} ${scenario.padEnd(36)} ${seconds.padStart(6)}  ${summary(end)}`,
    );
    for (const deviation of wrong) console.log(`    ${deviation}`);
  }
  console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function scenariosNamed(name: string): [string, string][] {
  const [folder = '', scenario] = name.split('/');
  const known = folders.includes(folder) ? Object.keys(expectationsOf(folder)) : [];
  const chosen = scenario === undefined ? known : known.filter((one) => one === scenario);
  if (chosen.length === 0) throw new Error(`there is no sample event ${name}`);
  return chosen.map((one) => [folder, one]);
}

function aSuccessAndAFailure(folder: string): [string, string][] {
  const expectations = Object.entries(expectationsOf(folder));
  return [false, true].flatMap((failure) => {
    const found = expectations.find(([, expectation]) => isFailure(expectation) === failure);
    return found ? [[folder, found[0]] as [string, string]] : [];
  });
}

async function invoke(folder: string, scenario: string): Promise<End> {
  const stdout = await samLocalInvoke(functionOf(folder).logicalId, eventFile(folder, scenario), 'ignore');
  const result = JSON.parse(stdout);
  return typeof result?.errorMessage === 'string' ? { errorType: result.errorType } : { result };
}

function summary(end: End): string {
  if ('errorType' in end) return `throws ${end.errorType}`;
  const { statusCode, body } = (end.result ?? {}) as { statusCode?: number; body?: string };
  const text = statusCode === undefined ? JSON.stringify(end.result) : `${statusCode} ${body ?? ''}`;
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
