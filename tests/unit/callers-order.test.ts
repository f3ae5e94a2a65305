import type { Caller } from '../../functions/shared/api/caller.ts';
import { findCallersOrder } from '../../functions/shared/orders/callers-order.ts';
import { MemoryTables } from '../support/memory-tables.ts';

const alice: Caller = { customerId: 'alice', groups: [] };
const bob: Caller = { customerId: 'bob', groups: [] };
const operator: Caller = { customerId: 'olga', groups: ['operators'] };
const support: Caller = { customerId: 'sam', groups: ['support'] };
const catalogue: Caller = { customerId: 'cato', groups: ['catalogue'] };
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const tables = () =>
  new MemoryTables({
    orders: [
      { orderId, createdAt: '#' },
      { orderId, createdAt: '2026-01-02T03:04:05.678Z', customerId: 'alice' },
    ],
  });
const get = (caller: Caller, id = orderId) =>
  findCallersOrder(caller, id, 'SEE_ALL_ORDERS', { dynamodb: tables().client, ordersTable: 'orders' });

test('is shown to its owner, to operators and to support', async () => {
  expect((await get(alice)).orderId).toBe(orderId);
  expect((await get(operator)).orderId).toBe(orderId);
  expect((await get(support)).orderId).toBe(orderId);
});

test("another customer's order is not found, like an order that does not exist", async () => {
  const missing = await get(alice, '00000000-0000-4000-8000-000000000000').catch((error) => error.toDocument());
  const foreign = await get(bob).catch((error) => error.toDocument());
  expect(missing).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(foreign).toEqual(missing);
  await expect(get(catalogue)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('an idempotency record alone is no order', async () => {
  const dynamodb = new MemoryTables({ orders: [{ orderId, createdAt: '#' }] }).client;
  await expect(
    findCallersOrder(alice, orderId, 'SEE_ALL_ORDERS', { dynamodb, ordersTable: 'orders' }),
  ).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test.each(['1', '..', orderId.toUpperCase(), `${orderId} `, `${orderId}/`, `${orderId}\n`, '#'])(
  'the id %j is refused',
  async (id) => {
    await expect(get(alice, id)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  },
);
