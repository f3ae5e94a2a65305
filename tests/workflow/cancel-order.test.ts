import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type CancelResources, cancelOrder } from '../../functions/cancel-order/cancel-order.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { putOrder, reread, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readStock } from '../support/products.ts';
import { dynamodb, sfn, sqs, stack } from '../support/stack.ts';

const HOUR_MS = 3_600_000;

let customer: Customer;

beforeAll(async () => {
  customer = await makeCustomer();
});

function cancel(orderId: string, { idToken } = customer, body?: { reason: string }): Promise<Answer> {
  return call('POST', `/orders/${orderId}/cancel`, { token: idToken, body });
}

/** Sends the message of an order whose row the test wrote itself. */
function send({ orderId, createdAt }: Order) {
  const MessageBody = JSON.stringify({ orderId, createdAt });
  return sqs.send(new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody }));
}

/** A pending order of the customer, which nothing works on before its message is sent. */
async function pendingOrder(changes: Partial<Order> = {}) {
  const product = await makeProduct({ available: 10 });
  const items = [{ productId: product.productId, name: product.name, quantity: 2, unitPrice: product.price }];
  return { product, order: await putOrder({ customerId: customer.customerId, items, ...changes }) };
}

const statuses = ({ history }: Order) => history.map(({ status }) => status);

test('turns an order that is not paid yet to CANCELLED, with nothing charged, held or reserved', async () => {
  const { order, product } = await pendingOrder();
  const answer = await cancel(order.orderId);
  expect(answer).toMatchObject({
    status: 202,
    body: { orderId: order.orderId, status: 'PENDING', cancelRequested: true },
  });
  await send(order);
  const cancelled = await waitForStatus(order.orderId, 'CANCELLED');
  expect(statuses(cancelled)).toEqual(['PENDING', 'PROCESSING', 'CANCELLED']);
  await expect(readPayment(order.orderId)).resolves.toMatchObject({
    authorizedAmount: 0,
    capturedAmount: 0,
    voided: true,
  });
  await expect(readStock(product.productId)).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
});

test('refuses a body that is wrong, although a customer needs none', async () => {
  const { order } = await pendingOrder();
  for (const body of ['\u0008', '{"reason":1}', '{"reason":"a test","refund":true}']) {
    const answer = await call('POST', `/orders/${order.orderId}/cancel`, { token: customer.idToken, body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  }
  expect(await reread(order)).toEqual(order);
  expect(await cancel(order.orderId, customer, { reason: 'I changed my mind' })).toMatchObject({ status: 202 });
});

test('accepts a second cancel while the first is under way, and refuses one after its end', async () => {
  const { order } = await pendingOrder();
  expect((await cancel(order.orderId)).status).toBe(202);
  const before = await reread(order);
  expect((await cancel(order.orderId)).status).toBe(202);
  await expect(reread(order)).resolves.toEqual(before);
  await send(order);
  await waitForStatus(order.orderId, 'CANCELLED');
  await expect(cancel(order.orderId)).resolves.toMatchObject({ status: 409, body: { code: 'NOT_CANCELLABLE' } });
});

test('refunds and restocks a completed order, once, however many ask at the same time', async () => {
  const product = await makeProduct({ available: 10 });
  const orderId = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 3 }]));
  const { total } = await waitForStatus(orderId, 'COMPLETED');
  await expect(readStock(product.productId)).resolves.toEqual({ available: 7, reserved: 0, sold: 3 });

  const answers = await Promise.all(Array.from({ length: 5 }, () => cancel(orderId)));
  // A request that comes after the end is refused.
  const refused = answers.filter(({ status }) => status !== 202);
  expect(refused.length).toBeLessThan(answers.length);
  for (const { status, body } of refused) expect([status, body.code]).toEqual([409, 'NOT_CANCELLABLE']);
  const cancelled = await waitForStatus(orderId, 'CANCELLED');
  expect(statuses(cancelled)).toEqual(['PENDING', 'PROCESSING', 'COMPLETED', 'PROCESSING', 'CANCELLED']);
  expect(cancelled.executionId).toBe(`${orderId}-cancel`);
  await expect(readStock(product.productId)).resolves.toEqual({ available: 10, reserved: 0, sold: 0 });
  const payment = await readPayment(orderId);
  expect(payment).toMatchObject({ capturedAmount: total, refundedAmount: total });
  expect(payment?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture', 'refund']);
});

test('answers CAPTURE_IN_PROGRESS with Retry-After while the payment is being captured', async () => {
  const { order } = await pendingOrder({ status: 'PROCESSING', phase: 'CAPTURING', executionId: randomUUID() });
  const answer = await cancel(order.orderId);
  expect(answer).toMatchObject({ status: 409, body: { code: 'CAPTURE_IN_PROGRESS' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  await expect(reread(order)).resolves.toEqual(order);
});

test('refuses an order that failed or is failing', async () => {
  const product = await makeProduct();
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken: 'tok_declined' });
  const failed = await placeOrder(customer, request);
  await waitForStatus(failed, 'FAILED');
  await expect(cancel(failed)).resolves.toMatchObject({ status: 409, body: { code: 'NOT_CANCELLABLE' } });

  const { order } = await pendingOrder({ status: 'PROCESSING', phase: 'UNDOING', executionId: randomUUID() });
  await expect(cancel(order.orderId)).resolves.toMatchObject({ status: 409, body: { code: 'NOT_CANCELLABLE' } });
  await expect(reread(order)).resolves.toEqual(order);
});

test('makes the retry of an order that needs attention cancel the order', async () => {
  const operator = await makeOperator();
  const { order } = await pendingOrder({ status: 'NEEDS_ATTENTION', executionId: randomUUID() });
  await expect(cancel(order.orderId)).resolves.toMatchObject({ status: 202, body: { status: 'NEEDS_ATTENTION' } });
  const retried = await call('POST', `/orders/${order.orderId}/retry`, {
    token: operator.idToken,
    body: { reason: 'a test' },
  });
  expect(retried.status).toBe(202);
  await waitForStatus(order.orderId, 'CANCELLED');
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ capturedAmount: 0, voided: true });
});

test("cancels for the owner and for an operator, and hides another's order", async () => {
  const [other, operator] = [await makeCustomer(), await makeOperator()];
  const { order } = await pendingOrder();
  await expect(cancel(order.orderId, other)).resolves.toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  await expect(cancel(randomUUID())).resolves.toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  await expect(cancel('not-an-id')).resolves.toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  await expect(reread(order)).resolves.toEqual(order);
  await expect(cancel(order.orderId, operator)).resolves.toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_FAILED' },
  });
  await expect(reread(order)).resolves.toEqual(order);
  const answer = await call('POST', `/orders/${order.orderId}/cancel`, {
    token: operator.idToken,
    body: { reason: 'the customer called' },
  });
  expect(answer).toMatchObject({ status: 202, body: { cancelRequested: true } });
  expect(await auditOf(order.orderId)).toMatchObject([
    { action: 'ORDER_CANCELLED', operatorId: operator.customerId, reason: 'the customer called' },
  ]);
  await send(order);
  await waitForStatus(order.orderId, 'CANCELLED');
  const { body } = await call('GET', `/orders/${order.orderId}`, { token: customer.idToken });
  expect((body.history as object[]).at(-1)).toMatchObject({ status: 'CANCELLED', by: 'operator' });
});

test('cancels an order that was completed after it was read for the cancel', async () => {
  const resources: CancelResources = {
    dynamodb,
    ordersTable: stack.ordersTable,
    operationsTable: stack.operationsTable,
    workflow: { stepFunctions: sfn, workflowArn: stack.orderWorkflowArn },
    onStartFailure: (error) => {
      throw error;
    },
  };
  const at = new Date().toISOString();
  const product = await makeProduct({ available: 10 });
  const orderId = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 1 }]));
  const completed = await waitForStatus(orderId, 'COMPLETED');
  const { phase: _phase, ...stale } = { ...completed, status: 'PROCESSING' as const };
  await expect(cancelOrder(stale, at, HOUR_MS, resources)).resolves.toMatchObject({
    status: 'PROCESSING',
    phase: 'UNDOING',
  });
  await waitForStatus(orderId, 'CANCELLED');
  await expect(cancelOrder(completed, at, HOUR_MS, resources)).rejects.toMatchObject({ code: 'NOT_CANCELLABLE' });
});

describe('an order that was completed long ago', () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

  async function completedAt(at: string) {
    const history = [
      { status: 'PENDING' as const, at },
      { status: 'COMPLETED' as const, at },
    ];
    const { order } = await pendingOrder({
      status: 'COMPLETED',
      createdAt: at,
      stock: 'SOLD',
      phase: 'CAPTURING',
      history,
    });
    return order;
  }

  test('is not cancelled for its customer a day after its completion, and nothing changes', async () => {
    const order = await completedAt(hoursAgo(24.1));
    const answer = await cancel(order.orderId);
    expect(answer).toMatchObject({ status: 409, body: { code: 'NOT_CANCELLABLE' } });
    expect(answer.body.detail).toMatch(/too long ago/);
    expect(await reread(order)).toEqual(order);
  });

  test('is cancelled within the day, and later by an operator', async () => {
    const recent = await completedAt(hoursAgo(23.5));
    expect(await cancel(recent.orderId)).toMatchObject({ status: 202 });
    const old = await completedAt(hoursAgo(100));
    expect(await cancel(old.orderId, await makeOperator(), { reason: 'a late return' })).toMatchObject({ status: 202 });
  });
});
