import { randomUUID } from 'node:crypto';
import { type CreateOrderResources, createOrder } from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { reread } from '../support/order-rows.ts';
import { dynamodb, makeProduct, orderRequest, stack } from '../support/stack.ts';

const sent: string[] = [];
const resources: CreateOrderResources = {
  dynamodb,
  ordersTable: stack.ordersTable,
  productsTable: stack.productsTable,
  sqs: {
    send: async (command: { input: { MessageBody?: string } }) => void sent.push(command.input.MessageBody ?? ''),
  } as never,
  orderQueueUrl: 'https://queue.example.com',
};

async function request(lines = 2): Promise<OrderRequest> {
  const products = await Promise.all(Array.from({ length: lines }, () => makeProduct()));
  return orderRequest(products.map(({ productId }) => ({ productId, quantity: 2 }))) as OrderRequest;
}

const create = (of: OrderRequest, idempotencyKey?: string, customerId = 'alice') =>
  createOrder({ request: of, customerId, idempotencyKey, now: new Date().toISOString() }, resources);

test('writes an order of fifty products as it was priced, and sends its key', async () => {
  const { order } = await create(await request(50));
  expect(order.items).toHaveLength(50);
  expect(await reread(order)).toEqual(order);
  expect(sent).toContain(JSON.stringify({ orderId: order.orderId, createdAt: order.createdAt }));
});

test('refuses a product that the catalogue does not have', async () => {
  const of = orderRequest([{ productId: randomUUID(), quantity: 1 }]) as OrderRequest;
  await expect(create(of)).rejects.toMatchObject({ code: 'UNKNOWN_PRODUCT' });
});

test('makes one order of twenty equal requests with one idempotency key, all at once', async () => {
  const of = await request();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(of, key)));
  expect(new Set(answers.map(({ order }) => `${order.orderId} ${order.createdAt}`)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

test('refuses the idempotency key of another request, and knows no key of another customer', async () => {
  const of = await request();
  const key = randomUUID();
  const { order } = await create(of, key);
  await expect(create(await request(), key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  const { order: ofAnother } = await create(of, key, 'bob');
  expect(ofAnother.orderId).not.toBe(order.orderId);
});
