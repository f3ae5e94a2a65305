import { findCallersOrder } from '../../functions/shared/orders/callers-order.ts';
import { MemoryTables } from '../support/memory-tables.ts';

const alice = { customerId: 'alice', isOperator: false };
const bob = { customerId: 'bob', isOperator: false };
const operator = { customerId: 'olga', isOperator: true };
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const tables = () =>
  new MemoryTables({
    orders: [{ orderId, createdAt: '2026-01-02T03:04:05.678Z', customerId: 'alice' }],
  });
const get = (caller: typeof alice, id = orderId) =>
  findCallersOrder(caller, id, { dynamodb: tables().client, ordersTable: 'orders' });

test('is shown to its owner and to operators', async () => {
  expect((await get(alice)).orderId).toBe(orderId);
  expect((await get(operator)).orderId).toBe(orderId);
});

test('is not found by others, just as an order that does not exist', async () => {
  const missing = await get(alice, '00000000-0000-4000-8000-000000000000').catch((error) => error.toDocument());
  const foreign = await get(bob).catch((error) => error.toDocument());
  expect(missing).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(foreign).toEqual(missing);
});

test.each(['1', '..', orderId.toUpperCase(), `${orderId} `, `${orderId}/`, `${orderId}\n`, '#', 'NUMBERS#alice'])(
  'is not looked for by the id %j',
  async (id) => {
    await expect(get(alice, id)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  },
);
