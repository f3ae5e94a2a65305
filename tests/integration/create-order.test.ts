import { randomUUID } from 'node:crypto';
import { type CreateOrderResources, createOrder } from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { newestOrderNumber } from '../../functions/shared/orders/order-table.ts';
import { countDecline } from '../../functions/shared/payments/declined-cards.ts';
import { NO_CAPS, putOrder, reread } from '../support/order-rows.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';

const sent: string[] = [];
const resources: CreateOrderResources = {
  dynamodb,
  ordersTable: stack.ordersTable,
  productsTable: stack.productsTable,
  operationsTable: stack.operationsTable,
  caps: NO_CAPS,
  sqs: {
    send: async (command: { input: { MessageBody?: string } }) => void sent.push(command.input.MessageBody ?? ''),
  } as never,
  orderQueueUrl: 'https://queue.example.com',
};

async function request(lines = 2): Promise<OrderRequest> {
  const products = await Promise.all(Array.from({ length: lines }, () => makeProduct()));
  return orderRequest(products.map(({ productId }) => ({ productId, quantity: 2 }))) as OrderRequest;
}

const create = (of: OrderRequest, idempotencyKey?: string, customerId = 'alice', caps = resources.caps) =>
  createOrder({ request: of, customerId, idempotencyKey, now: new Date().toISOString() }, { ...resources, caps });

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

test.each([
  ['open orders', { ...NO_CAPS, maxOpenOrders: 5 }],
  ['orders per hour', { ...NO_CAPS, maxOrdersPerHour: 5 }],
])(
  'of fifty requests of one customer at once, exactly as many are accepted as the cap on %s allows',
  async (_, caps) => {
    const of = await request(1);
    const customerId = randomUUID();
    const answers = await Promise.allSettled(
      // Half of them with a key of their own, because these take another way.
      Array.from({ length: 50 }, (__, n) => create(of, n % 2 === 0 ? undefined : randomUUID(), customerId, caps)),
    );
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    expect(refused).toHaveLength(45);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(await newestOrderNumber(customerId, resources)).toMatchObject({ number: 4 });
  },
);

test('an ended order makes room for one more', async () => {
  const of = await request(1);
  const customerId = randomUUID();
  const caps = { ...NO_CAPS, maxOpenOrders: 1 };
  const { order } = await create(of, undefined, customerId, caps);
  await expect(create(of, undefined, customerId, caps)).rejects.toMatchObject({ headers: { 'retry-after': '60' } });
  await putOrder({ ...order, status: 'FAILED' });
  await create(of, undefined, customerId, caps);
});

test('a customer whose cards were declined too often has to wait, and nobody else', async () => {
  const of = await request(1);
  const customerId = randomUUID();
  const caps = { ...NO_CAPS, maxDeclinesPerHour: 3 };
  const at = new Date().toISOString();
  await Promise.all([1, 2].map(() => countDecline(customerId, at, resources)));
  await create(of, undefined, customerId, caps);
  await countDecline(customerId, at, resources);
  const now = { request: of, customerId, now: at };
  const refused = await createOrder(now, { ...resources, caps }).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
  });
  await create(of, undefined, randomUUID(), caps);
  const anHourLater = new Date(Date.parse(at) + 3_600_000).toISOString();
  await createOrder({ ...now, now: anHourLater }, { ...resources, caps });
});
