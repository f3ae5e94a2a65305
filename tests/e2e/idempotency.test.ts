import { randomUUID } from 'node:crypto';
import { createOrder } from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { ordersOf, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, withoutWorkflow } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';

let customer: Customer;
beforeEach(async () => {
  customer = await makeCustomer();
});

const post = (request: unknown, key: string, who = customer) =>
  call('POST', '/orders', { token: who.idToken, body: request, headers: { 'idempotency-key': key } });

async function orderIdsOf({ customerId }: Customer): Promise<string[]> {
  return (await ordersOf(customerId)).map(({ orderId }) => orderId);
}

async function request(quantity = 1) {
  const { productId } = await makeProduct();
  return { productId, body: orderRequest([{ productId, quantity }]) };
}

test('a request repeated with its key makes one order and one payment, and has the same answer', async () => {
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

test('eight equal requests at once make one order', async () => {
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

test('the repetition of a request sends the message that the first attempt could not send', async () => {
  const { body } = await request();
  const key = randomUUID();
  const cutOff = await createOrder(
    {
      request: body as OrderRequest,
      customerId: customer.customerId,
      idempotencyKey: key,
      now: new Date().toISOString(),
    },
    { ...withoutWorkflow, sqs: { send: () => Promise.reject(new Error('the process ended here')) } },
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

test('a repetition is accepted after a change of the price', async () => {
  const { productId, body } = await request();
  const key = randomUUID();
  const first = await post({ ...body, totalAmount: 12.5 }, key);
  await makeProduct({ productId, price: 99 });
  expect(await post({ ...body, totalAmount: 12.5 }, key)).toMatchObject({
    status: 202,
    body: { orderId: first.body.orderId, totalAmount: 12.5 },
  });
});

test('the same key of another customer makes an order of their own', async () => {
  const { body } = await request();
  const key = randomUUID();
  const other = await makeCustomer();
  const answers = [await post(body, key), await post(body, key, other)];
  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(await orderIdsOf(customer)).toEqual([answers[0]?.body.orderId]);
  expect(await orderIdsOf(other)).toEqual([answers[1]?.body.orderId]);
  expect(answers[0]?.body.orderId).not.toBe(answers[1]?.body.orderId);
});

test('the same key with another request is refused and changes nothing', async () => {
  const { body } = await request();
  const key = randomUUID();
  const first = await post(body, key);
  const other = await post({ ...body, customerName: 'Somebody Else' }, key);
  expect(other).toMatchObject({ status: 422, body: { status: 422, code: 'IDEMPOTENCY_MISMATCH' } });
  expect(other.headers.get('content-type')).toContain('application/problem+json');
  expect(await orderIdsOf(customer)).toEqual([first.body.orderId]);
});

test('the same request, its members in another order, is the same request', async () => {
  const { body } = await request();
  const key = randomUUID();
  const first = await post(body, key);
  const second = await post(Object.fromEntries(Object.entries(body).reverse()), key);
  expect(second).toMatchObject({ status: 202, body: { orderId: first.body.orderId } });
});
