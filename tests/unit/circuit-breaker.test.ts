import fc from 'fast-check';
import type { CallKind, CircuitBreaker } from '../../functions/shared/payments/circuit-breaker.ts';
import { PaymentDeclined, PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { ACCOUNT, memoryBreakers, SETTINGS } from '../support/memory-breakers.ts';

const up = async () => 'paid';
const down = async () => {
  throw new PaymentUnavailable('no answer');
};
const declines = async () => {
  throw new PaymentDeclined('no');
};

/** How a call ended, and whether the provider was reached. */
async function outcome(breaker: CircuitBreaker, call: () => Promise<string>, kind: CallKind = 'forward') {
  let isReached = false;
  try {
    await breaker.guard(ACCOUNT, kind, () => {
      isReached = true;
      return call();
    });
    return { result: 'answered', isReached };
  } catch (error) {
    return { result: (error as Error).name, isReached, message: (error as Error).message };
  }
}

async function fail(breaker: CircuitBreaker, times: number) {
  for (let i = 0; i < times; i += 1) await outcome(breaker, down);
}

test('lets calls pass without a write as long as nothing fails', async () => {
  const { container, shared } = memoryBreakers({ cacheMs: 3_000 });
  const breaker = container();
  for (let i = 0; i < 10; i += 1) await breaker.guard(ACCOUNT, 'forward', up);
  expect(shared).toMatchObject({ writes: 0, reads: 1 });
});

test('opens after so many failures in a row and then fails calls at once', async () => {
  const { container, state, shared } = memoryBreakers();
  const breaker = container();
  await fail(breaker, 2);
  expect(state()).toBe('CLOSED');
  await fail(breaker, 1);
  expect(state()).toBe('OPEN');
  await expect(outcome(breaker, up)).resolves.toEqual({
    result: 'PaymentUnavailable',
    isReached: false,
    message: expect.stringMatching(/^CircuitOpen: sandbox account a /),
  });
  expect(shared.changes).toEqual(['OPEN']);
});

test('starts to count again after any answer: a success, a decline or a pending refund', async () => {
  const later = async () => {
    throw new PaymentUnavailable('the refund is on its way', { isPending: true });
  };
  for (const answer of [up, declines, later]) {
    const { container, state } = memoryBreakers();
    const breaker = container();
    await fail(breaker, 2);
    await outcome(breaker, answer);
    await fail(breaker, 2);
    expect(state()).toBe('CLOSED');
  }
});

test('starts to count again when the first failure is older than the window', async () => {
  const { container, state, shared } = memoryBreakers();
  const breaker = container();
  await fail(breaker, 2);
  shared.time += SETTINGS.windowMs;
  await fail(breaker, 2);
  expect(state()).toBe('CLOSED');
});

test('counts an error of our own neither as an answer nor as a failure of the provider', async () => {
  const { container, state } = memoryBreakers();
  const breaker = container();
  const broken = async () => {
    throw new TypeError('a mistake');
  };
  await fail(breaker, 2);
  for (let i = 0; i < 5; i += 1) await outcome(breaker, broken);
  expect(state()).toBe('CLOSED');
  await fail(breaker, 1);
  expect(state()).toBe('OPEN');
});

test('adds up the failures that different containers see', async () => {
  const { container, state } = memoryBreakers();
  await Promise.all([fail(container(), 1), fail(container(), 1), fail(container(), 1)]);
  expect(state()).toBe('OPEN');
});

test('lets exactly one of many callers probe after the cool-down, and closes when the probe is answered', async () => {
  const { container, state, shared } = memoryBreakers();
  const containers = [container(), container(), container(), container()];
  await fail(container(), 3);
  shared.time += SETTINGS.coolDownMs;
  let answer: (value: string) => void = () => {};
  const pending = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const calls = containers.map((breaker) => outcome(breaker, () => pending));
  const refused = await Promise.race(calls);
  expect(refused).toMatchObject({ result: 'PaymentUnavailable', isReached: false });
  expect(state()).toBe('HALF_OPEN');
  answer('paid');
  const reached = (await Promise.all(calls)).filter(({ isReached }) => isReached);
  expect(reached).toEqual([{ result: 'answered', isReached: true }]);
  expect(state()).toBe('CLOSED');
  expect(shared.changes).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
});

test('waits for another cool-down when the probe fails', async () => {
  const { container, state, shared } = memoryBreakers();
  const breaker = container();
  await fail(breaker, 3);
  shared.time += SETTINGS.coolDownMs;
  await expect(outcome(breaker, down)).resolves.toMatchObject({ isReached: true });
  expect(state()).toBe('OPEN');
  shared.time += SETTINGS.coolDownMs - 1;
  await expect(outcome(breaker, up)).resolves.toMatchObject({ isReached: false });
  shared.time += 1;
  await expect(outcome(breaker, up)).resolves.toMatchObject({ result: 'answered' });
});

test('lets another caller probe when the first prober died', async () => {
  const { container, state, shared } = memoryBreakers();
  await fail(container(), 3);
  shared.time += SETTINGS.coolDownMs;
  void outcome(container(), () => new Promise(() => {}));
  const other = container();
  await expect(outcome(other, up)).resolves.toMatchObject({ isReached: false });
  shared.time += SETTINGS.probeMs;
  await expect(outcome(other, up)).resolves.toMatchObject({ result: 'answered' });
  expect(state()).toBe('CLOSED');
});

test('never refuses a void or a refund, and counts their failures', async () => {
  const { container, state, shared } = memoryBreakers();
  const breaker = container();
  for (let i = 0; i < 3; i += 1) await outcome(breaker, down, 'undo');
  expect(state()).toBe('OPEN');
  const before = shared.writes;
  await expect(outcome(breaker, up, 'undo')).resolves.toEqual({ result: 'answered', isReached: true });
  expect(state()).toBe('OPEN');
  expect(shared.writes).toBe(before);
});

test('lets payments pass when the table cannot be reached', async () => {
  const { container, shared } = memoryBreakers();
  shared.storeIsDown = true;
  const breaker = container();
  await expect(outcome(breaker, up)).resolves.toMatchObject({ result: 'answered' });
  await expect(outcome(breaker, down)).resolves.toMatchObject({ result: 'PaymentUnavailable', isReached: true });
});

test('tells before a call that the account would be refused, and claims no probe for that', async () => {
  const { container, shared } = memoryBreakers();
  const breaker = container();
  await expect(breaker.requireAvailable(ACCOUNT)).resolves.toBeUndefined();
  for (let i = 0; i < SETTINGS.failures; i += 1) await outcome(breaker, down);
  const { writes } = shared;
  await expect(breaker.requireAvailable(ACCOUNT)).rejects.toThrow(/^CircuitOpen/);
  shared.time += SETTINGS.coolDownMs;
  await expect(breaker.requireAvailable(ACCOUNT)).resolves.toBeUndefined();
  expect(shared.writes).toBe(writes);
});

/** The same rules in their simplest form, without versions, caches and races. */
class SimpleBreaker {
  open = false;
  until = 0;
  failures: number[] = [];

  forward(now: number, answers: boolean): boolean {
    if (this.open && now < this.until) return false;
    if (answers) {
      this.open = false;
      this.failures = [];
      return true;
    }
    if (this.open) this.until = now + SETTINGS.coolDownMs;
    else this.failed(now);
    return true;
  }

  failed(now: number): void {
    if (this.open) return;
    const first = this.failures[0];
    if (first !== undefined && now - first >= SETTINGS.windowMs) this.failures = [];
    this.failures.push(now);
    if (this.failures.length < SETTINGS.failures) return;
    this.open = true;
    this.until = now + SETTINGS.coolDownMs;
  }
}

test('follows its rules through any sequence of calls in several containers', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ call: fc.constantFrom('up', 'down', 'declines'), by: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ undo: fc.constantFrom('up', 'down'), by: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.constantFrom(1, 4_999, 5_000, 9_999, 10_000, 30_000, 60_000) }) },
  );
  const calls = { up, down, declines };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { container, state, shared } = memoryBreakers();
      const containers = [container(), container(), container()] as const;
      const simple = new SimpleBreaker();
      for (const one of steps) {
        if ('wait' in one) shared.time += one.wait;
        else {
          const breaker = containers[one.by as 0 | 1 | 2];
          if ('undo' in one) {
            await expect(outcome(breaker, calls[one.undo], 'undo')).resolves.toMatchObject({ isReached: true });
            if (one.undo === 'down') simple.failed(shared.time);
          } else {
            const isReached = simple.forward(shared.time, one.call !== 'down');
            await expect(outcome(breaker, calls[one.call])).resolves.toMatchObject({ isReached });
          }
          expect(state() !== 'CLOSED').toBe(simple.open);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('never lets two callers probe at once, however their calls overlap', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), async (s, answers) => {
      let isRacing = false;
      const { container, shared } = memoryBreakers({}, async () => {
        if (isRacing) await s.schedule(Promise.resolve());
      });
      await fail(container(), 3);
      shared.time += SETTINGS.coolDownMs;
      isRacing = true;
      let probing = 0;
      let most = 0;
      const provider = async (answer: boolean) => {
        probing += 1;
        most = Math.max(most, probing);
        await s.schedule(Promise.resolve());
        probing -= 1;
        if (!answer) throw new PaymentUnavailable('no answer');
        return 'paid';
      };
      const calls = answers.map((answer) => outcome(container(), () => provider(answer)));
      // Once an answer has closed the breaker, everybody may call.
      let closedAt: number | undefined;
      const watched = calls.map((call) =>
        call.then(({ result }) => {
          if (result === 'answered' && closedAt === undefined) closedAt = most;
        }),
      );
      await s.waitFor(Promise.all(watched));
      expect(closedAt ?? most).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200 },
  );
});
