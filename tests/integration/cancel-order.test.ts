import { randomUUID } from 'node:crypto';
import { type CancelResources, cancelOrder } from '../../functions/cancel-order/cancel-order.ts';
import type { ExecutionStarter } from '../../functions/shared/orders/order-execution.ts';
import { orderRow, putOrder, reread } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';

const AT = '2026-01-01T00:00:00.000Z';
const started: unknown[] = [];
const resources: CancelResources = {
  dynamodb,
  ordersTable: stack.ordersTable,
  operationsTable: stack.operationsTable,
  workflow: {
    stepFunctions: { send: async (command: unknown) => started.push(command) },
    workflowArn: 'arn:of:no:workflow',
  } as unknown as ExecutionStarter['workflow'],
  onStartFailure: (error) => {
    throw error;
  },
};

afterEach(() => {
  expect(started).toEqual([]);
});

test('refuses a cancel when a capture has begun since the order was read', async () => {
  const order = await putOrder({ status: 'PROCESSING', phase: 'CAPTURING', executionId: randomUUID() });
  const { phase: _phase, ...stale } = order;
  await expect(cancelOrder(stale, AT, resources)).rejects.toMatchObject({ code: 'CAPTURE_IN_PROGRESS' });
  await expect(reread(order)).resolves.toEqual(order);
});

test('writes nothing when the order does not exist', async () => {
  const order = orderRow();
  await expect(cancelOrder(order, AT, resources)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(reread(order)).resolves.toBeUndefined();
});
