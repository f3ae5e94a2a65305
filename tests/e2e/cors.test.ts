import { makeCustomer } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { document } from '../support/openapi.ts';
import { orderRequest } from '../support/orders.ts';

const origin = 'https://shop.example.com';
const paths = Object.keys(document.paths);
const url = (path: string) => path.replace('{orderId}', 'b5d2f8c4-0000-4000-8000-000000000000').replace(/\{\w+\}/, 'A');

const preflight = (path: string, method: string) =>
  call('OPTIONS', url(path), {
    apiKey: null,
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,idempotency-key,x-api-key',
    },
  });

test.each(paths)('a preflight of %s needs neither key nor token, and allows what a browser sends', async (path) => {
  for (const method of Object.keys(document.paths[path] ?? {})) {
    const answer = await preflight(path, method.toUpperCase());
    expect(answer.status).toBe(200);
    const listed = (name: string) => (answer.headers.get(name) ?? '').toLowerCase().split(/\s*,\s*/);
    expect(['*', origin]).toContain(answer.headers.get('access-control-allow-origin'));
    expect(listed('access-control-allow-methods')).toContain(method);
    expect(listed('access-control-allow-headers').sort()).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
      'x-api-key',
    ]);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  }
});

test('a page of the allowed origin can read every kind of answer', async () => {
  const { idToken: token } = await makeCustomer();
  const allowed = (await preflight('/orders', 'POST')).headers.get('access-control-allow-origin');
  const body = JSON.stringify(orderRequest([{ productId: 'PROD-001', quantity: 1 }]));
  const answers: Record<string, Answer> = {
    200: await call('GET', '/products', { headers: { origin } }),
    '400 of the gateway': await call('POST', '/orders', { token, body: {} }),
    '400 of the function': await call('GET', '/orders?limit=0', { token }),
    '401 of the gateway': await call('GET', '/orders'),
    '401 of the function': await call('POST', '/auth', {
      body: { action: 'login', email: 'nobody@example.com', password: 'wrong' },
    }),
    '403 of the gateway': await call('GET', '/products', { apiKey: null }),
    '403 of the function': await call('PUT', '/products/A', { token, body: { name: 'A', reason: 'test' } }),
    '404 of the gateway': await call('GET', '/nothing'),
    '404 of the function': await call('GET', url('/orders/{orderId}'), { token }),
    415: await call('POST', '/orders', { token, body, headers: { 'content-type': 'text/plain' } }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    expect([name, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      name,
      Number.parseInt(name, 10),
      allowed,
    ]);
    expect([name, answer.headers.get('x-content-type-options')]).toEqual([name, 'nosniff']);
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
  }
});
