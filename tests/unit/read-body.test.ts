import { readFileSync } from 'node:fs';
import validateAuthRequest from '../../functions/auth/auth-request.validator.js';
import validateOrderRequest from '../../functions/create-order/order-request.validator.js';
import validateProductChange from '../../functions/put-product/product-change.validator.js';
import { Problem, type ProblemDetail } from '../../functions/shared/api/problem.ts';
import { readBody } from '../../functions/shared/api/request-body.ts';
import { apiEvent } from '../support/api-event.ts';

const sample = JSON.parse(readFileSync('events/create-order/sample-order.json', 'utf8')).body as string;
const order = () => JSON.parse(sample);
const line = order().items[0];

function refusal(body: string | null, event: Parameters<typeof apiEvent>[0] = {}): Problem {
  return refusalBy(() => readBody(apiEvent({ body, ...event }), validateOrderRequest));
}

function refusalBy(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const pointers = (problem: Problem) => problem.errors?.map(({ pointer }: ProblemDetail) => pointer);

test('accepts the sample order as it stands, and with every other member there is', () => {
  expect(readBody(apiEvent({ body: sample }), validateOrderRequest)).toEqual(order());
  const full = {
    ...order(),
    paymentToken: 'tok_approved@tests',
    customerName: 'Zoë Ångström 李',
    notify: { email: 'zoe+orders@example.co.uk', sms: '+4712345678' },
  };
  expect(readBody(apiEvent({ body: JSON.stringify(full) }), validateOrderRequest)).toEqual(full);
});

test('reads a body that the gateway encoded', () => {
  const body = Buffer.from(sample).toString('base64');
  expect(readBody(apiEvent({ body, isBase64Encoded: true }), validateOrderRequest)).toEqual(order());
});

test.each([
  ['no body', null],
  ['an empty body', ''],
  ['text', 'items=1'],
  ['half a document', sample.slice(0, -1)],
  ['two documents', sample + sample],
  ['null', 'null'],
  ['a number', '1'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['a hundred thousand brackets', '['.repeat(100_000)],
  ['a list nested fifty thousand deep', '['.repeat(50_000) + ']'.repeat(50_000)],
  ['an unknown member nested twenty thousand deep', `{"a":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
])('refuses %s', (_name, body) => {
  expect(refusal(body).code).toBe('VALIDATION_FAILED');
});

const withLine = (more: object) => ({ ...order(), items: [{ ...line, ...more }] });
const withAddress = (more: object) => ({ ...order(), shippingAddress: { ...order().shippingAddress, ...more } });
test.each<[string, object, string]>([
  ['no lines', { ...order(), items: [] }, '/items'],
  ['51 lines', { ...order(), items: Array.from({ length: 51 }, () => line) }, '/items'],
  ['quantity 0', withLine({ quantity: 0 }), '/items/0/quantity'],
  ['quantity -1', withLine({ quantity: -1 }), '/items/0/quantity'],
  ['quantity 1.5', withLine({ quantity: 1.5 }), '/items/0/quantity'],
  ['quantity 1000', withLine({ quantity: 1000 }), '/items/0/quantity'],
  ['quantity "2"', withLine({ quantity: '2' }), '/items/0/quantity'],
  ['quantity null', withLine({ quantity: null }), '/items/0/quantity'],
  ['a negative price', withLine({ price: -0.01 }), '/items/0/price'],
  ['a price of 1e300', withLine({ price: 1e300 }), '/items/0/price'],
  ['a price in a text', withLine({ price: '19.99' }), '/items/0/price'],
  ['a product id with a path', withLine({ productId: '../PROD-001' }), '/items/0/productId'],
  ['a product id of 65 characters', withLine({ productId: 'P'.repeat(65) }), '/items/0/productId'],
  ['a line with a discount', withLine({ discount: 5 }), '/items/0/discount'],
  ['a null byte in a name', withLine({ name: 'Widget\u0000Pro' }), '/items/0/name'],
  ['a street of blanks', withAddress({ street: '   ' }), '/shippingAddress/street'],
  ['a line break in a street', withAddress({ street: 'A\nB' }), '/shippingAddress/street'],
  ['no city', withAddress({ city: undefined }), '/shippingAddress/city'],
  ['an empty city', withAddress({ city: '' }), '/shippingAddress/city'],
  ['a country', withAddress({ country: 'US' }), '/shippingAddress/country'],
  ['no address', { ...order(), shippingAddress: undefined }, '/shippingAddress'],
  ['another way to pay', { ...order(), paymentMethod: 'invoice' }, '/paymentMethod'],
  ['a status', { ...order(), status: 'COMPLETED' }, '/status'],
  ['a payment', { ...order(), payment: { captured: 1 } }, '/payment'],
  ['a token with a blank', { ...order(), paymentToken: 'tok approved' }, '/paymentToken'],
  ['an address that is none', { ...order(), notify: { email: 'nobody' } }, '/notify/email'],
  ['a telephone number that is none', { ...order(), notify: { sms: '12' } }, '/notify/sms'],
  ['a notification by fax', { ...order(), notify: { fax: '+4712345678' } }, '/notify/fax'],
  ['a date that is none', { ...order(), orderDate: 'yesterday' }, '/orderDate'],
  ['a member named toString', { ...order(), toString: 1 }, '/toString'],
  ['a member with a slash and a tilde', { ...order(), 'a/b~c': 1 }, '/a~1b~0c'],
])('refuses %s and says where', (_name, body, pointer) => {
  const problem = refusal(JSON.stringify(body));
  expect(problem.code).toBe('VALIDATION_FAILED');
  expect(pointers(problem)).toEqual([pointer]);
});

test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])('refuses a member named %s', (name) => {
  for (const body of [
    sample.replace('{', `{"${name}":{"isOperator":true},`),
    sample.replace('"items":[{', `"items":[{"${name}":{"price":0},`),
    sample.replace('"shippingAddress":{', `"shippingAddress":{"${name}":{},`),
  ]) {
    expect(refusal(body).code).toBe('VALIDATION_FAILED');
  }
  expect(({} as Record<string, unknown>).isOperator).toBeUndefined();
});

test.each(['1e999', '-1e999', '99999999999999999999999999', '0.1e-400'])('refuses a quantity of %s', (quantity) => {
  const problem = refusal(sample.replace('"quantity":2', `"quantity":${quantity}`));
  expect(pointers(problem)).toEqual(['/items/0/quantity']);
});

test('lists at most 20 violations, each of them short', () => {
  const hostile = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${index}${'x'.repeat(30)}`, 1]));
  expect(refusal(JSON.stringify({ ...order(), ...hostile })).errors).toHaveLength(20);
  const long = refusal(JSON.stringify({ ...order(), ['x'.repeat(150_000)]: 1 }));
  expect(JSON.stringify(long.toDocument()).length).toBeLessThan(1000);
});

test.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'application/json5'])(
  'refuses the content type %s',
  (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    expect(refusal(sample, { headers }).code).toBe('UNSUPPORTED_MEDIA_TYPE');
  },
);

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset=utf-8'])(
  'accepts the content type %s',
  (type) => {
    expect(readBody(apiEvent({ body: sample, headers: { 'CONTENT-TYPE': type } }), validateOrderRequest)).toBeTruthy();
  },
);

test('refuses a body over 200 KB, counted in bytes, before it is parsed', () => {
  expect(refusal(' '.repeat(200 * 1024 + 1)).code).toBe('PAYLOAD_TOO_LARGE');
  expect(refusal('é'.repeat(100 * 1024 + 1)).code).toBe('PAYLOAD_TOO_LARGE');
  expect(readBody(apiEvent({ body: sample.padEnd(200 * 1024) }), validateOrderRequest)).toEqual(order());
});

test.each(['a', ' ', 'a ', '\u00e9', '@', '.', 'a@', 'A1a'])(
  'is not slowed down by a body full of %j, whatever field it is in',
  (piece) => {
    const long = `${piece.repeat(190_000 / Buffer.byteLength(piece))}\u0000`;
    const bodies: [object, (body: unknown) => boolean][] = [
      [{ ...order(), customerName: long }, validateOrderRequest],
      [{ ...order(), notify: { email: long, sms: '+4712345678' } }, validateOrderRequest],
      [{ ...order(), paymentToken: long }, validateOrderRequest],
      [{ ...order(), orderDate: long }, validateOrderRequest],
      [withLine({ productId: long }), validateOrderRequest],
      [withLine({ name: long }), validateOrderRequest],
      [withAddress({ street: long }), validateOrderRequest],
      [{ action: 'login', email: long, password: long }, validateAuthRequest],
      [{ action: 'reset', email: 'a@example.com', code: long, password: long }, validateAuthRequest],
      [{ action: 'logout', refreshToken: long }, validateAuthRequest],
      [{ name: long, reason: long }, validateProductChange],
    ];
    const started = performance.now();
    for (const [body, validate] of bodies) expect(validate(body)).toBe(false);
    // A pattern of quadratic time takes more than ten seconds for one of these.
    expect(performance.now() - started).toBeLessThan(2000);
  },
);

describe('an auth request', () => {
  const refused = (body: object) =>
    refusalBy(() => readBody(apiEvent({ body: JSON.stringify(body) }), validateAuthRequest));
  const email = 'a@example.com';
  const password = 'Correct1Horse';

  test.each([
    { action: 'register', email, password },
    { action: 'confirm', email, code: '123456' },
    { action: 'resend', email },
    { action: 'login', email, password: 'x' },
    { action: 'refresh', refreshToken: 'a.b.c' },
    { action: 'forgot', email },
    { action: 'reset', email, code: '123456', password },
    { action: 'logout', refreshToken: 'a.b.c' },
  ])('$action is accepted', (body) => {
    expect(readBody(apiEvent({ body: JSON.stringify(body) }), validateAuthRequest)).toEqual(body);
  });

  test('tells what is wrong with the action that was meant, and nothing of the others', () => {
    expect(pointers(refused({ action: 'login', email }))).toEqual(['/password']);
    expect(pointers(refused({ action: 'confirm', email, code: 'abc' }))).toEqual(['/code']);
    expect(pointers(refused({ action: 'resend', email, isAdmin: true }))).toEqual(['/isAdmin']);
    expect(pointers(refused({ action: 'sudo', email }))).toEqual(['/action']);
    expect(pointers(refused({ email }))).toEqual(['/action']);
  });

  test.each(['short1A', 'alllowercase1', 'ALLUPPERCASE1', 'NoDigitsInHere', 'Control\u0007Char1'])(
    'refuses the new password %j',
    (weak) => {
      expect(pointers(refused({ action: 'register', email, password: weak }))?.[0]).toBe('/password');
    },
  );
});
