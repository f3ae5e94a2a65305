import '../support/only-with-cloud.ts';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import {
  actionsOf,
  isAboutWork,
  type Part,
  type PolicyDocument,
  putPolicy,
  resourcesOf,
  roleOf,
  type Statement,
  without,
} from '../support/role-policies.ts';
import {
  deviations,
  expectationsOf,
  folderOf,
  folders,
  functionOf,
  invokeDeployed,
  putGiven,
  removeGiven,
  scenariosOf,
} from '../support/sample-events.ts';
import { stack } from '../support/stack.ts';

// npm run test:policies [-- <function folder> …]
//
// Removes each statement from the deployed role of each function, then each action and each resource of the statements
// that have several. Each time it looks for a test that fails: a sample event first, then the suites below. A right that
// no test needs is too much in the template, or needs a test. Every right is put back. Nothing else should use the local
// cloud at the same time.

/** The tests that go through a deployed function, by its folder. */
const SUITES: Record<string, string[]> = {
  'admin-audit': ['e2e/admin-audit'],
  'admin-breaker': ['e2e/admin-breaker'],
  'admin-dlq': ['e2e/admin-dlq'],
  'admin-overview': ['e2e/admin-overview'],
  auth: ['e2e/auth'],
  'cancel-order': ['workflow/cancel-order'],
  'check-image': ['e2e/product-images'],
  'create-order': ['e2e/place-order', 'e2e/idempotency'],
  'deliver-notification': ['workflow/deliver-notification'],
  'escalate-order': ['workflow/escalate-order'],
  'get-order': ['e2e/get-order'],
  inventory: ['e2e/place-order'],
  'list-executions': ['e2e/list-executions'],
  'list-products': ['e2e/list-products'],
  notify: ['e2e/place-order'],
  payment: ['e2e/place-order', 'workflow/circuit-breaker'],
  'publish-order-events': ['workflow/order-events'],
  'put-product': ['e2e/put-product'],
  reconcile: ['workflow/reconcile', 'workflow/circuit-breaker'],
  'retry-order': ['workflow/retry-order'],
  'upload-image': ['e2e/product-images'],
  validate: ['e2e/place-order'],
};

/**
 * Statements that nothing here can notice: the emulator reads the source of events itself, keeps what a function failed
 * on itself, and asks no role.
 */
const NOT_EVALUATED = ['ReceiveNotifications', 'ReadOrderWrites', 'FindOrderStream', 'KeepFailedRecords'];

const REPORT = '.local/jest-policies.json';

/** The suites that have passed with all rights in place. */
const sound = new Set<string>();

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (interrupted = true));

await sweep(process.argv.slice(2));

async function sweep(wanted: string[]): Promise<void> {
  if (stack.endpoint === undefined) {
    throw new Error('this takes rights away from deployed roles, and so is for the local cloud alone');
  }
  const all = Object.keys(stack.functions).map(folderOf).sort();
  const unknown = wanted.filter((folder) => !all.includes(folder));
  if (unknown.length > 0) throw new Error(`no such function: ${unknown.join(', ')}`);

  let tried = 0;
  const missed: string[] = [];
  for (const folder of wanted.length > 0 ? wanted : all) {
    const before = await sampleEventThatDiffers(folder);
    if (before !== undefined) throw new Error(`with all its rights, ${folder} already differs: ${before}`);
    for (const cut of cutsOf(await roleOf(functionOf(folder).physicalName))) {
      const noticed = await testThatNotices(folder, cut);
      if (interrupted) break;
      console.log(`${folder.padEnd(14)} ${cut.title.padEnd(58)} → ${noticed ?? 'NOTHING NOTICED IT'}`);
      tried += 1;
      if (noticed === undefined) missed.push(`${folder} ${cut.title}`);
    }
    if (interrupted) break;
  }
  console.log(
    '\nNot tried, because the emulator does not evaluate them: the roles of the two workflows and of the pipe, ' +
      `${NOT_EVALUATED.join(', ')}.` +
      `\n${tried} tried, ${tried - missed.length} noticed, ${missed.length} not noticed`,
  );
  if (missed.length > 0 || interrupted) process.exitCode = 1;
}

interface Cut {
  title: string;
  /** Does something while the role lacks the right. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

function cutsOf({ name, policies }: Awaited<ReturnType<typeof roleOf>>): Cut[] {
  return Object.entries(policies).flatMap(([policyName, document]) =>
    document.Statement.filter(isTried).flatMap((statement) =>
      partsOf(statement).map((part) => ({
        title: titleOf(statement, part),
        during: async (work) => {
          await putPolicy(name, policyName, withSomething(without(document, statement, part)));
          return work().finally(() => putPolicy(name, policyName, document));
        },
      })),
    ),
  );
}

/** To take a Deny away allows more, which makes no test fail; tests/template holds it. */
function isTried(statement: Statement): boolean {
  return isAboutWork(statement) && statement.Effect === 'Allow' && !NOT_EVALUATED.includes(statement.Sid ?? '');
}

/** The whole, then each of several actions and of several resources. */
function partsOf(statement: Statement): Part[] {
  const actions = actionsOf(statement);
  const resources = resourcesOf(statement);
  return [
    {},
    ...(actions.length > 1 ? actions.map((action) => ({ action })) : []),
    ...(resources.length > 1 ? resources.map((resource) => ({ resource })) : []),
  ];
}

function titleOf(statement: Statement, { action, resource }: Part): string {
  const part = action ?? resource?.replace(/^arn:(?:[^:]*:){4}/, '').replace(`${stack.stackName}-`, '');
  return `${statement.Sid ?? actionsOf(statement).join()}${part === undefined ? '' : `: ${part}`}`;
}

/** IAM wants at least one statement. */
function withSomething(document: PolicyDocument): PolicyDocument {
  if (document.Statement.length > 0) return document;
  return { ...document, Statement: [{ Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' }] };
}

/** The first test that ends otherwise while the right is missing, as `suite: test`. */
async function testThatNotices(folder: string, { during }: Cut): Promise<string | undefined> {
  const event = await during(() => sampleEventThatDiffers(folder));
  if (event !== undefined) return `sample event ${event}`;
  for (const suite of SUITES[folder] ?? []) {
    if (interrupted) return undefined;
    await isSound(suite);
    const test = await during(() => testThatFails(suite));
    if (test !== undefined) return `${suite}: ${test}`;
  }
  return undefined;
}

/** @throws Error when a suite fails with all rights in place, and so can tell nothing */
async function isSound(suite: string): Promise<void> {
  if (sound.has(suite)) return;
  const test = await testThatFails(suite);
  if (test !== undefined) throw new Error(`with all rights in place, ${suite} fails: ${test}`);
  sound.add(suite);
}

async function sampleEventThatDiffers(folder: string): Promise<string | undefined> {
  if (!folders.includes(folder)) return undefined;
  const expectations = expectationsOf(folder);
  for (const scenario of scenariosOf(folder)) {
    const expectation = expectations[scenario] ?? {};
    await putGiven(expectation.given);
    const end = await invokeDeployed(folder, scenario);
    await removeGiven(expectation.given);
    if (deviations(end, expectation).length > 0) return scenario;
  }
  return undefined;
}

async function testThatFails(suite: string): Promise<string | undefined> {
  rmSync(REPORT, { force: true });
  const options = ['--selectProjects', 'cloud', '--runInBand', '--json', '--outputFile', REPORT];
  options.push('--env', './tests/policies/stop-at-failure.cjs');
  await new Promise<void>((resolve, reject) => {
    const jest = spawn('node_modules/.bin/jest', [...options, '--testPathPatterns', `tests/${suite}.test.ts`], {
      stdio: 'ignore',
    });
    jest.on('error', reject);
    jest.on('exit', () => resolve());
  });
  // Ctrl-C ends Jest too, before it has written its report.
  if (interrupted) return undefined;
  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8')) as {
    testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[];
  };
  if (testResults.length === 0) throw new Error(`tests/${suite}.test.ts has no test`);
  for (const { message, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed) return failed.fullName;
    if (assertionResults.length === 0) throw new Error(`tests/${suite}.test.ts does not run: ${message}`);
  }
  return undefined;
}
