import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { authorize, capture } from '../../functions/payment/payment.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { refund } from '../../functions/shared/payments/order-payment.ts';
import { PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { sandboxProvider } from '../../functions/shared/payments/providers/sandbox-provider.ts';
import { orderRow, putClaimedOrder, reread } from '../support/order-rows.ts';
import { readPayment } from '../support/payments.ts';
import { dynamodb, stack } from '../support/stack.ts';

const provider = sandboxProvider({ dynamodb, paymentsTable: stack.paymentsTable, now: () => new Date() });
const payments = { dynamodb, ordersTable: stack.ordersTable, provider };

/** Writes 14a of the protocol: a cancel before there is a phase. */
function requestCancel({ orderId, createdAt }: Order) {
  return dynamodb.send(
    new UpdateCommand({
      TableName: stack.ordersTable,
      Key: { orderId, createdAt },
      UpdateExpression: 'SET cancelRequested = :true',
      ConditionExpression: 'attribute_not_exists(phase)',
      ExpressionAttributeValues: { ':true': true },
    }),
  );
}

test('authorizes the total of the row', async () => {
  const order = await putClaimedOrder();
  await expect(authorize(order, payments)).resolves.toEqual({ status: 'AUTHORIZED' });
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ authorizedAmount: order.total, capturedAmount: 0 });
});

test('closes the order to cancels before it captures, and shows the payment on the row', async () => {
  const order = await putClaimedOrder();
  await authorize(order, payments);
  await expect(capture(order, payments)).resolves.toEqual({ status: 'CAPTURED' });
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ capturedAmount: order.total });
  await expect(reread(order)).resolves.toEqual({
    ...order,
    phase: 'CAPTURING',
    payment: { status: 'AUTHORIZED', authorized: order.total, captured: 0, refunded: 0 },
  });
  await expect(requestCancel(order)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
});

test('leaves an order open to cancels while its provider is known to be down', async () => {
  const down = {
    ...payments,
    provider: { ...provider, requireAvailable: () => Promise.reject(new PaymentUnavailable('CircuitOpen')) },
  };
  const order = await putClaimedOrder();
  await authorize(order, payments);
  await expect(capture(order, down)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
  await expect(reread(order)).resolves.toEqual(order);
  await requestCancel(order);
  await expect(capture(order, down)).rejects.toMatchObject({ name: 'OrderCancelRequested' });
});

test('captures once when the capture is repeated', async () => {
  const order = await putClaimedOrder({ paymentToken: 'tok_captured_then_timeout' });
  await authorize(order, payments);
  await expect(capture(order, payments)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
  await expect(capture(order, payments)).resolves.toEqual({ status: 'CAPTURED' });
  const payment = await readPayment(order.orderId);
  expect(payment?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture']);
});

test('captures nothing of an order whose cancel was requested', async () => {
  const order = await putClaimedOrder();
  await authorize(order, payments);
  await requestCancel(order);
  await expect(capture(order, payments)).rejects.toMatchObject({ name: 'OrderCancelRequested' });
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ capturedAmount: 0 });
  expect((await reread(order)).phase).toBeUndefined();
});

test('lets either a cancel or a capture win, never both', async () => {
  for (let race = 0; race < 10; race++) {
    const order = await putClaimedOrder();
    await authorize(order, payments);
    const [captured, cancelled] = await Promise.allSettled([capture(order, payments), requestCancel(order)]);
    expect([captured.status, cancelled.status].sort()).toEqual(['fulfilled', 'rejected']);
    const { capturedAmount } = (await readPayment(order.orderId)) ?? {};
    expect(capturedAmount).toBe(captured.status === 'fulfilled' ? order.total : 0);
  }
});

test.each<[string, Partial<Order>]>([
  ['that belongs to another execution', { executionId: 'another' }],
  ['that is being undone', { phase: 'UNDOING' }],
  ['that has ended', { status: 'FAILED' }],
])('captures nothing of an order %s', async (_, changes) => {
  const order = await putClaimedOrder(changes);
  await authorize(order, payments);
  await expect(capture({ ...order, executionId: order.orderId }, payments)).rejects.toMatchObject({
    name: 'OrderClosed',
  });
  await expect(readPayment(order.orderId)).resolves.toMatchObject({ capturedAmount: 0 });
  await expect(reread(order)).resolves.toEqual(order);
});

describe('the undo of a payment', () => {
  test('refunds what was captured, and returns the same when it is repeated', async () => {
    const order = await putClaimedOrder();
    await authorize(order, payments);
    await capture(order, payments);
    const refunded = { status: 'REFUNDED', authorized: order.total, captured: order.total, refunded: order.total };
    await expect(refund(order, payments)).resolves.toEqual({ payment: refunded });
    await expect(refund(order, payments)).resolves.toEqual({ payment: refunded });
  });

  test('voids what was only authorized', async () => {
    const order = await putClaimedOrder();
    await authorize(order, payments);
    const voided = { status: 'VOIDED', authorized: order.total, captured: 0, refunded: 0 };
    await expect(refund(order, payments)).resolves.toEqual({ payment: voided });
    await expect(refund(order, payments)).resolves.toEqual({ payment: voided });
  });

  test('refunds a capture whose answer was lost', async () => {
    const order = await putClaimedOrder({ paymentToken: 'tok_captured_then_timeout' });
    await authorize(order, payments);
    await expect(capture(order, payments)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await expect(refund(order, payments)).resolves.toMatchObject({ payment: { status: 'REFUNDED' } });
  });

  test('closes a payment that does not exist, so that a late authorization finds it closed', async () => {
    const order = await putClaimedOrder();
    await expect(refund(order, payments)).resolves.toEqual({
      payment: { status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 },
    });
    await expect(authorize(order, payments)).rejects.toMatchObject({ name: 'PaymentClosed' });
  });

  test('refuses a capture that comes later', async () => {
    const order = await putClaimedOrder();
    await authorize(order, payments);
    await refund(order, payments);
    await expect(capture(order, payments)).rejects.toMatchObject({ name: 'PaymentClosed' });
  });
});

test('processes an order that costs nothing without a payment', async () => {
  const order = await putClaimedOrder({ total: 0 });
  await expect(authorize(order, payments)).resolves.toEqual({ status: 'AUTHORIZED' });
  await expect(capture(order, payments)).resolves.toEqual({ status: 'CAPTURED' });
  await expect(reread(order)).resolves.toMatchObject({ phase: 'CAPTURING' });
  await expect(refund(order, payments)).resolves.toMatchObject({ payment: { captured: 0, refunded: 0 } });
  await expect(readPayment(order.orderId)).resolves.toBeUndefined();
});

test('throws OrderNotFound for an order that does not exist', async () => {
  const order = { ...orderRow(), executionId: 'any' };
  for (const operation of [authorize, capture, refund]) {
    await expect(operation(order, payments)).rejects.toMatchObject({ name: 'OrderNotFound' });
  }
});
