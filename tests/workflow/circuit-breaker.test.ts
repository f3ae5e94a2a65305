import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Breaker, BreakerSettings } from '../../functions/shared/payments/breaker-state.ts';
import { breakerStore, closeBreaker, listBreakers } from '../../functions/shared/payments/breaker-store.ts';
import { CircuitBreaker } from '../../functions/shared/payments/circuit-breaker.ts';
import { PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const SETTINGS: BreakerSettings = { failures: 3, windowMs: 60_000, coolDownMs: 60_000, probeMs: 30_000, cacheMs: 0 };
const store = breakerStore({ dynamodb, operationsTable: stack.operationsTable });

let customer: Customer;

beforeAll(async () => {
  customer = await makeCustomer();
});

function container(shared: { time: number }, changes: Breaker['state'][] = []) {
  return new CircuitBreaker({
    store,
    settings: SETTINGS,
    now: () => shared.time,
    onChange: ({ state }) => changes.push(state),
    onStoreFailure: (error) => {
      throw error;
    },
  });
}

const down = async () => {
  throw new PaymentUnavailable('no answer');
};

async function openBreaker() {
  const id = { provider: 'test', account: randomUUID() };
  const clock = { time: Date.now() };
  for (let i = 0; i < SETTINGS.failures; i += 1)
    await container(clock)
      .guard(id, 'forward', down)
      .catch(() => {});
  return { id, clock };
}

test('is shared by all containers through the table, and one of them closes it', async () => {
  const { id, clock } = await openBreaker();
  await expect(store.read(id)).resolves.toMatchObject({ state: 'OPEN', failures: SETTINGS.failures });
  const refused = container(clock).guard(id, 'forward', async () => 'paid');
  await expect(refused).rejects.toMatchObject({
    name: 'PaymentUnavailable',
    message: expect.stringMatching(/^CircuitOpen/),
  });

  clock.time += SETTINGS.coolDownMs;
  const changes: Breaker['state'][] = [];
  let calls = 0;
  const pay = async () => {
    calls += 1;
    await waitFor('the others to be refused', async () => outcomes.length === 4);
    return 'paid';
  };
  const outcomes: string[] = [];
  const attempts = Array.from({ length: 5 }, () =>
    container(clock, changes)
      .guard(id, 'forward', pay)
      .then(
        (answer) => outcomes.push(answer),
        (error: Error) => outcomes.push(error.name),
      ),
  );
  await Promise.all(attempts);
  expect(calls).toBe(1);
  expect(outcomes).toEqual([...Array(4).fill('PaymentUnavailable'), 'paid']);
  expect(changes).toEqual(['HALF_OPEN', 'CLOSED']);
  await expect(store.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
});

test('is listed, and closed by an operator together with an audit entry', async () => {
  const { id } = await openBreaker();
  const listed = (await listBreakers({ dynamodb, operationsTable: stack.operationsTable })).filter(
    ({ account }) => account === id.account,
  );
  expect(listed).toEqual([expect.objectContaining({ ...id, state: 'OPEN' })]);

  const at = new Date().toISOString();
  const by = { operatorId: randomUUID(), reason: 'the provider is well again', at, entryId: randomUUID() };
  await expect(closeBreaker(id, by, { dynamodb, operationsTable: stack.operationsTable })).resolves.toMatchObject({
    state: 'CLOSED',
  });
  await expect(store.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
  await expect(closeBreaker(id, by, { dynamodb, operationsTable: stack.operationsTable })).resolves.toBeUndefined();

  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: stack.operationsTable,
      KeyConditionExpression: 'pk = :day AND begins_with(sk, :at)',
      ExpressionAttributeValues: { ':day': `AUDIT#${at.slice(0, 10)}`, ':at': `${at}#${by.entryId}` },
      ConsistentRead: true,
    }),
  );
  expect(Items).toEqual([
    expect.objectContaining({
      action: 'BREAKER_CLOSED',
      subject: `BREAKER#test:${id.account}`,
      operatorId: by.operatorId,
      reason: by.reason,
    }),
  ]);
});

test('opens for an account that fails, lets its orders wait and closes when one probe is answered', async () => {
  const product = await makeProduct();
  const { paymentToken, account } = tokenOnItsOwn('tok_unavailable');
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken });
  const orders = [await placeOrder(customer, request), await placeOrder(customer, request)];
  const id = { provider: 'sandbox', account };
  await waitFor('the breaker to open', async () => (await store.read(id)).state === 'OPEN');
  await Promise.all(orders.map(heal));
  for (const orderId of orders) {
    const completed = await waitForStatus(orderId, 'COMPLETED', 120);
    await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: completed.total });
  }
  await expect(store.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
}, 180_000);
