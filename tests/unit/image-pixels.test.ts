import fc from 'fast-check';
import { checkContent } from '../../functions/check-image/image-content.ts';
import { MAX_PIXELS, pixelsOf } from '../../functions/check-image/image-pixels.ts';

const header = (start: string) => Buffer.from(start, 'latin1');

function png(width: number, height: number): Buffer {
  const bytes = Buffer.concat([header('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), Buffer.alloc(13)]);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

test('the pixels of an image are read from its header', () => {
  const side = fc.integer({ min: 1, max: 65_535 });
  fc.assert(fc.property(side, side, (width, height) => expect(pixelsOf(png(width, height))).toBe(width * height)));
});

test('a small file that says it is enormous is refused, and one at the limit is not', () => {
  expect(checkContent(png(60_000, 60_000), 'image/png')).toEqual({ reason: 'TOO_MANY_PIXELS' });
  expect(checkContent(png(6000, MAX_PIXELS / 6000), 'image/png')).toEqual({ type: 'image/png' });
  expect(checkContent(png(6001, MAX_PIXELS / 6000), 'image/png')).toEqual({ reason: 'TOO_MANY_PIXELS' });
});

test('a file that is not what its upload declared is refused', () => {
  expect(checkContent(png(1, 1), 'image/jpeg')).toEqual({ reason: 'WRONG_TYPE' });
  expect(checkContent(Buffer.from('<svg/>'), 'image/png')).toEqual({ reason: 'WRONG_TYPE' });
});

test('whatever follows the first bytes, an answer is given and nothing is thrown', () => {
  const starts = ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', '\xff\xd8\xff', 'RIFF\0\0\0\0WEBP', ''].map(header);
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      const pixels = pixelsOf(Buffer.concat([start, rest]));
      expect(pixels === undefined || pixels > 0).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
