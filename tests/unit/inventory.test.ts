import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { release, reserve } from '../../functions/inventory/inventory.ts';

const EVENT = { orderId: 'order-1', createdAt: '2025-03-06T16:30:00.000Z', executionId: 'order-1' };
const ROW = {
  stock: 'RESERVED',
  items: [
    { productId: 'A', quantity: 1 },
    { productId: 'B', quantity: 1 },
  ],
};

/** A table that answers each transaction with the next of these answers, and each read with the order. */
function tableThat(...answers: (CancellationReason[] | 'done' | Error)[]) {
  let transactions = 0;
  const dynamodb = {
    async send(command: { constructor: { name: string } }) {
      if (command.constructor.name === 'GetCommand') return { Item: ROW };
      const answer = answers[transactions++] ?? 'done';
      if (answer === 'done') return {};
      if (answer instanceof Error) throw answer;
      throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: answer });
    },
  } as unknown as DynamoDBDocumentClient;
  const inventory = { dynamodb, ordersTable: 'orders', productsTable: 'products' };
  return { inventory, count: () => transactions };
}

const NONE = { Code: 'None' };
const REFUSED = { Code: 'ConditionalCheckFailed' };
const CONFLICT = { Code: 'TransactionConflict' };
const refusedWith = (stock: string) => ({ ...REFUSED, Item: { stock: { S: stock } } });
const conflictAsException = Object.assign(new Error('conflict'), { name: 'TransactionConflictException' });

test('decides by the stock of the order first: its own reservation may hold the last unit', async () => {
  const { inventory } = tableThat([refusedWith('RESERVED'), REFUSED, REFUSED]);
  await expect(reserve(EVENT, inventory)).resolves.toEqual({ stock: 'RESERVED' });
});

test('decides by the stock of the order before it retries a conflict on a product', async () => {
  const { inventory, count } = tableThat([refusedWith('RELEASED'), CONFLICT, NONE]);
  await expect(reserve(EVENT, inventory)).rejects.toMatchObject({ name: 'OrderClosed' });
  expect(count()).toBe(1);
});

test.each([
  ['as a reason on the order', [CONFLICT, NONE, NONE]],
  ['as a reason on a product', [NONE, NONE, CONFLICT]],
  ['beside a refusal', [NONE, REFUSED, CONFLICT]],
  ['as an exception', conflictAsException],
  ['as a throttle', [NONE, { Code: 'ThrottlingError' }, NONE]],
])('retries after a conflict %s', async (_, conflict) => {
  const { inventory, count } = tableThat(conflict, conflict, 'done');
  await expect(reserve(EVENT, inventory)).resolves.toEqual({ stock: 'RESERVED' });
  expect(count()).toBe(3);
});

test.each([
  ['reserve', reserve],
  ['release', release],
])('throws TransactionConflict when conflicts do not end: %s', async (_, operation) => {
  const { inventory, count } = tableThat(...Array.from({ length: 50 }, () => [NONE, CONFLICT, NONE]));
  await expect(operation(EVENT, inventory)).rejects.toMatchObject({ name: 'TransactionConflict' });
  expect(count()).toBe(5);
});

test('names every product that is out of stock, and no other', async () => {
  const { inventory } = tableThat([NONE, NONE, REFUSED]);
  await expect(reserve(EVENT, inventory)).rejects.toMatchObject({ name: 'OutOfStock', productIds: ['B'] });
});

test('throws any other failure of the transaction', async () => {
  const { inventory, count } = tableThat([NONE, { Code: 'ValidationError' }, NONE]);
  await expect(reserve(EVENT, inventory)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
  expect(count()).toBe(1);
});

test('reads the order again when its stock changed during a release', async () => {
  const { inventory, count } = tableThat([REFUSED, NONE, NONE], 'done');
  await expect(release(EVENT, inventory)).resolves.toEqual({ stock: 'RELEASED' });
  expect(count()).toBe(2);
});
