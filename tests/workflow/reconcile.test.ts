import { randomUUID } from 'node:crypto';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { cancelOrder } from '../../functions/cancel-order/cancel-order.ts';
import type { ReconcileReport } from '../../functions/reconcile/reconcile-report.ts';
import type { ReconcileRequest } from '../../functions/reconcile/reconcile-request.schema.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { cancelExecution, executionState } from '../../functions/shared/orders/order-execution.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { breakers } from '../support/breakers.ts';
import { invoke } from '../support/functions.ts';
import { openInbox } from '../support/inbox.ts';
import { putOrder, reread, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { dynamodb, sfn, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const workflow = { stepFunctions: sfn, workflowArn: stack.orderWorkflowArn };
const LONG_AGO = new Date(Date.now() - 3 * 3_600_000).toISOString();

let customer: Customer;

beforeAll(async () => {
  customer = await makeCustomer();
});

function reconcile(request: ReconcileRequest): Promise<ReconcileReport> {
  return invoke('ReconcileFunction', request) as Promise<ReconcileReport>;
}

/** An order that the test wrote itself and that nothing works on. */
async function forgottenOrder(changes: Partial<Order> = {}) {
  const product = await makeProduct({ available: 10 });
  const items = [{ productId: product.productId, name: product.name, quantity: 1, unitPrice: product.price }];
  const history: Order['history'] = [{ status: 'PENDING', at: LONG_AGO }];
  if (changes.status && changes.status !== 'PENDING') history.push({ status: changes.status, at: LONG_AGO });
  const order = await putOrder({ customerId: customer.customerId, createdAt: LONG_AGO, items, history, ...changes });
  return { order, product };
}

/** Makes an execution that has ended and did not change the order, as one that died. */
async function deadExecution(name: string) {
  const input = JSON.stringify({ orderId: randomUUID(), createdAt: LONG_AGO });
  await sfn.send(new StartExecutionCommand({ stateMachineArn: stack.orderWorkflowArn, name, input }));
  await waitFor('the execution to end', async () => (await executionState(workflow, name)) === 'ENDED');
}

async function putPayment({ orderId, total, currency }: Order, kinds: string[]) {
  const paymentId = `pay_${orderId}`;
  await dynamodb.send(
    new PutCommand({
      TableName: stack.paymentsTable,
      Item: {
        paymentId,
        orderId,
        currency,
        authorizedAmount: total,
        capturedAmount: kinds.includes('capture') ? total : 0,
        refundedAmount: 0,
        voided: false,
        operations: kinds.map((kind) => ({ key: `${orderId}:${kind}`, kind, at: new Date().toISOString() })),
      },
    }),
  );
}

test('sends the lost message of an order again, and counts it', async () => {
  const { order } = await forgottenOrder();
  await expect(reconcile({ orderId: order.orderId, pendingAfterSeconds: 600 })).resolves.toMatchObject({ resent: 1 });
  const completed = await waitForStatus(order.orderId, 'COMPLETED');
  expect(completed).toMatchObject({ resends: 1, executionId: order.orderId });
});

test('finds a lost order on its schedule, without being told which', async () => {
  const { order } = await forgottenOrder();
  await waitFor(
    'a run that has time and an empty queue',
    async () => {
      const { failures } = await reconcile({ parts: ['orders'] });
      return failures === 0 && (await reread(order)).status !== 'PENDING';
    },
    { seconds: 60, everyMs: 1000 },
  );
  await waitForStatus(order.orderId, 'COMPLETED');
});

test('leaves an order alone that is young, or whose message was sent again just now', async () => {
  const at = new Date().toISOString();
  const { order: young } = await forgottenOrder({ history: [{ status: 'PENDING', at }] });
  await expect(reconcile({ orderId: young.orderId, pendingAfterSeconds: 600 })).resolves.toMatchObject({ resent: 0 });
  await expect(reread(young)).resolves.toEqual(young);

  const { order: resent } = await forgottenOrder({ resends: 1, resentAt: at });
  await expect(reconcile({ orderId: resent.orderId, pendingAfterSeconds: 600 })).resolves.toMatchObject({ resent: 0 });
  await expect(reread(resent)).resolves.toEqual(resent);
});

test('sends a message once, however many runs there are at the same time', async () => {
  const { order } = await forgottenOrder();
  const request = { orderId: order.orderId, pendingAfterSeconds: 600 };
  const reports = await Promise.all([reconcile(request), reconcile(request), reconcile(request)]);
  expect(reports.reduce((sum, { resent }) => sum + resent, 0)).toBe(1);
  await expect(waitForStatus(order.orderId, 'COMPLETED')).resolves.toMatchObject({ resends: 1 });
});

test('escalates an order when resends did not help', async () => {
  const { order } = await forgottenOrder({ resends: 8, resentAt: LONG_AGO });
  await expect(reconcile({ orderId: order.orderId })).resolves.toMatchObject({ resent: 0, escalated: 1 });
  await expect(reread(order)).resolves.toMatchObject({ status: 'NEEDS_ATTENTION' });
});

test('resumes an order whose execution died before its claim', async () => {
  const { order } = await forgottenOrder();
  await deadExecution(order.orderId);
  await expect(reconcile({ orderId: order.orderId })).resolves.toMatchObject({ resumed: 1 });
  const completed = await waitForStatus(order.orderId, 'COMPLETED');
  expect(completed.executionId).toBe(`${order.orderId}-retry-1`);
});

test.each([
  ['goes forward again', {}, 'COMPLETED'],
  ['goes on undoing', { phase: 'UNDOING' }, 'FAILED'],
] as const)('%s where a dead execution stopped', async (_name, changes, end) => {
  const orderId = randomUUID();
  const { order } = await forgottenOrder({ orderId, status: 'PROCESSING', executionId: orderId, ...changes });
  await deadExecution(orderId);
  const reports = await Promise.all([reconcile({ orderId }), reconcile({ orderId })]);
  expect(reports.reduce((sum, { resumed }) => sum + resumed, 0)).toBe(1);
  const ended = await waitForStatus(orderId, end);
  expect(ended).toMatchObject({ executionId: `${orderId}-retry-1`, attempts: 1 });
  expect(ended.history.map(({ status }) => status)).toEqual([...order.history.map(({ status }) => status), end]);
});

test('escalates an order when resuming did not help', async () => {
  const orderId = randomUUID();
  const executionId = `${orderId}-retry-5`;
  await forgottenOrder({ orderId, status: 'PROCESSING', executionId, attempts: 5 });
  await deadExecution(executionId);
  await expect(reconcile({ orderId })).resolves.toMatchObject({ resumed: 0, escalated: 1 });
  await waitForStatus(orderId, 'NEEDS_ATTENTION');
});

test('starts exactly the execution that a cancel recorded and could not start', async () => {
  const product = await makeProduct({ available: 10 });
  const orderId = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 2 }]));
  const completed = await waitForStatus(orderId, 'COMPLETED');
  const unreachable = {
    send: async () => {
      throw new Error('Step Functions does not answer');
    },
  } as unknown as typeof sfn;
  const failures: string[] = [];
  await cancelOrder(completed, new Date().toISOString(), {
    dynamodb,
    ordersTable: stack.ordersTable,
    operationsTable: stack.operationsTable,
    workflow: { ...workflow, stepFunctions: unreachable },
    onStartFailure: (_error, executionId) => failures.push(executionId),
  });
  expect(failures).toEqual([cancelExecution(orderId)]);
  await expect(executionState(workflow, cancelExecution(orderId))).resolves.toBe('MISSING');

  await expect(reconcile({ orderId })).resolves.toMatchObject({ started: 1 });
  const cancelled = await waitForStatus(orderId, 'CANCELLED');
  expect(cancelled.payment).toMatchObject({ status: 'REFUNDED', refunded: completed.total });
  await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 10, reserved: 0, sold: 0 });
});

test('sends a notification that was left due', async () => {
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const orderId = randomUUID();
    const { order } = await forgottenOrder({
      orderId,
      status: 'FAILED',
      phase: 'UNDOING',
      executionId: orderId,
      announced: 1,
      noticeDue: LONG_AGO,
    });
    await reconcile({ parts: ['notifications'] });
    await waitFor('the notification to be sent', async () => (await reread(order)).noticeDue === undefined);
    const notifications = (await inbox.messages()).map(({ body }) => body).filter((body) => body.orderId === orderId);
    // The schedule may have run at the same time; subscribers drop a repeated id.
    expect(new Set(notifications.map(({ noticeId }) => noticeId))).toEqual(new Set([`${orderId}:1`]));
    await expect(reconcile({ orderId })).resolves.toMatchObject({ notificationsSent: 0 });
  } finally {
    await inbox.close();
  }
});

describe('the ledger', () => {
  test.each([
    ['refunds what was captured', ['authorize', 'capture'], 'refund', 'FAILED'],
    ['voids what is held', ['authorize'], 'void', 'CANCELLED'],
  ] as const)('%s for an order that ended without it, once', async (_name, kinds, undone, status) => {
    const { order } = await forgottenOrder({ status, phase: 'UNDOING', executionId: randomUUID(), announced: 2 });
    await putPayment(order, [...kinds]);
    const reports = [await reconcile({ parts: ['ledger'] }), await reconcile({ parts: ['ledger'] })];
    expect(reports.map(({ failures, unfinished }) => [failures, unfinished])).toEqual([
      [0, []],
      [0, []],
    ]);
    expect(reports[0]?.paymentsReturned).toBeGreaterThanOrEqual(1);
    const payment = await readPayment(order.orderId);
    expect(payment?.operations.map(({ kind }) => kind)).toEqual([...kinds, undone]);
    expect((payment?.capturedAmount ?? 0) - (payment?.refundedAmount ?? 0)).toBe(0);
    await expect(reread(order)).resolves.toEqual(order);
  });

  test.each([
    ['is processed', { status: 'PROCESSING', executionId: 'x' }, ['authorize', 'capture']],
    ['needs attention', { status: 'NEEDS_ATTENTION', executionId: 'x' }, ['authorize', 'capture']],
    ['is completed, unpaid', { status: 'COMPLETED', phase: 'CAPTURING', stock: 'SOLD' }, ['authorize']],
  ] as const)('only reports a difference for an order that %s', async (_name, changes, kinds) => {
    const { order } = await forgottenOrder({
      announced: 2,
      ...changes,
      history: [{ status: 'PENDING', at: new Date().toISOString() }],
    });
    await putPayment(order, [...kinds]);
    const report = await reconcile({ orderId: order.orderId, stuckAfterSeconds: 3600 });
    expect(report).toMatchObject({ ledgerMismatches: 1, paymentsReturned: 0, failures: 0 });
    await expect(reread(order)).resolves.toEqual(order);
    const payment = await readPayment(order.orderId);
    expect(payment?.operations.map(({ kind }) => kind)).toEqual(kinds);
  });
});

test('counts a refund that failed for the breaker of its account', async () => {
  const { paymentToken, account } = tokenOnItsOwn('tok_refund_unavailable');
  const { order } = await forgottenOrder({
    status: 'FAILED',
    phase: 'UNDOING',
    executionId: randomUUID(),
    announced: 2,
    paymentToken,
  });
  await putPayment(order, ['authorize', 'capture']);
  await expect(reconcile({ orderId: order.orderId })).resolves.toMatchObject({ failures: 1, paymentsReturned: 0 });
  await heal(order.orderId);
  await expect(breakers.read({ provider: 'sandbox', account })).resolves.toMatchObject({ failures: 1 });
  await expect(reconcile({ orderId: order.orderId })).resolves.toMatchObject({ failures: 0, paymentsReturned: 1 });
});

test('changes nothing for a completed order', async () => {
  const product = await makeProduct();
  const orderId = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 1 }]));
  await waitFor('the notification', async () => (await waitForStatus(orderId, 'COMPLETED')).noticeDue === undefined);
  const before = await waitForStatus(orderId, 'COMPLETED');
  const { needAttention: _any, unfinished, ...counts } = await reconcile({ orderId });
  expect(Object.values(counts).every((count) => count === 0)).toBe(true);
  expect(unfinished).toEqual([]);
  await expect(waitForStatus(orderId, 'COMPLETED')).resolves.toEqual(before);
});

test('refuses a request that it does not know', async () => {
  await expect(reconcile({ order: 'x' } as ReconcileRequest)).rejects.toThrow('InvalidRequest');
});
