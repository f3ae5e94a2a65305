import { randomUUID } from 'node:crypto';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type ReconcileResources, reconcile } from '../../functions/reconcile/reconcile.ts';
import type { Finding } from '../../functions/reconcile/reconcile-report.ts';
import type { ReconcileRequest } from '../../functions/reconcile/reconcile-request.schema.ts';
import type { ReconcileSettings } from '../../functions/reconcile/reconcile-settings.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { findOrder } from '../../functions/shared/orders/order-table.ts';
import { type Payment, PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { orderRow } from '../support/order-rows.ts';
import { makeOrdersTable } from '../support/own-orders-table.ts';
import { dynamodb } from '../support/stack.ts';

// A whole run, on an Orders table of its own. The clients of all other services are played.

const MINUTE = 60_000;
const NOW = Date.parse('2025-03-06T18:00:00.000Z');
const SETTINGS: ReconcileSettings = {
  pendingMs: 10 * MINUTE,
  stuckMs: 15 * MINUTE,
  notificationMs: 5 * MINUTE,
  ledgerMs: 60 * MINUTE,
  maxResends: 8,
  maxRetries: 5,
  maxBacklog: 10,
  maxOrders: 5,
  orderMs: 125,
  workers: 2,
};
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString();

let ordersTable = '';
let drop: () => Promise<unknown>;

beforeEach(async () => {
  ({ ordersTable, drop } = await makeOrdersTable());
});
afterEach(() => drop());

/** An order whose status is as old as that. */
async function put(status: Order['status'], minutes: number, changes: Partial<Order> = {}): Promise<Order> {
  const at = ago(minutes);
  const history: Order['history'] = [{ status: 'PENDING', at }];
  if (status !== 'PENDING') history.push({ status, at });
  const order = orderRow({ createdAt: at, status, history, ...changes });
  await dynamodb.send(new PutCommand({ TableName: ordersTable, Item: order }));
  return order;
}

const paymentOf = ({ orderId, total }: Order, status: Payment['status']): Payment => ({
  paymentId: `pay_${orderId}`,
  orderId,
  status,
  authorizedAmount: total,
  capturedAmount: status === 'CAPTURED' ? total : 0,
  refundedAmount: 0,
});

interface World {
  /** Messages in the queue, or what it throws. */
  backlog: number | Error;
  /** The states of executions by name. The others do not exist. */
  executions: Record<string, 'RUNNING' | 'FAILED' | Error>;
  /** What notify answers for an order, when it does not publish one notification. */
  notify: Record<string, number | 'FAILS' | Error>;
  ledger: Payment[] | Error;
  /** The orders whose payment the provider does not tell. */
  unreachable: string[];
  /** How many more orders, notifications and payments there is time for. */
  visits: number;
}

/** Everything around the table, which remembers what was asked of it. */
function world(given: Partial<World> = {}) {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const pauses: number[] = [];
  let now = NOW;
  let visits = given.visits ?? Number.POSITIVE_INFINITY;
  const thrown = <Value>(value: Value | Error): Value => {
    if (value instanceof Error) throw value;
    return value;
  };
  const sqs = {
    async send(command: unknown) {
      if (command instanceof GetQueueAttributesCommand) {
        asked.push('backlog');
        const [visible, hidden] = [thrown(given.backlog ?? 0), 0];
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(visible),
            ApproximateNumberOfMessagesNotVisible: String(hidden),
          },
        };
      }
      if (!(command instanceof SendMessageCommand)) throw new Error('not played');
      asked.push(`send ${JSON.parse(command.input.MessageBody ?? '').orderId}`);
      return {};
    },
  };
  const stepFunctions = {
    async send(command: unknown) {
      if (command instanceof StartExecutionCommand) {
        asked.push(`start ${command.input.name}`);
        return {};
      }
      if (!(command instanceof DescribeExecutionCommand)) throw new Error('not played');
      const name = command.input.executionArn?.split(':').at(-1) ?? '';
      asked.push(`describe ${name}`);
      const status = thrown(given.executions?.[name]);
      if (!status) throw Object.assign(new Error('there is none'), { name: 'ExecutionDoesNotExist' });
      return { status };
    },
  } as unknown as SFNClient;
  const lambda = {
    async send(command: unknown) {
      if (!(command instanceof InvokeCommand)) throw new Error('not played');
      expect(command.input.InvocationType).toBe('RequestResponse');
      const { orderId } = JSON.parse(String(command.input.Payload));
      asked.push(`notify ${orderId}`);
      const answer = thrown(given.notify?.[orderId] ?? 1);
      const failed = { errorType: 'AuthorizationErrorException', errorMessage: 'not allowed: sns:Publish' };
      const payload = answer === 'FAILS' ? failed : { published: answer, marked: true };
      return {
        StatusCode: 200,
        ...(answer === 'FAILS' && { FunctionError: 'Unhandled' }),
        Payload: Buffer.from(JSON.stringify(payload)),
      };
    },
  } as unknown as LambdaClient;
  const ledger = () => (given.ledger instanceof Error ? [] : (given.ledger ?? []));
  const close = (act: string) => async (request: { orderId: string }) => {
    asked.push(`${act} ${request.orderId}`);
    return ledger().find(({ orderId }) => orderId === request.orderId) as Payment;
  };
  const unused = () => Promise.reject(new Error('reconcile takes no money'));
  const resources: ReconcileResources = {
    dynamodb,
    ordersTable,
    sqs: sqs as unknown as ReconcileResources['sqs'],
    orderQueueUrl: 'queue',
    workflow: { stepFunctions, workflowArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:process-order' },
    lambda,
    notifyFunction: 'notify',
    provider: {
      authorize: unused,
      capture: unused,
      void: close('void'),
      refund: close('refund'),
      accountOf: () => 'any',
      async findByOrder({ orderId }) {
        if (given.unreachable?.includes(orderId)) throw new PaymentUnavailable('no answer');
        return ledger().find((payment) => payment.orderId === orderId);
      },
      async listSince(since) {
        asked.push(`payments since ${since}`);
        return { payments: thrown(given.ledger ?? []) };
      },
    },
    clock: {
      now: () => now,
      hasTime: () => visits-- > 0,
      pause: async (ms) => {
        pauses.push(ms);
        now += ms;
      },
    },
    onFinding: (finding) => findings.push(finding),
  };
  const run = (request: ReconcileRequest = {}) => reconcile(request, SETTINGS, resources);
  return { run, asked, findings, pauses };
}

const read = async ({ orderId }: Order) => findOrder(orderId, { dynamodb, ordersTable });

test('looks at orders, notifications and payments that are old enough, and at no others', async () => {
  const pending = await put('PENDING', 10);
  await put('PROCESSING', 15, { executionId: 'stuck' });
  await put('PENDING', 9);
  await put('PROCESSING', 14, { executionId: 'young' });
  const due = await put('FAILED', 60, { noticeDue: ago(5) });
  await put('FAILED', 60, { noticeDue: ago(4) });
  const { run, asked } = world();
  await expect(run()).resolves.toMatchObject({ failures: 0, unfinished: [] });
  expect(asked).toEqual([
    'describe stuck',
    'start stuck',
    `describe ${pending.orderId}`,
    'backlog',
    `send ${pending.orderId}`,
    `notify ${due.orderId}`,
    expect.stringMatching(/^payments since 2025-03-06T17:00:00/),
  ]);
});

test('counts and tells what it did', async () => {
  const lost = await put('PENDING', 30);
  const dead = await put('PENDING', 20);
  const unstarted = await put('PROCESSING', 40, { executionId: 'unstarted' });
  const hopeless = await put('PROCESSING', 20, { executionId: 'hopeless', attempts: 5 });
  await put('NEEDS_ATTENTION', 60);
  await put('NEEDS_ATTENTION', 60);
  const untold = await put('FAILED', 60, { noticeDue: ago(10) });
  const orphan = await put('CANCELLED', 60, { phase: 'UNDOING' });
  const odd = await put('COMPLETED', 60);
  const good = await put('COMPLETED', 60);
  const { run, asked, findings } = world({
    executions: { [dead.orderId]: 'FAILED', hopeless: 'FAILED' },
    ledger: [paymentOf(orphan, 'CAPTURED'), paymentOf(odd, 'AUTHORIZED'), paymentOf(good, 'CAPTURED')],
  });
  await expect(run()).resolves.toEqual({
    resent: 1,
    started: 1,
    resumed: 1,
    escalated: 1,
    // That of the escalated order, and the overdue one.
    notificationsSent: 2,
    notificationsOverdue: 0,
    needAttention: 3,
    paymentsReturned: 1,
    ledgerMismatches: 1,
    failures: 0,
    unfinished: [],
  });
  expect(findings.slice(0, 6)).toEqual([
    { code: 'ORDER_EXECUTION_STARTED', orderId: unstarted.orderId },
    { code: 'ORDER_ESCALATED', orderId: hopeless.orderId },
    { code: 'NOTIFICATION_SENT_AGAIN', orderId: hopeless.orderId },
    { code: 'ORDER_MESSAGE_RESENT', orderId: lost.orderId },
    { code: 'ORDER_RESUMED', orderId: dead.orderId },
    { code: 'NOTIFICATION_SENT_AGAIN', orderId: untold.orderId },
  ]);
  expect(new Set(findings.slice(6))).toEqual(
    new Set([
      { code: 'ORPHAN_PAYMENT_RETURNED', orderId: orphan.orderId },
      { code: 'LEDGER_MISMATCH', orderId: odd.orderId },
    ]),
  );
  expect(asked).toContain(`refund ${orphan.orderId}`);
  expect(asked).toContain(`start ${dead.orderId}-retry-1`);
  await expect(read(hopeless)).resolves.toMatchObject({ status: 'NEEDS_ATTENTION' });
});

test.each([
  ['is full', 11],
  ['cannot be read', new Error('sqs does not answer')],
])('sends no message while the queue %s, and helps every order that needs none', async (_name, backlog) => {
  const [waiting, alsoWaiting] = [await put('PENDING', 40), await put('PENDING', 30)];
  const dead = await put('PENDING', 20);
  await put('PROCESSING', 20, { executionId: 'stuck' });
  const { run, asked, findings } = world({ backlog, executions: { [dead.orderId]: 'FAILED', stuck: 'FAILED' } });
  const failures = backlog instanceof Error ? 1 : 0;
  await expect(run({ parts: ['orders'] })).resolves.toMatchObject({ resent: 0, resumed: 2, failures, unfinished: [] });
  expect(asked.filter((line) => line === 'backlog')).toHaveLength(1);
  expect(findings.filter(({ code }) => code === 'RECONCILE_FAILED').map(({ error }) => error?.message)).toEqual(
    backlog instanceof Error ? [backlog.message] : [],
  );
  for (const order of [waiting, alsoWaiting]) await expect(read(order)).resolves.toEqual(order);
});

test('does not ask the queue when no message is lost', async () => {
  const running = await put('PENDING', 20);
  const { run, asked } = world({ executions: { [running.orderId]: 'RUNNING' } });
  await run({ parts: ['orders'] });
  expect(asked).not.toContain('backlog');
});

test('looks at so many orders of a status in a run, oldest first, and leaves the others to the next run', async () => {
  const orders = [];
  for (let n = 0; n < SETTINGS.maxOrders + 2; n += 1) orders.push(await put('PENDING', 100 - n));
  const { run, asked } = world();
  await expect(run({ parts: ['orders'] })).resolves.toMatchObject({
    resent: SETTINGS.maxOrders,
    unfinished: ['orders'],
  });
  const sent = asked.filter((line) => line.startsWith('send'));
  expect(sent).toEqual(orders.slice(0, SETTINGS.maxOrders).map(({ orderId }) => `send ${orderId}`));
});

test('asks about no more executions a second than its quota allows', async () => {
  for (let n = 0; n < 4; n += 1) await put('PROCESSING', 20, { executionId: `e${n}` });
  const { run, pauses } = world();
  await run({ parts: ['orders'] });
  // The clock that is played stands still during the calls.
  expect(pauses).toEqual(Array(4).fill(SETTINGS.orderMs));
});

test('goes on after an order, a payment or a whole part that fails, and says so', async () => {
  const broken = await put('PENDING', 30);
  await put('PENDING', 20);
  const unreachable = await put('FAILED', 60, { phase: 'UNDOING' });
  const orphan = await put('FAILED', 60, { phase: 'UNDOING' });
  const { run, findings } = world({
    executions: { [broken.orderId]: new Error('throttled') },
    ledger: [paymentOf(unreachable, 'AUTHORIZED'), paymentOf(orphan, 'AUTHORIZED')],
    unreachable: [unreachable.orderId],
  });
  await expect(run()).resolves.toMatchObject({ resent: 1, paymentsReturned: 1, failures: 2 });
  expect(findings.filter(({ code }) => code === 'RECONCILE_FAILED')).toEqual([
    { code: 'RECONCILE_FAILED', orderId: broken.orderId, error: new Error('throttled') },
    { code: 'RECONCILE_FAILED', orderId: unreachable.orderId, error: new PaymentUnavailable('no answer') },
  ]);

  const due = await put('FAILED', 60, { noticeDue: ago(10) });
  const silent = world({ ledger: new Error('the ledger does not answer') });
  await expect(silent.run({ parts: ['ledger', 'notifications'] })).resolves.toMatchObject({
    notificationsSent: 1,
    failures: 1,
  });
  expect(silent.findings).toEqual([
    { code: 'RECONCILE_FAILED', error: new Error('the ledger does not answer') },
    { code: 'NOTIFICATION_SENT_AGAIN', orderId: due.orderId },
  ]);
});

describe('notifications', () => {
  test('are counted as sent when they were published, and else as overdue and failed', async () => {
    const due = [];
    for (let n = 0; n < 4; n += 1) due.push(await put('FAILED', 60, { noticeDue: ago(10 + n) }));
    const [two, none, denied, throttled] = due.map(({ orderId }) => orderId) as [string, string, string, string];
    const { run, findings } = world({
      notify: { [two]: 2, [none]: 0, [denied]: 'FAILS', [throttled]: new Error('throttled') },
    });
    await expect(run({ parts: ['notifications'] })).resolves.toMatchObject({
      notificationsSent: 2,
      notificationsOverdue: 2,
      failures: 2,
    });
    expect(findings.filter(({ code }) => code === 'NOTIFICATION_SENT_AGAIN')).toEqual([
      { code: 'NOTIFICATION_SENT_AGAIN', orderId: two },
    ]);
    const failed = findings.filter(({ code }) => code === 'RECONCILE_FAILED');
    expect(new Map(failed.map(({ orderId, error }) => [orderId, `${error}`]))).toEqual(
      new Map([
        [denied, 'NotificationNotDelivered: AuthorizationErrorException: not allowed: sns:Publish'],
        [throttled, 'Error: throttled'],
      ]),
    );
  });

  test('that fail do not take back that an order was escalated', async () => {
    const order = await put('PENDING', 60, { resends: 8, resentAt: ago(10) });
    const { run } = world({ notify: { [order.orderId]: 'FAILS' } });
    await expect(run({ parts: ['orders'] })).resolves.toMatchObject({ escalated: 1, failures: 1 });
    await expect(read(order)).resolves.toMatchObject({ status: 'NEEDS_ATTENTION' });
  });
});

test('stops in time and names what it did not finish', async () => {
  for (const executionId of ['a', 'b', 'c']) await put('PROCESSING', 20, { executionId });
  await put('FAILED', 60, { noticeDue: ago(10) });
  const { run } = world({ executions: { a: 'FAILED', b: 'FAILED', c: 'FAILED' }, visits: 2 });
  await expect(run()).resolves.toMatchObject({
    resumed: 2,
    notificationsSent: 0,
    unfinished: ['orders', 'notifications'],
  });
});

test('looks at one order by hand without any thresholds, unless told', async () => {
  const pending = await put('PENDING', 1);
  const told = await put('COMPLETED', 1, { noticeDue: ago(1) });
  const full = world({ backlog: 1000, ledger: [paymentOf(told, 'AUTHORIZED')] });
  await expect(full.run({ orderId: pending.orderId })).resolves.toMatchObject({ resent: 1, failures: 0 });
  await expect(full.run({ orderId: told.orderId })).resolves.toMatchObject({
    notificationsSent: 1,
    ledgerMismatches: 1,
  });
  expect(full.asked).toEqual([`describe ${pending.orderId}`, `send ${pending.orderId}`, `notify ${told.orderId}`]);

  const later = world();
  await later.run({ orderId: told.orderId, notificationAfterSeconds: 61 });
  await later.run({ orderId: (await put('PENDING', 1)).orderId, pendingAfterSeconds: 120 });
  await expect(later.run({ orderId: randomUUID() })).resolves.toMatchObject({ failures: 0 });
  expect(later.asked).toEqual([]);
});

test('uses the ages that it is told instead of the usual ones', async () => {
  const pending = await put('PENDING', 1);
  await put('PROCESSING', 2, { executionId: 'stuck' });
  const due = await put('FAILED', 1, { noticeDue: ago(0) });
  const { run, asked } = world();
  await run({ pendingAfterSeconds: 60, stuckAfterSeconds: 120, notificationAfterSeconds: 0, ledgerSinceSeconds: 7200 });
  expect(asked).toEqual([
    'describe stuck',
    'start stuck',
    `describe ${pending.orderId}`,
    'backlog',
    `send ${pending.orderId}`,
    `notify ${due.orderId}`,
    expect.stringMatching(/^payments since 2025-03-06T16:00:00/),
  ]);
});
