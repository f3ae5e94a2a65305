import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { type Channel, findDeliveries } from '../../functions/shared/notifications/delivery.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { putOrder } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

// The real handler in a process of its own, so that it can be killed, and its log and traces be read.

const LEASE_MS = 60_000;
const EMAIL = 'ada@customers.example';
const PHONE = '+4741234567';

let folder: string;
let providers: FakeProviders;
/** Stands in for the daemon of X-Ray. */
let traces: Socket;
const segments: string[] = [];
beforeAll(async () => {
  traces = createSocket('udp4').on('message', (message) => segments.push(message.toString('utf8')));
  await new Promise<void>((bound) => traces.bind(0, '127.0.0.1', () => bound()));
  folder = mkdtempSync(join(tmpdir(), 'deliver-notification-'));
  providers = await FakeProviders.start();
  await build({
    entryPoints: [join(__dirname, '../../functions/deliver-notification/handler.ts')],
    outfile: join(folder, 'handler.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'silent',
  });
}, 60_000);
afterAll(async () => {
  traces.close();
  await providers.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => providers.reset());

/**
 * Starts a worker with the message of an order's completion. Its clock may be ahead, as a later worker's is, and its
 * time nearly over.
 */
function startWorker({ orderId, currency }: Order, { aheadMs = 0, remainingMs = LEASE_MS } = {}) {
  const body = JSON.stringify({
    type: 'OrderCompleted',
    version: 1,
    noticeId: `${orderId}:2`,
    orderId,
    sequence: 2,
    at: new Date().toISOString(),
    status: 'COMPLETED',
    totalAmount: 39.98,
    currency,
  });
  const script = `
    const now = Date.now;
    Date.now = () => now() + ${aheadMs};
    const { handler } = require('./handler.js');
    const event = { Records: [{ messageId: 'm', eventSource: 'aws:sqs', body: ${JSON.stringify(body)} }] };
    handler(event, { getRemainingTimeInMillis: () => ${remainingMs} }).then((result) => {
      require('node:fs').writeSync(3, JSON.stringify(result));
      process.exit(0);
    });`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: folder,
    // The log is all that is written to the first two. The result comes through file descriptor 3.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ORDERS_TABLE: stack.ordersTable,
      OPERATIONS_TABLE: stack.operationsTable,
      MAIL_CONFIGURATION_SET: 'mails',
      EMAIL_IDENTITY_ARN: 'arn:aws:ses:us-east-1:123456789012:identity/shop@shop.example',
      SMS_COUNTRIES: 'NO',
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: stack.endpoint,
      AWS_ENDPOINT_URL_SESV2: providers.endpoint,
      AWS_ENDPOINT_URL_SNS: providers.endpoint,
      POWERTOOLS_METRICS_NAMESPACE: 'test',
      LAMBDA_TASK_ROOT: folder,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${traces.address().port}`,
    },
  });
  const ended = Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    once(child, 'exit'),
  ]);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    result: async () => JSON.parse((await ended)[0]) as unknown,
    log: async () => (await ended).slice(1, 3).join(''),
  };
}

/** An order whose worker was killed between the record and the send. */
async function killedBeforeItSent(changes: Partial<Order>, channel: Channel): Promise<Order> {
  const order = await putOrder({
    status: 'COMPLETED',
    contact: { email: EMAIL, phone: PHONE },
    ...changes,
  });
  // The provider has the request's head and body, and takes nothing of it before its sender is dead.
  let taken = () => {};
  const dead = new Promise<void>((resolve) => {
    taken = resolve;
  });
  providers.plan(() => dead.then(() => 'lose-request' as const));
  const worker = startWorker(order);
  await waitFor('the worker to send', async () => providers.calls === 1);
  await worker.kill();
  taken();
  const deliveries = await findDeliveries(order.orderId, { dynamodb, operationsTable: stack.operationsTable });
  expect(deliveries).toContainEqual(expect.objectContaining({ channel, status: 'SENDING', attempts: 1 }));
  return order;
}

const BACK = { batchItemFailures: [{ itemIdentifier: 'm' }] };
const DONE = { batchItemFailures: [] };

test('an e-mail whose worker is killed before it sends is sent by a later worker, and only once its time is over', async () => {
  const order = await killedBeforeItSent({}, 'email');
  expect(await startWorker(order).result()).toEqual(BACK);
  expect(providers.emails).toHaveLength(0);
  expect(await startWorker(order, { aheadMs: LEASE_MS + 1000 }).result()).toEqual(DONE);
  expect(await startWorker(order, { aheadMs: LEASE_MS + 2000 }).result()).toEqual(DONE);
  expect(providers.emails).toHaveLength(1);
});

test('an SMS whose worker is killed before it sends is never sent, and its message is done', async () => {
  const order = await killedBeforeItSent({ notify: { email: false, sms: true } }, 'sms');
  expect(await startWorker(order).result()).toEqual(BACK);
  expect(await startWorker(order, { aheadMs: LEASE_MS + 1000 }).result()).toEqual(DONE);
  expect(providers.sms).toHaveLength(0);
  expect(providers.calls).toBe(1);
  const deliveries = await findDeliveries(order.orderId, { dynamodb, operationsTable: stack.operationsTable });
  expect(deliveries).toContainEqual(
    expect.objectContaining({ channel: 'sms', status: 'UNKNOWN', error: 'WorkerEnded', attempts: 1 }),
  );
});

test('a worker whose time is nearly over leaves its messages as they are', async () => {
  const order = await putOrder({ status: 'COMPLETED', contact: { email: EMAIL } });
  expect(await startWorker(order, { remainingMs: 24_000 }).result()).toEqual(BACK);
  expect(providers.calls).toBe(0);
  expect(await findDeliveries(order.orderId, { dynamodb, operationsTable: stack.operationsTable })).toEqual([]);
});

test('what SES and SNS say of an address or a number is in no log line and no trace', async () => {
  const order = await putOrder({
    status: 'COMPLETED',
    contact: { email: EMAIL, phone: PHONE },
    notify: { sms: true },
  });
  providers.plan(
    { status: 400, error: 'MessageRejected', message: `Email address is not verified: ${EMAIL}` },
    { status: 400, error: 'InvalidParameter', message: `PhoneNumber Reason: ${PHONE} is not valid to publish to` },
  );
  segments.length = 0;
  const worker = startWorker(order);
  expect(await worker.result()).toEqual(BACK);
  // The traces hold the two calls that failed, by name.
  await waitFor(
    'the traces',
    async () => /MessageRejected/.test(segments.join()) && /InvalidParameter/.test(segments.join()),
  );
  const log = await worker.log();
  expect(log).toContain('"error":"MessageRejected"');
  expect(log).toContain('NotificationsFailed');
  for (const personal of [EMAIL, PHONE, PHONE.slice(1)]) {
    expect(log).not.toContain(personal);
    expect(segments.join()).not.toContain(personal);
  }
});
