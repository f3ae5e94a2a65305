import type { AuditPage, AuditView } from '../../functions/admin-audit/admin-audit.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { putOrder } from '../support/order-rows.ts';

let operator: Customer;
beforeAll(async () => {
  operator = await makeOperator();
});

async function page(query: string): Promise<AuditPage> {
  const answer = await call('GET', `/admin/audit?${query}`, { token: operator.idToken });
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return answer.body as unknown as AuditPage;
}

/** Acts of this test's operator, newest first; other suites act on the same stack. */
async function ownActs(wanted: number, limit: number): Promise<AuditView[]> {
  const entries: AuditView[] = [];
  let token: string | undefined;
  do {
    const { items, nextToken } = await page(`limit=${limit}${token === undefined ? '' : `&nextToken=${token}`}`);
    expect(items.length).toBeLessThanOrEqual(limit);
    entries.push(...items);
    token = nextToken;
  } while (token !== undefined && own(entries).length < wanted);
  expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort((a, b) => (a < b ? 1 : -1)));
  return own(entries);
}
const own = (entries: AuditView[]) => entries.filter(({ operatorId }) => operatorId === operator.customerId);

async function cancelAsOperator(reason: string): Promise<string> {
  const { orderId } = await putOrder();
  const answer = await call('POST', `/orders/${orderId}/cancel`, { token: operator.idToken, body: { reason } });
  expect(answer).toMatchObject({ status: 202 });
  return orderId;
}

test('shows what an operator did, with the reason, newest first and page by page', async () => {
  const first = await cancelAsOperator('the customer called');
  const second = await cancelAsOperator('ordered twice');
  for (const limit of [100, 1]) {
    expect(await ownActs(2, limit)).toEqual([
      {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        action: 'ORDER_CANCELLED',
        target: second,
        operatorId: operator.customerId,
        reason: 'ordered twice',
      },
      expect.objectContaining({ action: 'ORDER_CANCELLED', target: first, reason: 'the customer called' }),
    ]);
  }
});

test('shows nothing of a cancel by the customer', async () => {
  const customer = await makeCustomer();
  const { orderId } = await putOrder({ customerId: customer.customerId });
  expect((await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken })).status).toBe(202);
  const target = await cancelAsOperator('comes after it');
  const { items } = await page('limit=100');
  const targets = items.map((entry) => entry.target);
  expect(targets).toContain(target);
  expect(targets).not.toContain(orderId);
});

test('is for operators alone', async () => {
  await expectOperatorsOnly(operator, 'GET', '/admin/audit');
});

test.each(['limit=0', 'limit=101', 'nextToken=W10', 'nextToken=x'])('refuses %s', async (query) => {
  expect(await call('GET', `/admin/audit?${query}`, { token: operator.idToken })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_FAILED' },
  });
});
