import { readFileSync } from 'node:fs';
import validateOrderRequest from '../../functions/create-order/order-request.validator.js';
import type { Problem } from '../../functions/shared/api/problem.ts';
import { readBody } from '../../functions/shared/api/request-body.ts';
import { apiEvent } from '../support/api-event.ts';
import { problemOf } from '../support/problem-of.ts';

const sample = JSON.parse(readFileSync('events/create-order/sample-order.json', 'utf8')).body as string;
const order = () => JSON.parse(sample);

function refusal(body: string | null, event: Parameters<typeof apiEvent>[0] = {}): Problem {
  return problemOf(() => readBody(apiEvent({ body, ...event }), validateOrderRequest));
}

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
