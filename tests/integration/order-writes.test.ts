import { randomUUID } from 'node:crypto';
import type { Order, OrderStatus } from '../../functions/shared/orders/order.ts';
import { newestOrderNumber } from '../../functions/shared/orders/order-table.ts';
import {
  claim,
  closeToCancels,
  countResend,
  escalate,
  insertOrder,
  keepPaymentId,
  markNotified,
  type OrderWritten,
  reopen,
  requestCancel,
  resume,
} from '../../functions/shared/orders/order-writes.ts';
import { orderRow, putClaimedOrder, putOrder, reread } from '../support/order-rows.ts';
import { dynamodb, stack } from '../support/stack.ts';

// Conditions as docs/protocol.md has them, on the engine itself: what each write does, and what it refuses.

const AT = '2026-01-02T03:04:05.678Z';
const orders = { dynamodb, ordersTable: stack.ordersTable };
const ME = 'an-execution';

/** Each write to a row, and the rows on which it must be done and refused. */
const WRITES: [
  name: string,
  write: (order: Order) => Promise<OrderWritten>,
  done: Partial<Order>[],
  refused: Partial<Order>[],
][] = [
  [
    'claim',
    (order) => claim(order, ME, AT, orders),
    [{ status: 'PENDING' }],
    inStatuses('PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION'),
  ],
  [
    'closeToCancels',
    (order) => closeToCancels(order, ME, orders),
    [mine(), mine({ phase: 'CAPTURING' })],
    [
      mine({ cancelRequested: true }),
      mine({ phase: 'UNDOING' }),
      mine({ executionId: 'another' }),
      { status: 'PENDING' },
    ],
  ],
  [
    'escalate',
    (order) => escalate(order, ME, AT, 'it ended', orders),
    [{ status: 'PENDING' }, mine(), mine({ phase: 'UNDOING' })],
    [mine({ executionId: 'another' }), ...inStatuses('COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION')],
  ],
  [
    'requestCancel',
    (order) => requestCancel(order, orders),
    inStatuses('PENDING', 'PROCESSING', 'NEEDS_ATTENTION'),
    [mine({ phase: 'CAPTURING' }), mine({ phase: 'UNDOING' }), ...inStatuses('COMPLETED', 'FAILED', 'CANCELLED')],
  ],
  [
    'reopen',
    (order) => reopen(order, AT, orders),
    inStatuses('COMPLETED'),
    inStatuses('PENDING', 'PROCESSING', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION'),
  ],
];

describe.each(WRITES)('%s', (_name, write, done, refused) => {
  test.each(done)('is done on %j', async (changes) => {
    const order = await putOrder(changes);
    const result = await write(order);
    expect(result).toEqual({ written: await reread(order) });
    expect(await reread(order)).not.toEqual(order);
  });

  test.each(refused)('is refused on %j, and tells what stands there', async (changes) => {
    const order = await putOrder(changes);
    expect(await write(order)).toEqual({ refusedBy: order });
    expect(await reread(order)).toEqual(order);
  });

  test('makes no order that does not exist', async () => {
    const order = orderRow();
    expect(await write(order)).toEqual({ refusedBy: undefined });
    expect(await reread(order)).toBeUndefined();
  });
});

test.each(['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'] as const)(
  'resume gives an order that is %s to the next execution, once',
  async (status) => {
    const order = await putOrder({ status, executionId: ME, attempts: 2 });
    const results = await Promise.all([1, 2, 3].map(() => resume(order, AT, 'resumed', orders)));
    expect(results.filter((result) => 'written' in result)).toHaveLength(1);
    const grows = status === 'PROCESSING' ? 0 : 1;
    const after = await reread(order);
    expect(after).toMatchObject({ status: 'PROCESSING', executionId: `${order.orderId}-retry-3`, attempts: 3 });
    expect(after.history).toHaveLength(order.history.length + grows);
  },
);

test('countResend counts each message once, however many ask at the same time', async () => {
  const order = await putOrder();
  const results = await Promise.all([1, 2, 3, 4].map(() => countResend(order, AT, orders)));
  expect(results.filter((result) => 'written' in result)).toHaveLength(1);
  const counted = await reread(order);
  expect(counted).toMatchObject({ resends: 1, resentAt: AT });
  expect(await countResend(counted, AT, orders)).toMatchObject({ written: { resends: 2 } });
});

test('markNotified leaves an outcome pending that came since the order was read', async () => {
  const order = await putOrder({ status: 'COMPLETED', noticeDue: AT });
  expect(await markNotified({ ...order, history: [] }, orders)).toMatchObject({ refusedBy: { noticeDue: AT } });
  await markNotified(order, orders);
  expect(await reread(order)).toMatchObject({ announced: order.history.length });
  expect(await reread(order)).not.toHaveProperty('noticeDue');
});

test('keepPaymentId keeps the first of two ids', async () => {
  const order = await putClaimedOrder();
  const kept = await Promise.all(['pi_1', 'pi_2'].map((id) => keepPaymentId(order, id, orders)));
  expect(new Set(kept).size).toBe(1);
  await expect(keepPaymentId(order, 'pi_3', orders)).resolves.toBe(kept[0]);
  await expect(keepPaymentId(orderRow(), 'pi_4', orders)).rejects.toMatchObject({ name: 'OrderNotFound' });
});

test('insertOrder writes one of twenty orders of a customer with the same number', async () => {
  const customerId = randomUUID();
  const rows = Array.from({ length: 20 }, () => orderRow({ customerId }));
  const results = await Promise.all(rows.map((row) => insertOrder(row, 0, orders)));
  expect(results.filter(Boolean)).toHaveLength(1);
  const there = await Promise.all(rows.map(reread));
  const written = rows[results.indexOf(true)];
  expect(there.filter((row) => row !== undefined)).toEqual([written]);
  expect(await newestOrderNumber(customerId, orders)).toMatchObject({
    number: 0,
    orderKey: { orderId: written?.orderId, createdAt: written?.createdAt },
  });
});

function inStatuses(...statuses: OrderStatus[]): Partial<Order>[] {
  return statuses.map((status) => (status === 'PENDING' ? { status } : { status, executionId: ME }));
}

function mine(changes: Partial<Order> = {}): Partial<Order> {
  return { status: 'PROCESSING', executionId: ME, ...changes };
}
