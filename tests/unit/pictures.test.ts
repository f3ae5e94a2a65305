import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_PIXELS, pixelsOf } from '../../functions/check-image/image-pixels.ts';
import { imageTypeOf } from '../../functions/check-image/image-type.ts';
import { PRODUCTS } from '../../local/products.ts';

const folder = join(__dirname, '../../local/pictures');

test.each(PRODUCTS.map(({ productId }) => productId))('%s has a small picture that an upload could be', (productId) => {
  const picture = readFileSync(join(folder, `${productId}.webp`));
  expect(imageTypeOf(picture)).toBe('image/webp');
  expect(pixelsOf(picture)).toBe(640 * 640);
  expect(640 * 640).toBeLessThan(MAX_PIXELS);
  expect(picture.length).toBeLessThan(15_000);
});

test('every picture has its drawing and its product', () => {
  const ids = PRODUCTS.map(({ productId }) => productId);
  for (const type of ['svg', 'webp'])
    expect(globSync(`*.${type}`, { cwd: folder }).sort()).toEqual(ids.map((id) => `${id}.${type}`).sort());
});
