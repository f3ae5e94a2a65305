import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb, stack } from '../support/stack.ts';

// No other test orders these two.
const CHANGED = 'PROD-006';
const DELETED = 'PROD-007';

const seed = () => spawnSync('npm', ['run', '--silent', 'seed'], { encoding: 'utf8' });

const product = async (productId: string) =>
  (await dynamodb.send(new GetCommand({ TableName: stack.productsTable, Key: { productId }, ConsistentRead: true })))
    .Item;

test('seed gives a changed product back what the sample has, but leaves its stock to the orders', async () => {
  await dynamodb.send(
    new UpdateCommand({
      TableName: stack.productsTable,
      Key: { productId: CHANGED },
      UpdateExpression: 'SET #name = :name, price = :price, available = :available, reserved = :reserved REMOVE image',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':name': 'Sack', ':price': 1, ':available': 7, ':reserved': 3 },
    }),
  );
  const first = seed();
  expect([first.status, first.stdout]).toEqual([0, expect.stringContaining('0 were missing and 1 were changed')]);
  expect(await product(CHANGED)).toMatchObject({
    name: 'Canvas Bag',
    price: 2275,
    available: 7,
    reserved: 3,
    image: expect.stringMatching(/\.webp$/),
  });
  expect(seed().stdout).toContain('0 were missing and 0 were changed');
});

test('seed puts a deleted product back with what orders hold of it', async () => {
  const order = (stock: string, quantity: number) => ({
    orderId: randomUUID(),
    createdAt: new Date().toISOString(),
    stock,
    items: [{ productId: DELETED, quantity }],
  });
  const orders = [order('RESERVED', 2), order('RESERVED', 3), order('SOLD', 4), order('RELEASED', 5)];
  for (const Item of orders) await dynamodb.send(new PutCommand({ TableName: stack.ordersTable, Item }));
  try {
    await dynamodb.send(new DeleteCommand({ TableName: stack.productsTable, Key: { productId: DELETED } }));
    const { status, stdout } = seed();
    expect([status, stdout]).toEqual([0, expect.stringContaining('1 were missing and 0 were changed')]);
    expect(await product(DELETED)).toMatchObject({ name: 'Water Bottle', available: 10_000, reserved: 5, sold: 4 });
  } finally {
    for (const { orderId, createdAt } of orders) {
      await dynamodb.send(new DeleteCommand({ TableName: stack.ordersTable, Key: { orderId, createdAt } }));
    }
  }
});
