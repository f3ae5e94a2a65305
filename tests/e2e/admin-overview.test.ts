import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Overview } from '../../functions/admin-overview/admin-overview.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { openBreaker } from '../support/breakers.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(120_000);

let operator: Customer;
beforeAll(async () => {
  operator = await makeOperator();
});

async function overview(): Promise<Overview> {
  const answer = await call('GET', '/admin/overview', { token: operator.idToken });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as unknown as Overview;
}

/** Other suites place orders at the same time, so that a figure may have grown by more. */
async function expectMoreThan(before: Overview, isMore: (now: Overview) => boolean): Promise<Overview> {
  // At midnight the figures begin again.
  return waitFor('the overview to count it', async () => {
    const now = await overview();
    return (now.since !== before.since || isMore(now)) && now;
  });
}

const valueIn = ({ valueToday }: Overview, currency: string) =>
  valueToday.find((value) => value.currency === currency)?.amount ?? 0;

test('counts a new order, by its status and with its value', async () => {
  const customer = await makeCustomer();
  const { productId } = await makeProduct({ currency: 'CHF' });
  const before = await overview();
  const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 1 }]));
  const { total } = await waitForStatus(orderId, 'COMPLETED');
  const now = await expectMoreThan(
    before,
    ({ orders, placedToday }) => placedToday > before.placedToday && orders.COMPLETED > before.orders.COMPLETED,
  );
  expect(now.placedToday).toBe(Object.values(now.orders).reduce((sum, count) => sum + count, 0));
  expect(now.since).toBe(`${now.at.slice(0, 10)}T00:00:00.000Z`);
  // Of many orders only the newest are summed, and then an older one may have left.
  if (!now.lowerBounds.includes('valueToday') && now.since === before.since) {
    expect(valueIn(now, 'CHF')).toBeGreaterThanOrEqual(valueIn(before, 'CHF') + total / 100);
  }
});

test('counts an order that needs attention, however old it is, and not among those of today', async () => {
  const before = await overview();
  const createdAt = '2020-01-01T00:00:00.000Z';
  const history = [
    { status: 'PENDING' as const, at: createdAt },
    { status: 'NEEDS_ATTENTION' as const, at: createdAt },
  ];
  await putOrder({ createdAt, status: 'NEEDS_ATTENTION', history, announced: 2 });
  const now = await expectMoreThan(before, ({ needAttention }) => needAttention > before.needAttention);
  expect(now.lowerBounds).not.toContain('needAttention');
});

test('counts dead letters, and shows the breakers', async () => {
  const count = (of: Overview) => of.deadLetters.find(({ queue }) => queue === 'orders')?.messages ?? 0;
  const { account } = await openBreaker();
  const before = await overview();
  expect(before.deadLetters.map(({ queue }) => queue)).toEqual(['orders', 'events']);
  expect(before.breakers).toContainEqual(expect.objectContaining({ account, state: 'OPEN', failures: 5 }));
  const MessageBody = JSON.stringify({ orderId: randomUUID() });
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderDlqUrl, MessageBody }));
  // Another suite may replay it, and then it is no dead letter any more.
  await expectMoreThan(before, (now) => count(now) >= 1);
  const tidyUp = { messageIds: [sent.MessageId], reason: 'tidy up' };
  await call('POST', '/admin/dlq/replay', { token: operator.idToken, body: tidyUp });
});

test('may be kept by the browser of the operator for some seconds', async () => {
  const { headers } = await call('GET', '/admin/overview', { token: operator.idToken });
  expect(headers.get('cache-control')).toBe('private, max-age=10');
});

test('is for operators alone', async () => {
  await expectOperatorsOnly(operator, 'GET', '/admin/overview');
});
