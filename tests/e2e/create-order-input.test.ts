import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { callFunction } from '../support/call-function.ts';
import { ordersOf, readOrderRow } from '../support/order-rows.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { stack } from '../support/stack.ts';

let customer: Customer;
let product: Product;

beforeAll(async () => {
  customer = await makeCustomer();
  product = await makeProduct({ price: 1999 });
});

const request = (line: object = {}, more: object = {}) =>
  orderRequest([{ productId: product.productId, quantity: 1, ...line }], { ...more });
const text = (body: unknown) => JSON.stringify(body);

/** Each body is made when its test runs, because it names a product that is made before the tests. */
const refused: [name: string, status: number, code: string, body: () => string, headers?: Record<string, string>][] = [
  ['an empty body', 400, 'VALIDATION_FAILED', () => ''],
  ['a body of blanks', 400, 'VALIDATION_FAILED', () => '   '],
  ['a body that is not JSON', 400, 'VALIDATION_FAILED', () => 'items=1'],
  ['half a document', 400, 'VALIDATION_FAILED', () => text(request()).slice(0, -2)],
  ['null', 400, 'VALIDATION_FAILED', () => 'null'],
  ['a list', 400, 'VALIDATION_FAILED', () => '[]'],
  ['an empty object', 400, 'VALIDATION_FAILED', () => '{}'],
  ['a body of 300 KB', 413, 'PAYLOAD_TOO_LARGE', () => text(request()).padEnd(300 * 1024)],
  ['a body of 1 MB', 413, 'PAYLOAD_TOO_LARGE', () => text(request()).padEnd(1024 * 1024)],
  ['plain text', 415, 'UNSUPPORTED_MEDIA_TYPE', () => text(request()), { 'content-type': 'text/plain' }],
  ['no lines', 400, 'VALIDATION_FAILED', () => text({ ...request(), items: [] })],
  [
    '51 lines',
    400,
    'VALIDATION_FAILED',
    () => text({ ...request(), items: Array(51).fill({ productId: 'A', quantity: 1 }) }),
  ],
  ['items that are a text', 400, 'VALIDATION_FAILED', () => text({ ...request(), items: 'PROD-001' })],
  ['an address that is a text', 400, 'VALIDATION_FAILED', () => text({ ...request(), shippingAddress: 'here' })],
  ['quantity 0', 400, 'VALIDATION_FAILED', () => text(request({ quantity: 0 }))],
  ['quantity -1', 400, 'VALIDATION_FAILED', () => text(request({ quantity: -1 }))],
  ['quantity 1.5', 400, 'VALIDATION_FAILED', () => text(request({ quantity: 1.5 }))],
  ['quantity 1000', 400, 'VALIDATION_FAILED', () => text(request({ quantity: 1000 }))],
  ['quantity "1"', 400, 'VALIDATION_FAILED', () => text(request({ quantity: '1' }))],
  ['quantity 1e999', 400, 'VALIDATION_FAILED', () => text(request()).replace('"quantity":1', '"quantity":1e999')],
  ['a product id that is a number', 400, 'VALIDATION_FAILED', () => text(request({ productId: 1 }))],
  ['a null byte', 400, 'VALIDATION_FAILED', () => text(request({ name: 'a\u0000b' }))],
  ['a forged status', 400, 'VALIDATION_FAILED', () => text(request({}, { status: 'COMPLETED' }))],
  ['a forged total in minor units', 400, 'VALIDATION_FAILED', () => text(request({}, { total: 1 }))],
  ['a forged unit price', 400, 'VALIDATION_FAILED', () => text(request({ unitPrice: 1 }))],
  ['a prototype', 400, 'VALIDATION_FAILED', () => text(request()).replace('{', '{"__proto__":{"price":0},')],
  ['deep nesting', 400, 'VALIDATION_FAILED', () => '['.repeat(50_000) + ']'.repeat(50_000)],
  ['an unknown product', 422, 'UNKNOWN_PRODUCT', () => text(request({ productId: 'NO-SUCH-PRODUCT' }))],
  ['a lower price', 422, 'PRICE_MISMATCH', () => text(request({ price: 0.01 }))],
  ['a higher price', 422, 'PRICE_MISMATCH', () => text(request({ price: 20 }))],
  ['a price with three decimals', 422, 'PRICE_MISMATCH', () => text(request({ price: 19.991 }))],
  ['another total', 422, 'PRICE_MISMATCH', () => text(request({}, { totalAmount: 19.98 }))],
  ['an empty Idempotency-Key', 400, 'VALIDATION_FAILED', () => text(request()), { 'idempotency-key': ' ' }],
  [
    'an Idempotency-Key of 256',
    400,
    'VALIDATION_FAILED',
    () => text(request()),
    { 'idempotency-key': 'k'.repeat(256) },
  ],
];

test('a client that sends addresses for notifications is told which ones are used', async () => {
  const body = request({}, { notify: { email: 'a@example.com', sms: '+4712345678' } });
  expect(await call('POST', '/orders', { token: customer.idToken, body })).toMatchObject({
    status: 400,
    body: {
      code: 'VALIDATION_FAILED',
      errors: [
        { pointer: '/notify/email', detail: 'must be true or false; the address is that of your account' },
        { pointer: '/notify/sms', detail: 'must be true or false; the number is that of your account' },
      ],
    },
  });
});

test('an order keeps the channels that were chosen and the verified address of the account, and shows neither', async () => {
  const another = await makeCustomer();
  const body = request({}, { notify: { email: true, sms: false } });
  const answer = await call('POST', '/orders', { token: another.idToken, body });
  expect(answer.status).toBe(202);
  expect(await readOrderRow(String(answer.body.orderId))).toMatchObject({
    notify: { email: true, sms: false },
    contact: { email: another.email },
  });
  expect(JSON.stringify(answer.body)).not.toContain(another.email);
});

test.each(refused)('%s is refused: %d %s', async (_name, status, code, body, headers = {}) => {
  const answer = await call('POST', '/orders', {
    token: customer.idToken,
    body: body(),
    headers: { 'content-type': 'application/json', ...headers },
  });
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

test.each([
  ['quantity "1"', '/items/0/quantity', () => request({ quantity: '1' })],
  ['a quantity with a quotation mark', '/items/0/quantity', () => request({ quantity: '"' })],
  ['no product id', '/items/0/productId', () => ({ ...request(), items: [{ quantity: 1 }] })],
  ['a member with a quotation mark', '/a"b', () => request({}, { 'a"b': 1 })],
  ['another payment method', '/paymentMethod', () => request({}, { paymentMethod: 'cash' })],
  ['no address', '/shippingAddress', () => ({ ...request(), shippingAddress: undefined })],
])('%s: the answer names %s', async (_name, pointer, body) => {
  const { status, body: problem } = await call('POST', '/orders', { token: customer.idToken, body: body() });
  expect({ status, errors: problem.errors }).toEqual({
    status: 400,
    errors: [{ pointer, detail: expect.any(String) }],
  });
});

const alike: [name: string, status: number, body: () => string][] = [
  ['a quantity of 1.0', 202, () => text(request()).replace('"quantity":1', '"quantity":1.0')],
  [
    'a total of 27303.0',
    422,
    () => text(request({}, { totalAmount: 1 })).replace('"totalAmount":1', '"totalAmount":27303.0'),
  ],
  ['a name of 200 characters outside the first plane', 202, () => text(request({}, { customerName: '𝒜'.repeat(200) }))],
  ['a name of 201 of them', 400, () => text(request({}, { customerName: '𝒜'.repeat(201) }))],
  ['half of such a character', 400, () => text(request({}, { customerName: 'x' })).replace('"x"', '"\\ud83d"')],
];

test.each(alike)('%s is answered alike by the API and by the function alone: %d', async (_name, status, body) => {
  const { idToken: token } = await makeCustomer();
  expect((await call('POST', '/orders', { token, body: body() })).status).toBe(status);
  expect((await callFunction('POST', '/orders', { token, body: body() })).status).toBe(status);
});

test('the location of an order leads to it from the address of the request', async () => {
  const { idToken: token } = await makeCustomer();
  const answer = await call('POST', '/orders', { token, body: request() });
  const url = new URL(answer.headers.get('location') ?? '', `${stack.apiUrl}/orders`);
  const read = await fetch(url, { headers: { authorization: token, 'x-api-key': stack.apiKey } });
  expect(await read.json()).toMatchObject({ orderId: answer.body.orderId });
});

test('products of two currencies in one order are refused', async () => {
  const euro = await makeProduct({ currency: 'EUR' });
  const items = [product, euro].map(({ productId }) => ({ productId, quantity: 1 }));
  const answer = await call('POST', '/orders', { token: customer.idToken, body: orderRequest(items) });
  expect(answer).toMatchObject({ status: 422, body: { code: 'MIXED_CURRENCY' } });
});

test('no refused request has written a row, and a good one writes a row', async () => {
  expect(await ordersOf(customer.customerId)).toEqual([]);
  const answer = await call('POST', '/orders', { token: customer.idToken, body: request() });
  expect(answer.status).toBe(202);
  // This shows that the query above would have found a row.
  expect(await ordersOf(customer.customerId)).toMatchObject([{ orderId: answer.body.orderId }]);
});

test("accepts the documented payload as it stands, and keeps the client's ids as references", async () => {
  const payload =
    '{"orderId":"ORD-12345","customerId":"CUST-6789","orderDate":"2025-03-06T16:30:00Z","items":[{"productId":"PROD-001","name":"Widget Pro","quantity":2,"price":19.99},{"productId":"PROD-002","name":"Super Gadget","quantity":1,"price":49.99}],"shippingAddress":{"street":"123 Main St","city":"Anytown","state":"CA","zipCode":"12345"},"paymentMethod":"credit_card","totalAmount":89.97}';
  const answer = await call('POST', '/orders', { token: customer.idToken, body: payload });
  expect(answer).toMatchObject({
    status: 202,
    body: {
      status: 'PENDING',
      totalAmount: 89.97,
      currency: 'USD',
      customerId: customer.customerId,
      reference: { orderId: 'ORD-12345', customerId: 'CUST-6789', orderDate: '2025-03-06T16:30:00Z' },
    },
  });
  expect(answer.body.orderId).not.toBe('ORD-12345');
  expect(answer.headers.get('location')).toBe(`orders/${answer.body.orderId}`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});
