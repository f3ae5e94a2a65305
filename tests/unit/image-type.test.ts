import fc from 'fast-check';
import { imageTypeOf } from '../../functions/check-image/image-type.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const PNG = bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR');
const JPEG = bytes('\xff\xd8\xff');
const WEBP = bytes('RIFF\0\0\0\0WEBP');

test.each([
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['image/webp', WEBP],
])('recognizes %s by its first bytes, whatever follows', (type, start) => {
  const property = fc.property(fc.uint8Array(), (rest) => imageTypeOf(Buffer.concat([start, rest])) === type);
  fc.assert(property, { verbose: true });
});

test.each([
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['image/webp', WEBP.subarray(8)],
])('does not recognize %s when one of its first bytes is changed', (_type, start) => {
  const whole = start.length === 4 ? WEBP : start;
  const offset = whole.length - start.length;
  for (let index = 0; index < start.length; index += 1) {
    // The check does not read the length of a PNG's first chunk.
    if (start === PNG && index >= 8 && index < 12) continue;
    const changed = Buffer.from(whole);
    changed.writeUInt8((changed.readUInt8(offset + index) + 1) % 256, offset + index);
    expect([index, imageTypeOf(changed)]).toEqual([index, undefined]);
  }
});

test('recognizes nothing that is shorter than those bytes', () => {
  for (const whole of [PNG, JPEG, WEBP]) {
    for (let length = 0; length < whole.length; length += 1) {
      expect(imageTypeOf(whole.subarray(0, length))).toBeUndefined();
    }
  }
});

test.each([
  'GIF89a',
  '<svg xmlns="http://www.w3.org/2000/svg">',
  '<!doctype html>',
  '%PDF-1.7',
  'RIFF\0\0\0\0WAVE',
  'BM',
])('does not recognize %j', (start) => {
  expect(imageTypeOf(bytes(start.padEnd(64, ' ')))).toBeUndefined();
});
