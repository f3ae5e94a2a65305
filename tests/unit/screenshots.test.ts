import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../docs/images/storefront');

test('the pictures of the storefront are small enough to be read with the documents', () => {
  const sizes = readdirSync(FOLDER).map((name): [string, number] => [name, statSync(join(FOLDER, name)).size]);
  expect(sizes.length).toBeGreaterThanOrEqual(7);
  expect(sizes.filter(([, bytes]) => bytes >= 120_000)).toEqual([]);
  expect(sizes.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(700_000);
});
