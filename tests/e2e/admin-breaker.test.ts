import { randomUUID } from 'node:crypto';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { breakers, openBreaker } from '../support/breakers.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';

jest.setTimeout(120_000);

let operator: Customer;

beforeAll(async () => {
  operator = await makeOperator();
});

const list = () => call('GET', '/admin/breaker', { token: operator.idToken });
const close = (body: unknown, token = operator.idToken) => call('POST', '/admin/breaker/close', { token, body });
const find = async (account: string) =>
  ((await list()).body.items as { account: string }[]).find((breaker) => breaker.account === account);

describe('the operator routes of circuit breakers', () => {
  test.each([
    ['GET', '/admin/breaker'],
    ['POST', '/admin/breaker/close'],
  ])('%s %s is for operators alone', async (method, path) => {
    const body = method === 'POST' ? { account: 'default', reason: 'x' } : undefined;
    await expectOperatorsOnly(operator, method, path, body);
  });

  test('show an open breaker with the end of its cool-down', async () => {
    const { account } = await openBreaker();
    const shown = await find(account);
    expect(shown).toEqual({
      provider: 'sandbox',
      account,
      state: 'OPEN',
      failures: 5,
      until: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test('close a breaker, and record who did it and why', async () => {
    const { account } = await openBreaker();
    const answer = await close({ account, reason: 'the provider says it is back' });
    expect(answer).toMatchObject({ status: 202, body: { provider: 'sandbox', account, state: 'CLOSED', failures: 0 } });
    expect(await find(account)).toMatchObject({ state: 'CLOSED' });
    expect(await auditOf(`BREAKER#sandbox:${account}`)).toMatchObject([
      { action: 'BREAKER_CLOSED', operatorId: operator.customerId, reason: 'the provider says it is back' },
    ]);
  });

  test('close a breaker, so that an order on its account is paid', async () => {
    const { account } = await openBreaker();
    const [customer, { productId }] = await Promise.all([makeCustomer(), makeProduct()]);
    await close({ account, reason: 'try again' });
    const order = orderRequest([{ productId, quantity: 1 }], { paymentToken: `tok_approved@${account}` });
    expect((await waitForStatus(await placeOrder(customer, order), ['COMPLETED', 'FAILED'])).status).toBe('COMPLETED');
  });

  test('close a breaker once, however many requests come at the same moment', async () => {
    const { account } = await openBreaker();
    const answers = await Promise.all(Array.from({ length: 5 }, () => close({ account, reason: 'all at once' })));
    expect(answers.map(({ status }) => status).filter((status) => ![202, 429].includes(status))).toEqual([]);
    expect(await breakers.read({ provider: 'sandbox', account })).toMatchObject({ state: 'CLOSED' });
    expect(await auditOf(`BREAKER#sandbox:${account}`)).toHaveLength(1);
  });

  test('answer 404 for an account that never failed', async () => {
    const account = `t-${randomUUID()}`;
    expect(await close({ account, reason: 'x' })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await auditOf(`BREAKER#sandbox:${account}`)).toEqual([]);
  });

  test.each([
    ['no account', { reason: 'x' }],
    ['no reason', { account: 'a' }],
    ['an account with a separator', { account: 'a:b#c', reason: 'x' }],
    ['a provider that is none', { account: 'a', provider: '__proto__', reason: 'x' }],
    ['a state of its own', { account: 'a', reason: 'x', state: 'OPEN' }],
  ])('refuse %s', async (_what, body) => {
    expect(await close(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  test('record who listed the breakers', async () => {
    await list();
    const entries = await auditOf('circuit breakers');
    expect(entries.filter(({ operatorId }) => operatorId === operator.customerId).length).toBeGreaterThan(0);
  });
});
