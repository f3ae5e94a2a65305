import { readIdempotencyKey } from '../../functions/shared/api/idempotency-key.ts';

test('is undefined only when the header is absent', () => {
  expect(readIdempotencyKey(undefined)).toBeUndefined();
});

test.each(['k', 'a key with spaces', 'x'.repeat(255)])('accepts %j', (key) => {
  expect(readIdempotencyKey(key)).toBe(key);
});

test.each(['', '   ', 'x'.repeat(256), 'a\nb', 'a\u0000b', 'schlüssel', '\u{1f511}'])('refuses %j', (key) => {
  expect(() => readIdempotencyKey(key)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
});
