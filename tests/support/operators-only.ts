import { makeCustomer } from './accounts.ts';
import { call } from './api.ts';

/** Expects that a route refuses an operator without the key, a caller without a token, and a customer. */
export async function expectOperatorsOnly(
  operator: { idToken: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const customer = await makeCustomer();
  expect((await call(method, path, { token: operator.idToken, body, apiKey: null })).status).toBe(403);
  expect((await call(method, path, { body })).status).toBe(401);
  const asCustomer = await call(method, path, { token: customer.idToken, body });
  expect(asCustomer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(asCustomer.headers.get('content-type')).toContain('application/problem+json');
}
