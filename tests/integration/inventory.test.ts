import { randomUUID } from 'node:crypto';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { release, reserve } from '../../functions/inventory/inventory.ts';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { orderUpdate, ownedBy } from '../../functions/shared/orders/order-update.ts';
import { putClaimedOrder, reread } from '../support/order-rows.ts';
import { makeProduct, readStock } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';

const inventory = { dynamodb, ordersTable: stack.ordersTable, productsTable: stack.productsTable };

function items(...lines: [Product, quantity: number][]): Order['items'] {
  return lines.map(([{ productId, name, price }, quantity]) => ({ productId, name, quantity, unitPrice: price }));
}

async function setOnRow({ orderId, createdAt }: Order, set: NonNullable<Parameters<typeof orderUpdate>[0]['set']>) {
  const Key = { orderId, createdAt };
  const update = orderUpdate({ set, when: { status: ['PROCESSING'] } });
  await dynamodb.send(new UpdateCommand({ TableName: stack.ordersTable, Key, ...update }));
}

/** What CompleteOrder does to the stock. */
async function sell(order: Order & { executionId: string }, products: [Product, number][]) {
  await dynamodb.send(
    new TransactWriteCommand({
      TransactItems: [
        {
          Update: {
            TableName: stack.ordersTable,
            Key: { orderId: order.orderId, createdAt: order.createdAt },
            ...orderUpdate({ set: { stock: 'SOLD' }, when: { ...ownedBy(order.executionId), stock: ['RESERVED'] } }),
          },
        },
        ...products.map(([{ productId }, quantity]) => ({
          Update: {
            TableName: stack.productsTable,
            Key: { productId },
            UpdateExpression: 'SET reserved = reserved - :q, sold = sold + :q',
            ExpressionAttributeValues: { ':q': quantity },
          },
        })),
      ],
    }),
  );
}

test('reserves every item, and writes RESERVED to the order with it', async () => {
  const [a, b] = [await makeProduct({ available: 5 }), await makeProduct({ available: 1 })];
  const order = await putClaimedOrder({ items: items([a, 2], [b, 1]) });
  await expect(reserve(order, inventory)).resolves.toEqual({ stock: 'RESERVED' });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 3, reserved: 2, sold: 0 });
  await expect(readStock(b.productId)).resolves.toEqual({ available: 0, reserved: 1, sold: 0 });
  await expect(reread(order)).resolves.toEqual({ ...order, stock: 'RESERVED' });
});

test('reserves nothing when one item is out of stock, and names it', async () => {
  const [a, b] = [await makeProduct({ available: 5 }), await makeProduct({ available: 1 })];
  const order = await putClaimedOrder({ items: items([a, 2], [b, 2]) });
  await expect(reserve(order, inventory)).rejects.toMatchObject({ name: 'OutOfStock', productIds: [b.productId] });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 5, reserved: 0, sold: 0 });
  await expect(readStock(b.productId)).resolves.toEqual({ available: 1, reserved: 0, sold: 0 });
  await expect(reread(order)).resolves.toEqual(order);
});

test('treats a product that does not exist as out of stock', async () => {
  const gone: Product = { ...(await makeProduct()), productId: `T-${randomUUID()}` };
  const order = await putClaimedOrder({ items: items([gone, 1]) });
  await expect(reserve(order, inventory)).rejects.toMatchObject({ name: 'OutOfStock', productIds: [gone.productId] });
});

test('adds up the lines of one product before it reserves them', async () => {
  const a = await makeProduct({ available: 3 });
  const short = await putClaimedOrder({ items: items([a, 2], [a, 2]) });
  await expect(reserve(short, inventory)).rejects.toMatchObject({ name: 'OutOfStock' });
  const enough = await putClaimedOrder({ items: items([a, 2], [a, 1]) });
  await expect(reserve(enough, inventory)).resolves.toEqual({ stock: 'RESERVED' });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 0, reserved: 3, sold: 0 });
});

test('reserves the last unit once when it is repeated: its own reservation is not out of stock', async () => {
  const last = await makeProduct({ available: 1 });
  const order = await putClaimedOrder({ items: items([last, 1]) });
  await reserve(order, inventory);
  await expect(reserve(order, inventory)).resolves.toEqual({ stock: 'RESERVED' });
  await expect(readStock(last.productId)).resolves.toEqual({ available: 0, reserved: 1, sold: 0 });
});

test.each<[string, Partial<Order>]>([
  ['that belongs to another execution', { executionId: 'another' }],
  ['that is being captured', { phase: 'CAPTURING' }],
  ['that is being undone', { phase: 'UNDOING' }],
  ['whose stock was released', { stock: 'RELEASED' }],
  ['that was sold', { stock: 'SOLD' }],
  ['that has ended', { status: 'FAILED' }],
])('reserves nothing for an order %s', async (_, changes) => {
  const a = await makeProduct({ available: 5 });
  const order = await putClaimedOrder({ items: items([a, 1]), ...changes });
  const event = { orderId: order.orderId, createdAt: order.createdAt, executionId: order.orderId };
  await expect(reserve(event, inventory)).rejects.toMatchObject({ name: 'OrderClosed' });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 5, reserved: 0, sold: 0 });
});

test('releases what was reserved, once', async () => {
  const a = await makeProduct({ available: 5 });
  const order = await putClaimedOrder({ items: items([a, 2]) });
  await reserve(order, inventory);
  await setOnRow(order, { phase: 'UNDOING' });
  await expect(release(order, inventory)).resolves.toEqual({ stock: 'RELEASED' });
  await expect(release(order, inventory)).resolves.toEqual({ stock: 'RELEASED' });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 5, reserved: 0, sold: 0 });
});

test('releases what was sold, once, when asked ten times at once', async () => {
  const a = await makeProduct({ available: 5 });
  const order = await putClaimedOrder({ items: items([a, 2]) });
  await reserve(order, inventory);
  await sell(order, [[a, 2]]);
  await Promise.all(Array.from({ length: 10 }, () => release(order, inventory)));
  await expect(readStock(a.productId)).resolves.toEqual({ available: 5, reserved: 0, sold: 0 });
});

test('releases nothing when nothing was reserved', async () => {
  const a = await makeProduct({ available: 5 });
  const order = await putClaimedOrder({ items: items([a, 2]) });
  await expect(release(order, inventory)).resolves.toEqual({ stock: 'NONE' });
  await expect(readStock(a.productId)).resolves.toEqual({ available: 5, reserved: 0, sold: 0 });
});

test('sells a product to no more orders than there are units, all at once', async () => {
  const few = await makeProduct({ available: 4 });
  const orders = await Promise.all(Array.from({ length: 12 }, () => putClaimedOrder({ items: items([few, 1]) })));
  const reservations = await Promise.allSettled(orders.map((order) => reserve(order, inventory)));
  expect(reservations.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  await expect(readStock(few.productId)).resolves.toEqual({ available: 0, reserved: 4, sold: 0 });
});

test('keeps available + reserved + sold of every product through any sequence of operations', async () => {
  const step = fc.record({
    order: fc.nat({ max: 2 }),
    act: fc.constantFrom('reserve', 'release', 'sell', 'undo', 'reserve of a late execution'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), {
        minLength: 3,
        maxLength: 3,
      }),
      fc.array(step, { maxLength: 12 }),
      async (wanted, steps) => {
        const [a, b] = [await makeProduct({ available: 4 }), await makeProduct({ available: 4 })];
        const lines = wanted.map(([ofA, ofB]): [Product, number][] => [
          [a, ofA],
          [b, ofB],
        ]);
        const orders = await Promise.all(lines.map((line) => putClaimedOrder({ items: items(...line) })));
        for (const { order: index, act } of steps) {
          const [order, line] = [orders[index], lines[index]];
          if (!order || !line) throw new Error('three orders were made');
          const acts = {
            reserve: () => reserve(order, inventory),
            release: () => release(order, inventory),
            sell: () => sell(order, line),
            undo: () => setOnRow(order, { phase: 'UNDOING' }),
            'reserve of a late execution': () => reserve({ ...order, executionId: 'late' }, inventory),
          };
          await acts[act]().catch((error: Error) => {
            if (!['OutOfStock', 'OrderClosed', 'TransactionCanceledException'].includes(error.name)) throw error;
          });
        }
        const marks = await Promise.all(orders.map((order) => reread(order).then(({ stock }) => stock)));
        for (const [nth, product] of [a, b].entries()) {
          const heldAs = (mark: Order['stock']) =>
            lines.reduce((sum, line, index) => sum + (marks[index] === mark ? (line[nth]?.[1] ?? 0) : 0), 0);
          const [reserved, sold] = [heldAs('RESERVED'), heldAs('SOLD')];
          const after = await readStock(product.productId);
          expect(after).toEqual({ available: 4 - reserved - sold, reserved, sold });
          expect(after.available).toBeGreaterThanOrEqual(0);
        }
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);
