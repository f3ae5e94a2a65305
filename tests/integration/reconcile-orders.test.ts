import { randomUUID } from 'node:crypto';
import { ordersOf, overdueNotifications } from '../../functions/reconcile/reconcile-orders.ts';
import type { OrderKey } from '../../functions/shared/orders/order.ts';
import { putOrder } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const orders = { dynamodb, ordersTable: stack.ordersTable };

async function idsOf(keys: AsyncIterable<OrderKey>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { orderId } of keys) ids.push(orderId);
  return ids;
}

test('finds the orders of a status that are older than a time, oldest first', async () => {
  const at = (year: number) => `${year}-01-01T00:00:00.000Z`;
  const place = (year: number) => putOrder({ status: 'NEEDS_ATTENTION', createdAt: at(year) });
  const [third, first, second] = await Promise.all([place(2012), place(2010), place(2011)]);
  const mine = [third, first, second].map(({ orderId }) => orderId);
  await waitFor('the index to hold them', async () => {
    const found = await idsOf(ordersOf('NEEDS_ATTENTION', at(2012), orders));
    return mine.every((id) => found.includes(id));
  });
  const found = await idsOf(ordersOf('NEEDS_ATTENTION', at(2011), orders));
  expect(found.filter((id) => mine.includes(id))).toEqual([first.orderId, second.orderId]);
});

test('finds the notifications that are overdue, and no others', async () => {
  const due = (noticeDue?: string) =>
    putOrder({ orderId: randomUUID(), status: 'FAILED', ...(noticeDue !== undefined && { noticeDue }) });
  const [overdue, later, none] = await Promise.all([
    due('2001-01-01T00:00:00.000Z'),
    due('2003-01-01T00:00:00.000Z'),
    due(),
  ]);
  const found = await waitFor('the index to hold it', async () => {
    const ids = await idsOf(overdueNotifications('2002-01-01T00:00:00.000Z', orders));
    return ids.includes(overdue.orderId) && ids;
  });
  expect(found).not.toContain(later.orderId);
  expect(found).not.toContain(none.orderId);
});
