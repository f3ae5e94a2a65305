import { call } from '../support/api.ts';

test('everybody who has the API key sees every product once, page by page, and may cache the answer', async () => {
  const answer = await call('GET', '/products?limit=1');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  expect(answer.body.items).toHaveLength(1);
  expect(answer.body.nextToken).toEqual(expect.any(String));
  const seen = new Set<unknown>();
  let next: string | undefined = String(answer.body.nextToken);
  while (next !== undefined) {
    const page = await call('GET', `/products?limit=100&nextToken=${next}`);
    expect(page.status).toBe(200);
    for (const { productId } of page.body.items as { productId: string }[]) {
      expect(seen.has(productId)).toBe(false);
      seen.add(productId);
    }
    next = page.body.nextToken as string | undefined;
  }
});

test.each([null, 'wrong'])('needs the API key: %s', async (apiKey) => {
  expect((await call('GET', '/products', { apiKey })).status).toBe(403);
});

test.each(['0', '-1', '101', '1.5', 'ten', '9'.repeat(400)])('refuses the limit %s', async (limit) => {
  const answer = await call('GET', `/products?limit=${limit}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
});
