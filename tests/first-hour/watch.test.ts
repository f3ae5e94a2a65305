import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { freePort } from '../../local/free-port.ts';
import { SAMPLE_ORDER } from '../../local/sample-request.ts';
import type { Stack } from '../../local/stack-file.ts';
import { commandBlock } from '../support/command-blocks.ts';
import { TreeCopy } from '../support/tree-copy.ts';
import { waitFor } from '../support/wait-for.ts';

// `npm start -- --watch` in a copy of the tree, on a port of its own. Every edit is one that somebody makes; the tests
// read what it says, and ask the API and the emulator what runs. They are one story: each leaves the tree as it was.

const START_SECONDS = 240;
const EDIT = { seconds: 60 };

const tree = new TreeCopy();
const { folder } = tree;
let started: ChildProcess;
let output = '';
let stack: Stack;
let token: string;
/** What puts back the files that a test has changed. */
let restores: (() => void)[] = [];

beforeAll(
  async () => {
    const port = await freePort();
    // Not by bootstrap.mjs, which would install packages anew, because the folder is another.
    started = spawn(process.execPath, ['local/start.ts', '--watch', '--port', String(port)], {
      cwd: folder,
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr]) stream?.on('data', (data: Buffer) => (output += data));
    const ended = new Promise<never>((_, reject) => {
      started.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
    });
    await Promise.race([new Said().line('Watching the sources', { seconds: START_SECONDS }), ended]);
    stack = JSON.parse(readFileSync(join(folder, '.local/stack.json'), 'utf8')) as Stack;
    token = await signIn();
  },
  (START_SECONDS + 60) * 1000,
);

afterEach(() => {
  for (const restore of restores) restore();
  restores = [];
});

afterAll(async () => {
  if (started.exitCode === null) {
    const ended = new Promise((resolve) => started.once('exit', resolve));
    process.kill(-(started.pid ?? 0), 'SIGINT');
    await ended;
  }
  tree.remove();
}, 60_000);

test('npm start prints what the README shows', () => {
  const [command = '', ...shown] = commandBlock('README.md', 'Run it on a laptop').trimEnd().split('\n');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
  expect([command, scripts.start]).toEqual(['$ npm start', 'node local/bootstrap.mjs start.ts']);

  // The README leaves some steps out, and the order's status is read beside its states.
  const comparable = (line: string) =>
    line
      .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, '<order>')
      .replace(/[\d.]+ s\)$/, '<time>')
      .replace(/port \d+/, 'port <port>');
  const printed = output.split('\n').map(comparable);
  expect(shown.map(comparable).filter((line) => !printed.includes(line))).toEqual([]);
  expect(shown.length).toBeGreaterThan(10);
});

test('what it bundles is what sam build made', () => {
  // It compares the two when it starts, and would bring every function that differs.
  expect(output).toContain('Watching the sources');
  expect(output).not.toContain('since the build');
});

test('an edited shared file is answered by the API, in a cloud that was not restarted', async () => {
  const orderId = await completeOrder();
  const emulator = emulatorPid();
  const said = new Said();
  const begun = Date.now();
  const restore = edit('functions/shared/api/page-limit.ts', (text) =>
    text.replace('`the limit must be', '`EDITED limit must be'),
  );
  await waitFor('the edited text', async () => (await problemOfLimit()).startsWith('EDITED'), EDIT);
  console.log(`from the edit to the answer: ${Date.now() - begun} ms`);

  // All that contain the shared file are live, in one line; the order's list and the products' are among them.
  const line = await said.line('✓ functions/shared/api/page-limit.ts');
  console.log(line);
  expect(line).toMatch(/: .*get-order.*list-products.* are live {2}\([\d.]+ s\)$/);
  expect(emulatorPid()).toBe(emulator);
  expect(await request('GET', `/orders/${orderId}`)).toMatchObject({ status: 200, body: { status: 'COMPLETED' } });
  restore();
  await waitFor('the old text', async () => (await problemOfLimit()).startsWith('the limit'), EDIT);
});

test('an edit that does not build is shown with file and line, and the old code answers on', async () => {
  const file = 'functions/list-products/list-products.ts';
  const lines = readFileSync(join(folder, file), 'utf8').split('\n').length;
  const said = new Said();
  const restore = edit(file, (text) => `${text}const broken = ;\n`);
  expect(await said.line(`✗ ${file}`)).toContain(`${file}:${lines}:16: Unexpected ";"`);
  await said.line('The functions that do not build keep their code.');
  expect(await request('GET', '/products')).toMatchObject({ status: 200 });

  await said.line('types are wrong');
  const mended = new Said();
  restore();
  await mended.line('types are right again');
});

test('a wrong type is shown, and does not hold the edit back', async () => {
  const file = 'functions/shared/api/page-limit.ts';
  const said = new Said();
  const restore = edit(file, (text) =>
    text
      .replace('const DEFAULT_LIMIT = 20;', 'const DEFAULT_LIMIT: string = 20;')
      .replace('`the limit', '`MISTYPED limit'),
  );
  await waitFor('the edited text', async () => (await problemOfLimit()).startsWith('MISTYPED'), EDIT);
  expect(await said.line(`${file}(3,`)).toContain("error TS2322: Type 'number' is not assignable to type 'string'");
  const mended = new Said();
  restore();
  await mended.line('types are right again');
});

test('an edited workflow is live; a broken one is refused, and the one before runs on', async () => {
  const file = 'statemachine/process-order.asl.yaml';
  const emulator = emulatorPid();
  const said = new Said();
  const begun = Date.now();
  const restore = edit(file, (text) => text.replace('Processes one order:', 'EDITED one order:'));
  await waitFor('the new definition', async () => (await definition()).includes('EDITED one order:'), EDIT);
  console.log(`from the edit to the definition: ${Date.now() - begun} ms`);
  console.log(await said.line(`✓ ${file}: the workflow is live`));
  expect(await definition()).not.toContain('${');
  await completeOrder();
  restore();
  await waitFor('the old definition', async () => !(await definition()).includes('EDITED'), EDIT);

  const refused = new Said();
  const mend = edit(file, (text) => text.replace('StartAt: ValidateOrder', 'StartAt: Nowhere'));
  // The line of the workflow, and not that of the pages that are drawn from it.
  expect(await refused.line(`✗ ${file}: ${file}`)).toContain('Nowhere');
  expect(await definition()).toContain('"StartAt":"ValidateOrder"');
  const mended = new Said();
  mend();
  await mended.line(`✓ ${file}: the workflow is live`);
  expect(emulatorPid()).toBe(emulator);
});

test('an edit of the template updates the stack, whose orders and addresses stay', async () => {
  const orderId = await completeOrder();
  const emulator = emulatorPid();
  const said = new Said();
  edit('template.yaml', (text) => text.replace('Description: Takes an order', 'Description: EDITED'));
  console.log(await said.line('✓ template.yaml: the stack is updated, and its data is kept', { seconds: 240 }));
  const { Configuration } = await lambda().send(
    new GetFunctionCommand({ FunctionName: stack.functions.CreateOrderFunction }),
  );
  expect(Configuration?.Description).toMatch(/^EDITED/);
  expect(await request('GET', `/orders/${orderId}`)).toMatchObject({ status: 200, body: { status: 'COMPLETED' } });
  await completeOrder();
  expect(emulatorPid()).toBe(emulator);
}, 300_000);

/** What is printed from now on. */
class Said {
  private readonly from = output.length;

  /** The first whole line with a text, once it is there. */
  line(text: string, wait: { seconds: number } = EDIT): Promise<string> {
    return waitFor(
      `the line "${text}"`,
      async () =>
        output
          .slice(this.from)
          .split('\n')
          .slice(0, -1)
          .find((line) => line.includes(text))
          ?.trim(),
      wait,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; printed was:\n${output.slice(this.from)}`);
    });
  }
}

const connection = () => ({
  endpoint: String(stack.endpoint),
  region: stack.region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
const lambda = () => new LambdaClient(connection());

async function definition(): Promise<string> {
  const sfn = new SFNClient(connection());
  const machine = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: stack.orderWorkflowArn }));
  return machine.definition ?? '';
}

async function problemOfLimit(): Promise<string> {
  return String((await request('GET', '/orders?limit=0')).body.detail);
}

/** Places an order, and waits until the API shows it completed. */
async function completeOrder(): Promise<string> {
  const { body } = await request('POST', '/orders', SAMPLE_ORDER);
  const orderId = String(body.orderId);
  await waitFor(
    `order ${orderId}`,
    async () => (await request('GET', `/orders/${orderId}`)).body.status === 'COMPLETED',
    EDIT,
  );
  return orderId;
}

async function request(method: string, path: string, body?: unknown): Promise<{ status: number; body: JsonObject }> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: { 'x-api-key': stack.apiKey, authorization: token, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as JsonObject };
}

type JsonObject = Record<string, unknown>;

/**
 * Changes a file as many editors do: by a new file that takes its place.
 *
 * @returns what puts the old text back
 */
function edit(path: string, change: (text: string) => string): () => void {
  const file = join(folder, path);
  const before = readFileSync(file, 'utf8');
  const write = (text: string) => {
    writeFileSync(`${file}~`, text);
    renameSync(`${file}~`, file);
  };
  const after = change(before);
  if (after === before) throw new Error(`the edit of ${path} changes nothing`);
  write(after);
  const restore = () => {
    if (readFileSync(file, 'utf8') !== before) write(before);
  };
  restores.push(restore);
  return restore;
}

const emulatorPid = () =>
  execFileSync('pgrep', ['-of', join(folder, 'local/start_ministack.py')], { encoding: 'utf8' });

async function signIn(): Promise<string> {
  const { email, password } = stack.customer;
  const { AuthenticationResult } = await new CognitoIdentityProviderClient(connection()).send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: stack.userPoolClientId,
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  return String(AuthenticationResult?.IdToken);
}
