import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { makeCustomer } from '../support/accounts.ts';
import { findAwsCli } from '../support/aws-cli.ts';
import { commandBlock } from '../support/command-blocks.ts';
import { HOSTILE_SETTINGS } from '../support/hostile-settings.ts';
import { orderRequest, placeOrder, readOrder } from '../support/orders.ts';
import { stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const run = async (command: string) => {
  // A function's whole log is shown, and other tests place thousands of orders.
  const options = { env: { ...process.env, ...HOSTILE_SETTINGS }, timeout: 170_000, maxBuffer: 256 * 1024 * 1024 };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `set -eo pipefail\n${command}`], options);
  return { stdout, stderr };
};

test('"Try it" of the README does what it says, under the hostile settings of a user', async () => {
  const { stdout } = await run(commandBlock('README.md', 'Try it'));
  const [declined = '', log = '', cancelled = ''] =
    /^(\[\n[\s\S]*?\n\])\n([\s\S]*)\n(\[\n[\s\S]*\n\])\n$/.exec(stdout)?.slice(1) ?? [];
  const statuses = (history: string) => [...history.matchAll(/status: '(\w+)'/g)].map(([, status]) => status);
  expect(statuses(declined)).toEqual(['PENDING', 'PROCESSING', 'FAILED']);
  expect(declined).toContain("detail: 'the payment was declined'");
  expect(log).toContain('"message": "ORDER_CREATED"');
  expect(log).toContain('"message": "PAYMENT_DECLINED"');
  expect(statuses(cancelled)[0]).toBe('PENDING');
  expect(statuses(cancelled).at(-1)).toBe('CANCELLED');
});

const cli = findAwsCli();

(cli === undefined ? test.skip : test)(
  '"Look at a run" of the README shows executions, a history, a log and an answer',
  async () => {
    const customer = await makeCustomer();
    const orderId = await placeOrder(customer, orderRequest([{ productId: 'PROD-001', quantity: 1 }]));
    await waitFor('the order', async () => (await readOrder(customer, orderId)).status === 'COMPLETED');
    const { stdout } = await run(`PATH="$PATH:${cli}"\n${commandBlock('README.md', 'Look at a run')}`);
    expect(stdout).toContain(`"stateMachineArn": "${stack.orderWorkflowArn}"`);
    expect(stdout).toContain('"type": "ExecutionStarted"');
    expect(stdout).toContain('"message": "PAYMENT_DONE"');
    const [answer = ''] = /\{"statusCode": .*/.exec(stdout) ?? [];
    expect(JSON.parse(answer)).toMatchObject({ statusCode: 200, body: expect.stringContaining('PROD-') });
  },
  170_000,
);

test('npm run seed puts what is missing, under the hostile settings of a user', async () => {
  expect((await run('npm run -s seed')).stdout).toMatch(
    /^Of \d+ sample products in order-processing-\S+, \d+ were missing and \d+ were changed/,
  );
});

const docker = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;

(docker ? test : test.skip)(
  'a function runs in its container as the README says, under those settings too',
  async () => {
    const { stdout } = await run(commandBlock('README.md', 'Test it'));
    const answers = stdout.split('\n').filter((line) => line.startsWith('{"statusCode"'));
    expect(answers.map((line) => JSON.parse(line))).toMatchObject([{ statusCode: 202 }, { statusCode: 202 }]);
  },
  180_000,
);
