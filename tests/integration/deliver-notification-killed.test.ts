import { spawn } from 'node:child_process';
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

// The real handler in a process of its own, which is killed when it has written its record and is about to send.

const LEASE_MS = 60_000;

let folder: string;
let providers: FakeProviders;
beforeAll(async () => {
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
  await providers.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => providers.reset());

/** Starts a worker with the message of an order's completion. Its clock may be ahead, as a later worker's is. */
function startWorker({ orderId, currency }: Order, aheadMs = 0) {
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
    handler(event, { getRemainingTimeInMillis: () => ${LEASE_MS} }).then((result) => {
      require('node:fs').writeSync(3, JSON.stringify(result));
      process.exit(0);
    });`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: folder,
    // The log is dropped. The result comes through file descriptor 3.
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
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
      POWERTOOLS_TRACE_ENABLED: 'false',
      POWERTOOLS_METRICS_NAMESPACE: 'test',
    },
  });
  const ended = Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    result: async () => JSON.parse((await ended)[0]) as unknown,
  };
}

/** An order whose worker was killed between the record and the send. */
async function killedBeforeItSent(changes: Partial<Order>, channel: Channel): Promise<Order> {
  const order = await putOrder({
    status: 'COMPLETED',
    contact: { email: 'ada@customers.example', phone: '+4741234567' },
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
  expect(await startWorker(order, LEASE_MS + 1000).result()).toEqual(DONE);
  expect(await startWorker(order, LEASE_MS + 2000).result()).toEqual(DONE);
  expect(providers.emails).toHaveLength(1);
});

test('an SMS whose worker is killed before it sends is never sent, and its message is done', async () => {
  const order = await killedBeforeItSent({ notify: { email: false, sms: true } }, 'sms');
  expect(await startWorker(order).result()).toEqual(BACK);
  expect(await startWorker(order, LEASE_MS + 1000).result()).toEqual(DONE);
  expect(providers.sms).toHaveLength(0);
  expect(providers.calls).toBe(1);
  const deliveries = await findDeliveries(order.orderId, { dynamodb, operationsTable: stack.operationsTable });
  expect(deliveries).toContainEqual(
    expect.objectContaining({ channel: 'sms', status: 'UNKNOWN', error: 'WorkerEnded', attempts: 1 }),
  );
});
