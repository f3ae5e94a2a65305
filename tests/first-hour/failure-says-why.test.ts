import { spawn } from 'node:child_process';
import { freePort } from '../../local/free-port.ts';
import { TreeCopy } from '../support/tree-copy.ts';

/** Where the work of authorize() begins. */
const BEGIN = '): Promise<{ status: PaymentStatus }> {\n';

/** As long as a deployment may take on a machine that does other work too. */
const START = 170_000;

const copy = new TreeCopy();

afterAll(async () => {
  await run('stop.ts');
  copy.remove();
}, 30_000);

interface Run {
  code: number | null;
  output: string;
  /** When a line was printed first, in milliseconds since the program began. */
  at: (text: string) => number;
}

/** Runs a program of local/ in the copy, as bootstrap.mjs does. What it installs is there already. */
function run(program: string, ...args: string[]): Promise<Run> {
  const begun = Date.now();
  const printed: { text: string; at: number }[] = [];
  const child = spawn('node_modules/.bin/node', [`local/${program}`, ...args], {
    cwd: copy.folder,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => printed.push({ text: chunk.toString(), at: Date.now() - begun }));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      const at = (text: string) => printed.find((part) => part.text.includes(text))?.at ?? Number.NaN;
      resolve({ code, output: printed.map(({ text }) => text).join(''), at });
    });
  });
}

const start = async () => run('start.ts', '--detach', '--port', String(await freePort()));

test('a workflow that leads nowhere is refused before anything is built, with file, line and state', async () => {
  const file = 'statemachine/process-order.asl.yaml';
  copy.change(file, 'Next: AuthorizePayment', 'Next: AuthorisePayment');
  const { code, output, at } = await start();
  copy.restore(file);

  console.log(`the cause was printed ${at('AuthorisePayment')} ms after the start`);
  expect(output).toMatch(/statemachine\/process-order\.asl\.yaml:\d+: ValidateOrder: AuthorisePayment does not exist/);
  expect(output).not.toContain('sam build');
  expect(code).toBe(1);
});

test("a misspelt property of the template shows SAM's own error, and no traceback", async () => {
  copy.change('template.yaml', '      Description: Signs customers', '      Descripton: Signs customers');
  const { code, output, at } = await start();
  copy.restore('template.yaml');

  console.log(`the cause was printed ${at('Descripton')} ms after the start`);
  expect(output).toContain('property Descripton not defined for resource of type AWS::Serverless::Function');
  expect(output).toContain('AuthFunction');
  expect(output).not.toMatch(/Traceback|Or create a bug report/);
  expect(code).toBe(1);
});

test('a function that does not compile is named with file and line', async () => {
  copy.change('functions/payment/payment.ts', 'export async function authorize(', 'export async function authorize((');
  const { code, output } = await start();
  copy.restore('functions/payment/payment.ts');

  expect(output).toMatch(/ {4}functions\/payment\/payment\.ts:\d+:\d+:/);
  expect(code).toBe(1);
});

test(
  'a function that throws, and one that throws while it loads, are named with error and line of the source; the cloud stays up',
  async () => {
    copy.change('functions/payment/payment.ts', BEGIN, `${BEGIN}  refuse();\n`);
    copy.change(
      'functions/payment/payment.ts',
      'export async function authorize(',
      "function refuse(): void {\n  throw new TypeError('the payment is broken');\n}\n\nexport async function authorize(",
    );
    copy.change(
      'functions/publish-order-events/handler.ts',
      'export const handler',
      "if (process.env.ORDERS_TABLE !== '') throw new RangeError('the events are broken');\nexport const handler",
    );
    const { code, output, at } = await start();

    console.log(
      `the cause was printed ${at('functions/payment/payment.ts') - at('completing the API')} ms after the deployment`,
    );
    expect(output).toMatch(/AuthorizePayment failed with \S+, after 6 attempts; on to BeginUndo/);
    expect(output).toContain('the payment is broken');
    expect(output).toMatch(/at functions\/payment\/payment\.ts:\d+:\d+/);
    expect(output).toMatch(/The last lines of payment, of log group \S+PaymentLogGroup/);
    expect(output).toMatch(
      /The function publish-order-events throws while it loads:\s+RangeError: the events are broken/,
    );
    expect(output).toMatch(/at functions\/publish-order-events\/handler\.ts:\d+:\d+/);
    expect(output).toContain('The local cloud is up.');
    expect(code).toBe(1);

    // What the start says one may look at is there.
    const [, orderId = ''] = /npm run order -- (\S+)/.exec(output) ?? [];
    const order = await run('order.ts', orderId);
    expect(order.output).toMatch(/✗ attempt 1 failed after [\d.]+ s: \S+: the payment is broken/);
    expect(order.output).toMatch(/attempt 2, after a wait of/);
    expect(order.output).toMatch(/at functions\/payment\/payment\.ts:\d+:\d+/);
  },
  START,
);
