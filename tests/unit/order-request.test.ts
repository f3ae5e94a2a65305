import { readFileSync } from 'node:fs';
import { NOTIFY_VIOLATIONS } from '../../functions/create-order/order-request.schema.ts';
import validateOrderRequest from '../../functions/create-order/order-request.validator.js';
import type { Problem } from '../../functions/shared/api/problem.ts';
import { readBody } from '../../functions/shared/api/request-body.ts';
import { apiEvent } from '../support/api-event.ts';
import { pointersOf, problemOf } from '../support/problem-of.ts';

const sample = JSON.parse(readFileSync('events/create-order/sample-order.json', 'utf8')).body as string;
const order = () => JSON.parse(sample);
const line = order().items[0];
const withLine = (more: object) => ({ ...order(), items: [{ ...line, ...more }] });
const withAddress = (more: object) => ({ ...order(), shippingAddress: { ...order().shippingAddress, ...more } });

function refusal(body: string): Problem {
  return problemOf(() => readBody(apiEvent({ body }), validateOrderRequest));
}

test('accepts the sample order alone, and with every optional member', () => {
  expect(readBody(apiEvent({ body: sample }), validateOrderRequest)).toEqual(order());
  const full = {
    ...order(),
    paymentToken: 'tok_approved@tests',
    customerName: 'Zoë Ångström 李',
    notify: { email: false, sms: true },
  };
  expect(readBody(apiEvent({ body: JSON.stringify(full) }), validateOrderRequest)).toEqual(full);
});

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
  ['"true" for e-mail', { ...order(), notify: { email: 'true' } }, '/notify/email'],
  ['1 for SMS', { ...order(), notify: { sms: 1 } }, '/notify/sms'],
  ['a channel by its name alone', { ...order(), notify: 'email' }, '/notify'],
  ['a notification by fax', { ...order(), notify: { fax: '+4712345678' } }, '/notify/fax'],
  ['a date that is none', { ...order(), orderDate: 'yesterday' }, '/orderDate'],
  ['a member named toString', { ...order(), toString: 1 }, '/toString'],
  ['a member with a slash and a tilde', { ...order(), 'a/b~c': 1 }, '/a~1b~0c'],
])('refuses %s and says where', (_name, body, pointer) => {
  const problem = refusal(JSON.stringify(body));
  expect(problem.code).toBe('VALIDATION_FAILED');
  expect(pointersOf(problem)).toEqual([pointer]);
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
  expect(pointersOf(problem)).toEqual(['/items/0/quantity']);
});

test('tells a client that sends addresses, as clients once did, which ones are used', () => {
  const body = JSON.stringify({ ...order(), notify: { email: 'a@example.com', sms: '+4712345678' } });
  const problem = problemOf(() => readBody(apiEvent({ body }), validateOrderRequest, NOTIFY_VIOLATIONS));
  expect(problem.toDocument()).toMatchObject({
    status: 400,
    code: 'VALIDATION_FAILED',
    errors: [
      { pointer: '/notify/email', detail: 'must be true or false; the address is that of your account' },
      { pointer: '/notify/sms', detail: 'must be true or false; the number is that of your account' },
    ],
  });
});
