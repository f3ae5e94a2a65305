import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { createOrder } from '../../functions/create-order/create-order.ts';
import { waitBeforeOrder } from '../../functions/create-order/order-caps.ts';
import { MemoryTables } from '../support/memory-tables.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-01-02T03:04:05.678Z');
const at = (ms: number) => new Date(START + ms).toISOString();

test.each([
  ['no earlier order', undefined, undefined, undefined],
  ['an order that is PENDING', 'PENDING', undefined, 60],
  ['an order that is PROCESSING', 'PROCESSING', undefined, 60],
  ['an order that is COMPLETED', 'COMPLETED', undefined, undefined],
  ['an order that NEEDS_ATTENTION', 'NEEDS_ATTENTION', undefined, undefined],
  ['an order placed this very moment', 'COMPLETED', 0, 3600],
  ['an order placed a moment less than an hour ago', 'COMPLETED', -HOUR_MS + 1, 1],
  ['an order placed an hour ago', 'COMPLETED', -HOUR_MS, undefined],
  ['both reasons', 'PENDING', -HOUR_MS + 5000, 5],
] as const)('%s before it makes an order wait as long as it has to', (_, statusBefore, placedMs, seconds) => {
  const placedBefore = placedMs === undefined ? undefined : at(placedMs);
  expect(waitBeforeOrder({ statusBefore, placedBefore }, at(0))).toBe(seconds);
});

const request = {
  items: [{ productId: 'A', quantity: 1 }],
  shippingAddress: { street: 's', city: 'c', state: 'x', zipCode: 'z' },
  paymentMethod: 'credit_card' as const,
};

/** A shop in memory whose every call takes a number of turns, so that requests overtake one another. */
function shop(delays: readonly number[], caps: { maxOpenOrders: number; maxOrdersPerHour: number }) {
  const product = { productId: 'A', name: 'Apple', price: 100, currency: 'USD', available: 9, reserved: 0, sold: 0 };
  const tables = new MemoryTables({ orders: [], products: [product], operations: [] });
  let calls = 0;
  tables.before = async () => {
    calls += 1;
    for (let left = delays[calls % delays.length] ?? 0; left > 0; left -= 1) await turn();
  };
  const orders = () => (tables.tables.orders ?? []).filter(({ status }) => status !== undefined);
  const place = (ms: number, idempotencyKey?: string) =>
    createOrder(
      { request, customerId: 'alice', idempotencyKey, now: at(ms) },
      {
        dynamodb: tables.client,
        ordersTable: 'orders',
        productsTable: 'products',
        operationsTable: 'operations',
        caps: { ...caps, maxDeclinesPerHour: 10 },
        sqs: { send: async () => ({ $metadata: {} }) } as never,
        orderQueueUrl: 'https://queue.example',
      },
    );
  return { orders, place };
}

test('however requests and the ends of orders interleave, no cap is ever exceeded, and no order waits for nothing', async () => {
  const wave = fc.record({
    /** Clocks of two containers may differ, so that a later request can have an earlier time. */
    times: fc.array(fc.integer({ min: 0, max: HOUR_MS }), { minLength: 1, maxLength: 8 }),
    ended: fc.array(fc.nat(20), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 11 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(wave, { minLength: 1, maxLength: 4 }),
      async (delays, maxOpenOrders, maxOrdersPerHour, waves) => {
        const { orders, place } = shop(delays, { maxOpenOrders, maxOrdersPerHour });
        for (const [index, { times, ended }] of waves.entries()) {
          const answers = await Promise.allSettled(times.map((ms) => place(index * HOUR_MS + ms)));
          for (const answer of answers) {
            if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
          }
          if (index === 0) {
            const room = Math.min(maxOpenOrders, maxOrdersPerHour, times.length);
            expect(orders().length).toBeGreaterThanOrEqual(room);
          }
          expect(orders().filter(({ status }) => status === 'PENDING').length).toBeLessThanOrEqual(maxOpenOrders);
          const placed = orders().map(({ createdAt }) => Date.parse(String(createdAt)));
          for (const from of placed) {
            const within = placed.filter((time) => time >= from && time < from + HOUR_MS);
            expect(within.length).toBeLessThanOrEqual(maxOrdersPerHour);
          }
          for (const which of ended) {
            const order = orders()[which % Math.max(orders().length, 1)];
            if (order) order.status = 'COMPLETED';
          }
        }
      },
    ),
    { numRuns: 60 },
  );
}, 30_000);

test('a repeated request is answered with its order, also over the cap', async () => {
  const { place } = shop([0], { maxOpenOrders: 1, maxOrdersPerHour: 1 });
  const { order } = await place(0, 'key-1');
  await expect(place(1, 'key-2')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
  expect(await place(2, 'key-1')).toMatchObject({ order: { orderId: order.orderId }, replayed: true });
});

test('requests with one key make one order, in every interleaving', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 11 }), async (delays) => {
      const { orders, place } = shop(delays, { maxOpenOrders: 9, maxOrdersPerHour: 9 });
      const answers = await Promise.all([1, 2, 3, 4].map((ms) => place(ms, 'key-1')));
      expect(orders()).toHaveLength(1);
      expect(new Set(answers.map(({ order }) => order.createdAt)).size).toBe(1);
    }),
    { numRuns: 60 },
  );
}, 30_000);
