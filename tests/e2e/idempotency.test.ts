import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { createOrder } from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { NO_CAPS } from '../support/order-rows.ts';
import {
  type Customer,
  call,
  dynamodb,
  makeCustomer,
  makeProduct,
  orderRequest,
  readPayment,
  readProduct,
  sqs,
  stack,
  waitForStatus,
} from '../support/stack.ts';

let customer: Customer;
beforeEach(async () => {
  customer = await makeCustomer();
});

const post = (request: unknown, key: string, who = customer) =>
  call('POST', '/orders', { token: who.idToken, body: request, headers: { 'idempotency-key': key } });

/** What the table holds of a customer's orders; markers have no customer and are not among them. */
async function orderIdsOf({ customerId }: Customer): Promise<unknown[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: stack.ordersTable,
      IndexName: 'customer-index',
      KeyConditionExpression: 'customerId = :customerId',
      ExpressionAttributeValues: { ':customerId': customerId },
    }),
  );
  return Items.map(({ orderId }) => orderId);
}

async function request(quantity = 1) {
  const { productId } = await makeProduct();
  return { productId, body: orderRequest([{ productId, quantity }]) };
}

it('a key used twice makes one order, answered the same way, and one payment', async () => {
  const { productId, body } = await request(2);
  const key = randomUUID();
  const first = await post(body, key);
  expect(first.status).toBe(202);
  const orderId = String(first.body.orderId);
  await waitForStatus(orderId, 'COMPLETED');

  const second = await post(body, key);
  expect(second).toMatchObject({ status: 202, body: { orderId, createdAt: first.body.createdAt } });
  expect(second.headers.get('location')).toBe(first.headers.get('location'));
  expect(await orderIdsOf(customer)).toEqual([orderId]);
  expect(await readProduct(productId)).toMatchObject({ available: 998, reserved: 0, sold: 2 });
  expect((await readPayment(orderId))?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture']);
});

it('eight at once make one order', async () => {
  const { productId, body } = await request();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(body, key)));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
  const ids = new Set(answers.map(({ body: { orderId } }) => String(orderId)));
  expect(ids.size).toBe(1);
  expect(await orderIdsOf(customer)).toEqual([...ids]);

  for (const orderId of ids) await waitForStatus(orderId, 'COMPLETED');
  expect(await readProduct(productId)).toMatchObject({ available: 999, reserved: 0, sold: 1 });
});

it('a create that was cut off between write and send is finished by its replay', async () => {
  const { body } = await request();
  const key = randomUUID();
  const cutOff = await createOrder(
    {
      request: body as OrderRequest,
      customerId: customer.customerId,
      idempotencyKey: key,
      now: new Date().toISOString(),
    },
    {
      dynamodb,
      sqs: { ...sqs, send: () => Promise.reject(new Error('the process ended here')) },
      ordersTable: stack.ordersTable,
      productsTable: stack.productsTable,
      operationsTable: stack.operationsTable,
      caps: NO_CAPS,
      orderQueueUrl: stack.orderQueueUrl,
    },
  );
  expect(cutOff.sendError).toBeDefined();

  const replay = await post(body, key);
  expect(replay).toMatchObject({
    status: 202,
    body: { orderId: cutOff.order.orderId, createdAt: cutOff.order.createdAt },
  });
  await waitForStatus(cutOff.order.orderId, 'COMPLETED');
  expect(await orderIdsOf(customer)).toEqual([cutOff.order.orderId]);
});

it('a replay is recognised although the price has changed since', async () => {
  const { productId, body } = await request();
  const key = randomUUID();
  const first = await post({ ...body, totalAmount: 12.5 }, key);
  await makeProduct({ productId, price: 99 });
  expect(await post({ ...body, totalAmount: 12.5 }, key)).toMatchObject({
    status: 202,
    body: { orderId: first.body.orderId, totalAmount: 12.5 },
  });
});

it('the same key of another customer makes an order of their own', async () => {
  const { body } = await request();
  const key = randomUUID();
  const other = await makeCustomer();
  const answers = [await post(body, key), await post(body, key, other)];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(await orderIdsOf(customer)).toEqual([answers[0]?.body.orderId]);
  expect(await orderIdsOf(other)).toEqual([answers[1]?.body.orderId]);
  expect(answers[0]?.body.orderId).not.toBe(answers[1]?.body.orderId);
});

it('the same key with another request is refused and changes nothing', async () => {
  const { body } = await request();
  const key = randomUUID();
  const first = await post(body, key);
  const other = await post({ ...body, customerName: 'Somebody Else' }, key);
  expect(other).toMatchObject({ status: 422, body: { status: 422, code: 'IDEMPOTENCY_MISMATCH' } });
  expect(other.headers.get('content-type')).toContain('application/problem+json');
  expect(await orderIdsOf(customer)).toEqual([first.body.orderId]);
});

it('the same request, its members in another order, is the same request', async () => {
  const { body } = await request();
  const key = randomUUID();
  const first = await post(body, key);
  const second = await post(Object.fromEntries(Object.entries(body).reverse()), key);
  expect(second).toMatchObject({ status: 202, body: { orderId: first.body.orderId } });
});
