import fc from 'fast-check';
import { Clock } from '../bench/simulate/clock';
import { readDeployment } from '../bench/simulate/deployment';
import { FunctionPool, LambdaAccount } from '../bench/simulate/function-pool';
import { ProductRow } from '../bench/simulate/product-stock';
import { Random } from '../bench/simulate/random';
import { attemptsOf, firstFor, longestPause, Retries } from '../bench/simulate/retriers';
import { Station } from '../bench/simulate/station';
import { TokenBucket } from '../bench/simulate/token-bucket';

const { order, startRetry } = readDeployment();

test('the clock runs events by their time, those of one time in their order, and none that is not due', () => {
  const clock = new Clock();
  const random = new Random(1);
  const ran: number[] = [];
  const times = Array.from({ length: 500 }, () => random.below(50));
  for (const [index, time] of times.entries()) {
    clock.after(time, () => {
      expect(clock.now).toBe(time);
      ran.push(time * 1000 + index);
    });
  }
  clock.runUntil(30);
  expect(ran).toEqual(ran.toSorted((one, other) => one - other));
  expect(ran).toHaveLength(times.filter((time) => time <= 30).length);
  expect(clock.now).toBe(30);
});

test('random numbers are the same for the same seed, and have the mean and the median of what they follow', () => {
  const of = (seed: number, draw: (random: Random) => number) => {
    const random = new Random(seed);
    return Array.from({ length: 50_000 }, () => draw(random));
  };
  const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  expect(of(1, (random) => random.next())).toEqual(of(1, (random) => random.next()));
  expect(of(1, (random) => random.next())).not.toEqual(of(2, (random) => random.next()));
  expect(mean(of(3, (random) => random.next()))).toBeCloseTo(0.5, 2);
  expect(mean(of(4, (random) => random.exponential(2)))).toBeCloseTo(2, 1);
  const durations = of(5, (random) => random.logNormal(0.1, 0.45)).toSorted((one, other) => one - other);
  expect(durations[25_000]).toBeCloseTo(0.1, 2);
  expect(mean(durations)).toBeCloseTo(0.1 * Math.exp(0.45 ** 2 / 2), 2);
});

test('a bucket under too many requests lets through its burst and then its rate', () => {
  const bucket = new TokenBucket({ burst: 1300, perSecond: 300 });
  let passed = 0;
  for (let at = 0; at <= 60; at += 0.001) if (bucket.take(at)) passed += 1;
  expect(passed).toBeGreaterThan(1300 + 300 * 60 - 3);
  expect(passed).toBeLessThanOrEqual(1300 + 300 * 60);
});

test('a bucket lets no more through in any time than its burst and its rate, and never refuses a full one', () => {
  fc.assert(
    fc.property(
      fc.record({ burst: fc.integer({ min: 1, max: 20 }), perSecond: fc.integer({ min: 1, max: 50 }) }),
      fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (rate, gaps) => {
        const bucket = new TokenBucket(rate);
        const passed: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (bucket.take(now)) passed.push(now);
        }
        expect(passed).not.toEqual([]);
        for (const [first, from] of passed.entries()) {
          const last = passed.at(-1) ?? 0;
          expect(passed.length - first).toBeLessThanOrEqual(rate.burst + (last - from) * rate.perSecond + 1e-6);
        }
      },
    ),
    { seed: 14, numRuns: 100 },
  );
});

test('of requests that wait for tokens, each waits until its own is there', () => {
  const bucket = new TokenBucket({ burst: 5, perSecond: 10 });
  const waits = Array.from({ length: 8 }, () => bucket.wait(0));
  expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  for (const [index, wait] of waits.slice(5).entries()) expect(wait).toBeCloseTo((index + 1) / 10);
});

/** The share of jobs that wait, for an offered load in erlangs. */
function erlangC(workers: number, load: number): number {
  let inverse = 1;
  for (let count = 1; count <= workers; count += 1) inverse = 1 + (inverse * count) / load;
  const blocked = 1 / inverse;
  return blocked / (1 - (load / workers) * (1 - blocked));
}

test.each([
  { workers: 1, load: 0.7 },
  { workers: 2, load: 1.6 },
  { workers: 10, load: 8 },
])('$workers workers at a load of $load wait as Erlang C says', ({ workers, load }) => {
  const jobs = 100_000;
  const meanWait = (seed: number): number => {
    const clock = new Clock();
    const random = new Random(seed);
    const station = new Station(clock, workers);
    let left = jobs;
    const next = (): void => {
      clock.after(random.exponential(1 / load), () => {
        station.add(random.exponential(1));
        left -= 1;
        if (left > 0) next();
      });
    };
    next();
    clock.runUntil(1e9);
    expect(station.served).toBe(jobs);
    return station.waitedSeconds / jobs;
  };
  // Waits that follow each other are alike, so that even so many jobs are a small sample.
  const seeds = [1, 2, 3, 4, 5, 6];
  const mean = seeds.reduce((sum, seed) => sum + meanWait(seed), 0) / seeds.length;
  expect(Math.abs(mean / (erlangC(workers, load) / (workers - load)) - 1)).toBeLessThan(0.04);
});

test('of transactions that come at random to one row, as many conflict as Erlang B says', () => {
  const row = new ProductRow(1, 1000);
  const random = new Random(14);
  const [perSecond, hold, attempts] = [60, 0.01, 100_000];
  let [now, conflicts] = [0, 0];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    now += random.exponential(1 / perSecond);
    if (row.isHeld(now)) conflicts += 1;
    else row.hold(now, hold);
  }
  const load = perSecond * hold;
  expect(conflicts / attempts).toBeCloseTo(load / (1 + load), 2);
});

test('a function grows by 1,000 environments at once and 100 per second, and uses those that are idle first', () => {
  const account = new LambdaAccount(10_000, { burst: 1e6, perSecond: 1e6 });
  const pool = new FunctionPool(account, { burst: 1000, perSecond: 100 });
  const begin = (at: number) => Array.from({ length: 1500 }, () => pool.begin(at)).filter((begun) => 'cold' in begun);
  expect(begin(0)).toHaveLength(1000);
  expect(begin(5)).toHaveLength(500);
  expect(pool.coldStarts).toBe(1500);
  for (let ended = 0; ended < 200; ended += 1) pool.end();
  expect(begin(5)).toEqual(Array.from({ length: 200 }, () => ({ cold: false })));
});

test('an account allows so many invocations at once, and so many per second', () => {
  const account = new LambdaAccount(10, { burst: 15, perSecond: 100 });
  const pool = new FunctionPool(account, { burst: 1000, perSecond: 100 });
  const other = new FunctionPool(account, { burst: 1000, perSecond: 100 });
  for (let count = 0; count < 10; count += 1) expect((count % 2 ? pool : other).begin(0)).toEqual({ cold: true });
  expect(pool.begin(0)).toEqual({ throttledBy: 'Lambda concurrency' });
  for (let count = 0; count < 5; count += 1) {
    pool.end();
    expect(pool.begin(0)).toEqual({ cold: false });
  }
  pool.end();
  expect(pool.begin(0)).toEqual({ throttledBy: 'Lambda requests per second' });
  expect(pool.begin(1)).toEqual({ cold: false });
});

const validateRetry = order.States.ValidateOrder?.Retry ?? [];

test("the longest wait for a throttled function is that of the workflow's own retrier", () => {
  const retrier = firstFor(validateRetry, 'Lambda.TooManyRequestsException');
  if (!retrier) throw new Error('ValidateOrder has no retrier for throttling');
  const pauses = Array.from({ length: attemptsOf(retrier) }, (_, index) => longestPause(retrier, index + 1));
  // 2 + 4 + 8 + 16 + 32, and then 60 each.
  expect(pauses.reduce((sum, one) => sum + one, 0)).toBe(62 + 15 * 60);
});

test.each([
  ['a throttled function', validateRetry, 'Lambda.TooManyRequestsException', 62 + 15 * 60],
  ['a throttled start', startRetry, 'StepFunctions.ThrottlingException', 1 + 2 + 4 + 8],
])('with full jitter %s waits half of the longest on average, and then no more', (_, retriers, error, longest) => {
  const random = new Random(14);
  const total = () => {
    const retries = new Retries(retriers);
    let [waited, count] = [0, 0];
    for (let pause = retries.pause(error, random); pause !== undefined; pause = retries.pause(error, random)) {
      waited += pause;
      count += 1;
    }
    expect(count).toBe(attemptsOf(firstFor(retriers, error) ?? { ErrorEquals: [] }));
    expect(waited).toBeLessThan(longest);
    return waited;
  };
  const runs = 3000;
  const mean = Array.from({ length: runs }, total).reduce((sum, one) => sum + one, 0) / runs;
  expect(Math.abs(mean / (longest / 2) - 1)).toBeLessThan(0.03);
});

test('an error that no retry can change is not retried, and each retrier counts its own attempts', () => {
  const retries = new Retries(validateRetry);
  const random = new Random(1);
  expect(retries.pause('OrderInvalid', random)).toBeUndefined();
  for (let retry = 0; retry < 5; retry += 1) expect(retries.pause('Other', random)).toBeDefined();
  expect(retries.pause('Other', random)).toBeUndefined();
  expect(retries.pause('Lambda.TooManyRequestsException', random)).toBeDefined();
});
