import { randomUUID } from 'node:crypto';
import { validateOrder } from '../../functions/validate/validate.ts';
import { orderRow, putOrder, reread } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';

const AT = '2025-03-06T16:31:00.000Z';

function validate({ orderId, createdAt }: { orderId: string; createdAt: string }, executionId = orderId) {
  return validateOrder({ orderId, createdAt, executionId }, { dynamodb, ordersTable: stack.ordersTable, at: AT });
}

test('claims a pending order for its execution and hands on nothing personal', async () => {
  const order = await putOrder();
  await expect(validate(order)).resolves.toEqual({
    items: [{ productId: 'PROD-001', quantity: 2 }],
    total: 3998,
    currency: 'USD',
  });
  await expect(reread(order)).resolves.toEqual({
    ...order,
    status: 'PROCESSING',
    executionId: order.orderId,
    history: [...order.history, { status: 'PROCESSING', at: AT }],
  });
});

test('goes on when its own claim is repeated, and writes nothing the second time', async () => {
  const order = await putOrder();
  await validate(order);
  const claimed = await reread(order);
  await expect(validate(order)).resolves.toMatchObject({ total: 3998 });
  await expect(reread(order)).resolves.toEqual(claimed);
});

test('lets one of ten executions claim an order', async () => {
  const order = await putOrder();
  const names = Array.from({ length: 10 }, (_, n) => `${order.orderId}-retry-${n}`);
  const claims = await Promise.allSettled(names.map((name) => validate(order, name)));
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(claims.flatMap((claim) => (claim.status === 'rejected' ? [claim.reason.name] : []))).toEqual(
    Array.from({ length: 9 }, () => 'OrderNotMine'),
  );
  const { history } = await reread(order);
  expect(history.map(({ status }) => status)).toEqual(['PENDING', 'PROCESSING']);
});

test('goes forward under the name that a retry has recorded', async () => {
  const order = orderRow();
  const executionId = `${order.orderId}-retry-1`;
  await putOrder({ ...order, status: 'PROCESSING', executionId, attempts: 1 });
  await expect(validate(order, executionId)).resolves.toMatchObject({ total: 3998 });
});

test.each(['COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION'] as const)(
  'leaves an order that is %s alone, also for the execution named like the order',
  async (status) => {
    const orderId = randomUUID();
    const order = await putOrder({ orderId, status, executionId: orderId });
    await expect(validate(order)).rejects.toMatchObject({ name: 'OrderNotMine' });
    await expect(reread(order)).resolves.toEqual(order);
  },
);

test('leaves an order of another execution alone', async () => {
  const order = await putOrder({ status: 'PROCESSING', executionId: 'another' });
  await expect(validate(order)).rejects.toMatchObject({ name: 'OrderNotMine' });
  await expect(reread(order)).resolves.toEqual(order);
});

test('throws OrderNotFound for an order that does not exist, and creates none', async () => {
  const order = orderRow();
  await expect(validate(order)).rejects.toMatchObject({ name: 'OrderNotFound' });
  await expect(reread(order)).resolves.toBeUndefined();
});

test('throws OrderUndoing for an order whose undo has begun', async () => {
  const orderId = randomUUID();
  const order = await putOrder({
    orderId,
    status: 'PROCESSING',
    executionId: `${orderId}-cancel`,
    phase: 'UNDOING',
    cancelRequested: true,
  });
  await expect(validate(order, `${orderId}-cancel`)).rejects.toMatchObject({ name: 'OrderUndoing' });
});

test('claims an order whose cancel was requested, and throws OrderCancelRequested', async () => {
  const order = await putOrder({ cancelRequested: true });
  await expect(validate(order)).rejects.toMatchObject({ name: 'OrderCancelRequested' });
  await expect(reread(order)).resolves.toMatchObject({ status: 'PROCESSING', executionId: order.orderId });
});

test('throws OrderCancelRequested before it validates the order', async () => {
  const order = await putOrder({ cancelRequested: true, total: 1 });
  await expect(validate(order)).rejects.toMatchObject({ name: 'OrderCancelRequested' });
});

test('claims an order that contradicts itself, and throws OrderInvalid with the reason', async () => {
  const order = await putOrder({ total: 1 });
  await expect(validate(order)).rejects.toMatchObject({
    name: 'OrderInvalid',
    message: 'the total is not the sum of the items',
  });
  await expect(reread(order)).resolves.toMatchObject({ status: 'PROCESSING' });
});
