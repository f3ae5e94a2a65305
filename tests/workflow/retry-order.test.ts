import { randomUUID } from 'node:crypto';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { putOrder, reread, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';

let customer: Customer;
let operator: Customer;

beforeAll(async () => {
  [customer, operator] = await Promise.all([makeCustomer(), makeOperator()]);
});

function retry(orderId: string, { idToken } = operator): Promise<Answer> {
  return call('POST', `/orders/${orderId}/retry`, { token: idToken, body: { reason: 'a test of retries' } });
}

async function waitingOrder(changes: Partial<Order> = {}) {
  const product = await makeProduct({ available: 10 });
  const items = [{ productId: product.productId, name: product.name, quantity: 2, unitPrice: product.price }];
  const at = new Date().toISOString();
  const order = await putOrder({
    customerId: customer.customerId,
    items,
    status: 'NEEDS_ATTENTION',
    history: [
      { status: 'PENDING', at },
      { status: 'NEEDS_ATTENTION', at },
    ],
    announced: 2,
    ...changes,
  });
  return { product, order };
}

test('completes an order of which nothing was undone', async () => {
  const { order, product } = await waitingOrder();
  const answer = await retry(order.orderId);
  expect(answer).toMatchObject({ status: 202, body: { orderId: order.orderId, status: 'PROCESSING' } });
  expect(await auditOf(order.orderId)).toMatchObject([
    { action: 'ORDER_RETRIED', operatorId: operator.customerId, reason: 'a test of retries' },
  ]);
  const completed = await waitForStatus(order.orderId, 'COMPLETED');
  expect(completed).toMatchObject({ executionId: `${order.orderId}-retry-1`, attempts: 1 });
  expect(completed.history.map(({ status }) => status)).toEqual([
    'PENDING',
    'NEEDS_ATTENTION',
    'PROCESSING',
    'COMPLETED',
  ]);
  await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 8, reserved: 0, sold: 2 });
});

test('goes on with an undo that has begun', async () => {
  const { order } = await waitingOrder({ phase: 'UNDOING', executionId: randomUUID(), attempts: 4 });
  expect((await retry(order.orderId)).status).toBe(202);
  const failed = await waitForStatus(order.orderId, 'FAILED');
  expect(failed).toMatchObject({ executionId: `${order.orderId}-retry-5`, attempts: 5 });
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ capturedAmount: 0, voided: true });
});

test('finishes a refund that did not succeed, once the provider answers again', async () => {
  const product = await makeProduct({ available: 10 });
  const { paymentToken } = tokenOnItsOwn('tok_refund_unavailable');
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken });
  const orderId = await placeOrder(customer, request);
  const { total } = await waitForStatus(orderId, 'COMPLETED');
  expect((await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken })).status).toBe(202);

  const stuck = await waitForStatus(orderId, 'NEEDS_ATTENTION', 180);
  expect(stuck.payment).toMatchObject({ status: 'CAPTURED', refunded: 0 });
  await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: total, refundedAmount: 0 });
  await heal(orderId);
  expect((await retry(orderId)).status).toBe(202);
  const cancelled = await waitForStatus(orderId, 'CANCELLED');
  expect(cancelled.payment).toEqual({ status: 'REFUNDED', authorized: total, captured: total, refunded: total });
  await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: total, refundedAmount: total });
  await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 10, reserved: 0, sold: 0 });
}, 240_000);

test('accepts one of two retries at the same time', async () => {
  const { order } = await waitingOrder();
  const answers = await Promise.all([retry(order.orderId), retry(order.orderId)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  await expect(waitForStatus(order.orderId, 'COMPLETED')).resolves.toMatchObject({ attempts: 1 });
});

test.each(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)(
  'is refused for an order that is %s',
  async (status) => {
    const { order } = await waitingOrder({ status });
    await expect(retry(order.orderId)).resolves.toMatchObject({ status: 409, body: { code: 'NOT_RETRYABLE' } });
    await expect(reread(order)).resolves.toEqual(order);
  },
);

test('is for operators only', async () => {
  const { order } = await waitingOrder();
  await expect(retry(order.orderId, customer)).resolves.toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  await expect(retry(randomUUID())).resolves.toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  await expect(reread(order)).resolves.toEqual(order);
});
