import { randomUUID } from 'node:crypto';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { callFunction } from '../support/call-function.ts';
import { ordersOf, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { stack } from '../support/stack.ts';

/*
 * Whatever is sent, the answer is a problem document with a 4xx status, and nothing is written. Bodies with one wrong
 * member are in create-order-input.test.ts. The requests here try to get past the checks.
 */

let customer: Customer;
let operator: Customer;
let product: Product;
let orderId: string;
let catalogueToken: string;
let before: Product;

beforeAll(async () => {
  [customer, operator] = await Promise.all([makeCustomer(), makeOperator()]);
  product = await makeProduct({ price: 1999 });
  const another = await makeCustomer();
  orderId = await placeOrder(another, orderRequest([{ productId: product.productId, quantity: 1 }]));
  await waitForStatus(orderId, 'COMPLETED');
  before = await readProduct(product.productId);
  catalogueToken = String((await call('GET', '/products?limit=1')).body.nextToken);
});

interface Attack {
  method: string;
  path: string;
  body?: string;
  headers?: Record<string, string>;
  who?: Customer;
}

const order = (more: object = {}, line: object = {}) =>
  JSON.stringify(orderRequest([{ productId: product.productId, quantity: 1, ...line }], { ...more }));
const post = (body: string, headers: Record<string, string> = {}): Attack => ({
  method: 'POST',
  path: '/orders',
  body,
  headers,
  who: customer,
});
const swap = (from: string, to: string) => post(order({}, { price: 19.99 }).replace(from, to));
const auth = (body: object | string): Attack => ({
  method: 'POST',
  path: '/auth',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const put = (body: object | string, who = operator, path = `/products/${product.productId}`): Attack => ({
  method: 'PUT',
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  who,
});
const admin = (path: string, body: object): Attack => ({
  method: 'POST',
  path: `/admin/${path}`,
  body: JSON.stringify(body),
  who: operator,
});
const act = (name: string, who: Customer, reason = 'because'): Attack => ({
  method: 'POST',
  path: `/orders/${orderId}/${name}`,
  body: JSON.stringify({ reason }),
  who,
});
const ids = (length: number) => Array.from({ length }, () => randomUUID());
const get = (path: string, who = customer): Attack => ({ method: 'GET', path, who });
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const email = 'a@example.com';

const attacks: [name: string, attack: () => Attack][] = [
  // Numbers
  ['quantity -0.0000001', () => swap('"quantity":1', '"quantity":-0.0000001')],
  ['quantity -999', () => swap('"quantity":1', '"quantity":-999')],
  ['quantity 1e-400', () => swap('"quantity":1', '"quantity":1e-400')],
  ['quantity 9007199254740993', () => swap('"quantity":1', '"quantity":9007199254740993')],
  ['quantity 1e308', () => swap('"quantity":1', '"quantity":1e308')],
  ['quantity -1e999', () => swap('"quantity":1', '"quantity":-1e999')],
  ['quantity 0x10', () => swap('"quantity":1', '"quantity":0x10')],
  ['quantity NaN', () => swap('"quantity":1', '"quantity":NaN')],
  ['quantity true', () => swap('"quantity":1', '"quantity":true')],
  ['quantity [1]', () => swap('"quantity":1', '"quantity":[1]')],
  ['quantity {"$numberLong":"1"}', () => swap('"quantity":1', '"quantity":{"$numberLong":"1"}')],
  ['a quantity of 400 digits', () => swap('"quantity":1', `"quantity":${'9'.repeat(400)}`)],
  ['price -19.99', () => swap('19.99', '-19.99')],
  ['price 1e999', () => swap('19.99', '1e999')],
  ['price 19.990000000000002', () => swap('19.99', '19.990000000000002')],
  ['price "19.99"', () => swap('19.99', '"19.99"')],
  ['totalAmount 0', () => post(order({ totalAmount: 0 }))],
  ['totalAmount -1', () => post(order({ totalAmount: -1 }))],
  ['totalAmount null', () => post(order({ totalAmount: null }))],
  // Repeated products
  [
    'more than 999 of a product over two lines',
    () => post(JSON.stringify(orderRequest([999, 1].map((quantity) => ({ productId: product.productId, quantity }))))),
  ],
  [
    'a lower price on the second of two equal lines',
    () =>
      post(
        JSON.stringify({
          ...orderRequest([]),
          items: [19.99, 0.01].map((price) => ({ productId: product.productId, quantity: 1, price })),
        }),
      ),
  ],
  // Prototypes
  ['__proto__ in the order', () => swap('{', '{"__proto__":{"status":"COMPLETED"},')],
  ['__proto__ in a line', () => swap('"items":[{', '"items":[{"__proto__":{"price":0},')],
  ['__proto__ as the address', () => swap('"shippingAddress":{', '"shippingAddress":{"__proto__":{"x":1},')],
  ['constructor.prototype', () => swap('{', '{"constructor":{"prototype":{"isOperator":true}},')],
  ['__proto__ as the product id', () => post(order({}, { productId: '__proto__' }))],
  ['constructor as the product id', () => post(order({}, { productId: 'constructor' }))],
  ['toString as the payment method', () => post(order({ paymentMethod: 'toString' }))],
  ['__proto__ as the action', () => auth({ action: '__proto__', email })],
  // Text
  ['a null byte in the product id', () => post(order({}, { productId: 'PROD-001\u0000' }))],
  ['a null byte in the address', () => post(order({ customerName: 'A\u0000B' }))],
  ["somebody else's e-mail address", () => post(order({ notify: { email: 'a@example.com' } }))],
  ['a line break in the e-mail', () => post(order({ notify: { email: 'a@example.com\nBcc: b@example.com' } }))],
  ["somebody else's telephone number", () => post(order({ notify: { sms: '+4712345678' } }))],
  ['addresses of its own for the order', () => post(order({ contact: { email: 'a@example.com' } }))],
  ['a control character in the token', () => post(order({ paymentToken: 'tok_approved\u0007' }))],
  ['a name of 190 KB', () => post(order({ customerName: 'x'.repeat(190_000) }))],
  [
    'a name of 190 KB on which a slow pattern would hang',
    () => post(order({ customerName: `${'x'.repeat(190_000)}\u0000` })),
  ],
  ['an expression for DynamoDB', () => post(order({}, { productId: ':p OR attribute_exists(price)' }))],
  // Forged members
  ['a forged status', () => post(order({ status: 'COMPLETED' }))],
  ['a forged payment', () => post(order({ payment: { status: 'CAPTURED', captured: 1999 } }))],
  ['a forged total', () => post(order({ total: 1 }))],
  ['a forged history', () => post(order({ history: [] }))],
  ['a forged execution', () => post(order({ executionId: 'x', phase: 'UNDOING' }))],
  ['a forged creation time', () => post(order({ createdAt: '#' }))],
  ['a customer that is an object', () => post(order({ customerId: { $ne: null } }))],
  // Shape and size
  ['a body of 1 MB', () => post(order({ customerName: 'x'.repeat(1024 * 1024) }))],
  ['100,000 brackets', () => post('['.repeat(100_000))],
  ['lists 20,000 deep', () => post('['.repeat(20_000) + ']'.repeat(20_000))],
  [
    'objects 20,000 deep in the address',
    () => swap('"shippingAddress":{', `"shippingAddress":{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)},`),
  ],
  ['10,000 members', () => post(order(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, i]))))],
  [
    '10,000 lines',
    () => post(JSON.stringify(orderRequest(Array(3000).fill({ productId: product.productId, quantity: 1 })))),
  ],
  ['bytes that are not UTF-8', () => post('\ufffd\ufffd{"items":')],
  ['a form', () => post('items=1', { 'content-type': 'application/x-www-form-urlencoded' })],
  ['XML', () => post('<order/>', { 'content-type': 'application/xml' })],
  ['an order as plain text', () => post(order(), { 'content-type': 'text/plain' })],
  ['a key of control characters', () => post(order(), { 'idempotency-key': 'a\tb' })],
  ['a key of 5,000 characters', () => post(order(), { 'idempotency-key': 'k'.repeat(5000) })],
  // Ids and paths
  ['an order id that climbs', () => get('/orders/..%5c..%5cproducts')],
  ['an order id with a null byte', () => get('/orders/%00')],
  ['the key of an idempotency record as an order id', () => get('/orders/%23')],
  ['an order id in capitals', () => get(`/orders/${orderId.toUpperCase()}`)],
  ['an order id with a blank behind', () => get(`/orders/${orderId}%20`)],
  ["another customer's order", () => get(`/orders/${orderId}`)],
  [
    "the cancel of another customer's order",
    () => ({ method: 'POST', path: `/orders/${orderId}/cancel`, who: customer }),
  ],
  ['the cancel of no order', () => ({ method: 'POST', path: '/orders/x/cancel', who: customer })],
  ['an operator’s cancel with an empty reason', () => act('cancel', operator, '')],
  ['an operator’s cancel with a blank reason', () => act('cancel', operator, ' ')],
  ["a customer's retry", () => act('retry', customer)],
  ['the retry of an order that is well', () => act('retry', operator)],
  ['a retry with an empty reason', () => act('retry', operator, '')],
  // Pages
  [
    'a page token that names a partition',
    () => get(`/orders?nextToken=${base64({ customerId: 'x', orderId, createdAt: '2026' })}`),
  ],
  ['a page token of the catalogue', () => get(`/orders?nextToken=${catalogueToken}`)],
  ['a page token of another shape', () => get(`/orders?nextToken=${base64(['a', 'b', 'c'])}`)],
  ['a page token of lists', () => get(`/orders?nextToken=${base64([[], {}, null])}`)],
  ['a page token of 5,000 characters', () => get(`/orders?nextToken=${'A'.repeat(5000)}`)],
  ['a limit of 1e3', () => get('/orders?limit=1e3')],
  ['a status of somebody', () => get('/orders?status=COMPLETED%00')],
  ["an operator's list without a status", () => get('/orders', operator)],
  // What only operators may
  ["a customer's change of a product", () => put({ reason: 'because', price: 0.01 }, customer)],
  ['stock set to a text', () => put({ reason: 'because', stockChange: '5' })],
  ['stock taken that is not there', () => put({ reason: 'because', stockChange: -1_000_000 })],
  ['reserved units set', () => put({ reason: 'because', reserved: 0 })],
  ['a price of three decimals', () => put({ reason: 'because', price: 1.005 })],
  ['a reason on which a slow pattern would hang', () => put({ reason: `${'x'.repeat(190_000)}\u0000`, price: 1 })],
  ['a product id that climbs', () => put({ reason: 'because', price: 1 }, operator, '/products/..%5cx')],
  ['a change that is only a reason', () => put({ reason: 'because' })],
  [
    'an upload for a product id that climbs',
    () => get('/products/upload?productId=../x&contentType=image/png', operator),
  ],
  ['an upload of HTML', () => get(`/products/upload?productId=${product.productId}&contentType=text/html`, operator)],
  ["a customer's request for dead letters", () => get('/admin/dlq')],
  ['a replay of 1,000 dead letters', () => admin('dlq/replay', { messageIds: ids(1000), reason: 'because' })],
  ['a replay without a reason', () => admin('dlq/replay', { limit: 1 })],
  ['a breaker with a separator in its account', () => admin('breaker/close', { account: 'a:b', reason: 'because' })],
  ['a breaker of nobody', () => admin('breaker/close', { account: randomUUID(), reason: 'because' })],
  // Accounts
  ['a user name that is an object', () => auth({ action: 'login', email: { $gt: '' }, password: 'x' })],
  [
    'a group asked for at registration',
    () => auth({ action: 'register', email, password: 'Correct1Horse', groups: ['operators'] }),
  ],
  ['a login without a password', () => auth({ action: 'login', email })],
  ['a code of letters', () => auth({ action: 'confirm', email, code: 'abcdef' })],
  ['an action of another case', () => auth({ action: 'LOGIN', email, password: 'x' })],
];

test('there are at least sixty attacks', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(60);
});

function expectRefusal(answer: Answer): void {
  expect(answer).toMatchObject({
    status: answer.body.status,
    body: { type: expect.any(String), title: expect.any(String), detail: expect.any(String), code: expect.any(String) },
  });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  // The answer tells neither internals nor anything of an order.
  const told = JSON.stringify(answer.body);
  for (const secret of ['node_modules', 'arn:aws', 'at async', 'DynamoDB', stack.ordersTable, 'tok_', '123 Main St']) {
    expect(told).not.toContain(secret);
  }
}

const optionsOf = ({ body, headers = {}, who }: Attack) => ({
  ...(who && { token: who.idToken }),
  ...(body !== undefined && { body }),
  headers,
});

describe('through the gateway', () => {
  test.each(attacks)('%s', async (_name, attack) => {
    const { method, path, ...more } = attack();
    expectRefusal(await call(method, path, optionsOf({ method, path, ...more })));
  });
});

describe('past the gateway, straight into the function', () => {
  test.each(attacks)('%s', async (_name, attack) => {
    const { method, path, ...more } = attack();
    expectRefusal(await callFunction(method, path, optionsOf({ method, path, ...more })));
  });

  const placing = (changes: Record<string, unknown>) =>
    callFunction('POST', '/orders', { token: customer.idToken, body: order() }, changes);
  const claiming = (claims: unknown) => placing({ requestContext: { path: '/api/orders', authorizer: { claims } } });

  test.each([
    ['no body', 400, () => placing({ body: null })],
    ['a body that is not base64', 400, () => placing({ isBase64Encoded: true, body: '%%%%' })],
    ['no headers', 415, () => placing({ headers: null })],
    ['no content type', 415, () => placing({ headers: {} })],
    ['two content types', 415, () => placing({ headers: { 'content-type': 'text/plain, application/json' } })],
    ['no context', 401, () => placing({ requestContext: null })],
    ['no claims', 401, () => claiming(undefined)],
    ['claims without a subject', 401, () => claiming({ email: 'a@example.com' })],
    ['the claims of an access token', 401, () => claiming({ sub: customer.customerId, token_use: 'access' })],
  ])('%s: %d', async (_name, status, attack) => {
    const answer = await attack();
    expectRefusal(answer);
    expect(answer.status).toBe(status);
  });
});

test('no attack has written anything', async () => {
  expect(await ordersOf(customer.customerId)).toEqual([]);
  expect(await readProduct(product.productId)).toEqual(before);
  // This shows that the query above would have found a row.
  const id = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 1 }]), {
    'idempotency-key': randomUUID(),
  });
  const { body } = await call('GET', '/orders', { token: customer.idToken });
  expect(body.items).toMatchObject([{ orderId: id }]);
});
