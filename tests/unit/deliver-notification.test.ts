import { MessageRefused, readMessage } from '../../functions/deliver-notification/read-message.ts';
import { wasRefused } from '../../functions/deliver-notification/senders.ts';
import { countryOf } from '../../functions/deliver-notification/sms-country.ts';

const EVENT = {
  type: 'OrderFailed',
  version: 1,
  noticeId: '0b8f8a52-6e0e-4c4c-9d53-2a5ad4b6a001:2',
  orderId: '0b8f8a52-6e0e-4c4c-9d53-2a5ad4b6a001',
  sequence: 2,
  at: '2026-01-02T03:04:05.678Z',
  status: 'FAILED',
  totalAmount: 39.98,
  currency: 'USD',
  reasonCode: 'OUT_OF_STOCK',
  reason: 'a product is out of stock',
} as const;

test('an event for customers is read as it was published', () => {
  expect(readMessage(JSON.stringify(EVENT))).toEqual(EVENT);
});

const { reason: _, ...withoutReason } = EVENT;
test.each<[string, string]>([
  ['what is not JSON', 'no { JSON'],
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['an event without its reason', JSON.stringify(withoutReason)],
  ['an event with a member more', JSON.stringify({ ...EVENT, email: 'ada@customers.example' })],
  ['an event of a newer version', JSON.stringify({ ...EVENT, version: 2 })],
  ['an amount that is text', JSON.stringify({ ...EVENT, totalAmount: '39.98' })],
  ['an id that is no order id', JSON.stringify({ ...EVENT, orderId: '../NUMBERS#1' })],
  ['an event for operators', JSON.stringify({ ...EVENT, type: 'OrderNeedsAttention', status: 'NEEDS_ATTENTION' })],
  [
    'the envelope of a subscription that is not raw',
    JSON.stringify({ Type: 'Notification', Message: JSON.stringify(EVENT) }),
  ],
])('%s is refused', (_name, body) => {
  expect(() => readMessage(body)).toThrow(MessageRefused);
});

const answered = (httpStatusCode: number) => Object.assign(new Error('refused'), { $metadata: { httpStatusCode } });
test.each<[string, unknown, boolean]>([
  ['an answer of 400', answered(400), true],
  ['a throttled call', answered(429), true],
  ['a connection that was refused', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
  ['a name that was not found', Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), true],
  ['a connection that broke', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), false],
  ['an answer that did not come in time', Object.assign(new Error('late'), { name: 'TimeoutError' }), false],
  ['an answer of 500', answered(500), false],
])('%s tells whether the message was certainly not taken', (_name, error, refused) => {
  expect(wasRefused(error)).toBe(refused);
});

test.each([
  ['+4741234567', 'NO'],
  ['+12015550123', 'US'],
  ['+14165550123', 'CA'],
  ['+447400123456', 'GB'],
  ['+441534456789', 'JE'],
  ['+881612345678', undefined],
  ['+999', undefined],
  ['41234567', undefined],
  ['', undefined],
])('the number %s is of the country %s', (phone, country) => {
  expect(countryOf(phone)).toBe(country);
});
