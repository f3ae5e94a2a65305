import { randomUUID } from 'node:crypto';
import { listOrders } from '../../functions/get-order/list-orders.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { putOrder } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';

const orders = { dynamodb, ordersTable: stack.ordersTable };

async function ordersOfOneCustomer(count: number, changes: (n: number) => Partial<Order> = () => ({})) {
  const customerId = randomUUID();
  const createdAt = (n: number) => new Date(Date.now() + n * 1000).toISOString();
  const rows = await Promise.all(
    Array.from({ length: count }, (_, n) => putOrder({ customerId, createdAt: createdAt(n), ...changes(n) })),
  );
  return { caller: { customerId, groups: [] }, rows };
}

/** All pages, followed by their tokens. */
async function all(caller: Parameters<typeof listOrders>[0], query: Parameters<typeof listOrders>[1]) {
  const pages = [];
  let nextToken: string | undefined;
  do {
    const page = await listOrders(caller, { ...query, nextToken }, orders);
    pages.push(page.items);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return pages;
}

test("pages through a customer's own orders, newest first, each of them once", async () => {
  const { caller, rows } = await ordersOfOneCustomer(25);
  await ordersOfOneCustomer(1);
  const pages = await all(caller, { limit: '10' });
  expect(pages.flat().map(({ orderId }) => orderId)).toEqual(rows.map(({ orderId }) => orderId).reverse());
  expect(Math.max(...pages.map((page) => page.length))).toBe(10);
});

test("filters a customer's own orders by status, with amounts", async () => {
  const { caller, rows } = await ordersOfOneCustomer(6, (n) => ({ status: n % 2 === 0 ? 'FAILED' : 'COMPLETED' }));
  const found = (await all(caller, { status: 'FAILED', limit: '2' })).flat();
  const failed = rows.filter(({ status }) => status === 'FAILED').reverse();
  expect(found.map(({ orderId }) => orderId)).toEqual(failed.map(({ orderId }) => orderId));
  expect(found[0]).toMatchObject({ totalAmount: 39.98, currency: 'USD' });
});

test.each(['operators', 'support'] as const)(
  'shows the group %s the orders of everybody that have one status',
  async (group) => {
    const { rows } = await ordersOfOneCustomer(3, () => ({ status: 'NEEDS_ATTENTION' }));
    const operator = { customerId: randomUUID(), groups: [group] };
    const found = (await all(operator, { status: 'NEEDS_ATTENTION', limit: '100' })).flat();
    expect(found.map(({ orderId }) => orderId)).toEqual(expect.arrayContaining(rows.map(({ orderId }) => orderId)));
    expect(found.every(({ status }) => status === 'NEEDS_ATTENTION')).toBe(true);
  },
);
