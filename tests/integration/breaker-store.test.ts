import { randomUUID } from 'node:crypto';
import type { Breaker, BreakerSettings } from '../../functions/shared/payments/breaker-state.ts';
import { breakerStore, closeBreaker, listBreakers } from '../../functions/shared/payments/breaker-store.ts';
import { CircuitBreaker } from '../../functions/shared/payments/circuit-breaker.ts';
import { PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { auditOf } from '../support/audit.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const SETTINGS: BreakerSettings = { failures: 3, windowMs: 60_000, coolDownMs: 60_000, probeMs: 30_000, cacheMs: 0 };
const table = { dynamodb, operationsTable: stack.operationsTable };
const store = breakerStore(table);

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
  const listed = (await listBreakers(table)).filter(({ account }) => account === id.account);
  expect(listed).toEqual([expect.objectContaining({ ...id, state: 'OPEN' })]);

  const at = new Date().toISOString();
  const by = { operatorId: randomUUID(), reason: 'the provider is well again', at, entryId: randomUUID() };
  await expect(closeBreaker(id, by, table)).resolves.toMatchObject({
    state: 'CLOSED',
  });
  await expect(store.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
  await expect(closeBreaker(id, by, table)).resolves.toBeUndefined();

  expect(await auditOf(`BREAKER#test:${id.account}`)).toEqual([
    expect.objectContaining({ action: 'BREAKER_CLOSED', operatorId: by.operatorId, reason: by.reason }),
  ]);
});
