import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Calibration } from '../bench/simulate/calibration';
import { functionsOnTheWay, readDeployment, wayOf } from '../bench/simulate/deployment';
import { asDeployed, type Settings } from '../bench/simulate/settings';
import { type Outcome, type Run, Shop } from '../bench/simulate/shop';

const deployment = readDeployment();
const calibration = JSON.parse(readFileSync('tests/bench/simulate/calibration.json', 'utf8')) as Calibration;

function shopWith(settings: Partial<Settings> = {}, run: Partial<Run> = {}): Shop {
  return new Shop({ deployment, calibration, seed: 14, ...run, settings: { ...asDeployed(deployment), ...settings } });
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);

const accountedFor = ({ completed, failed, refused, needsAttention, deadLetters, waiting }: Outcome) =>
  completed + sum(failed) + sum(refused) + needsAttention + deadLetters + waiting;

test('an order goes through the functions and states that the workflow has', () => {
  expect(wayOf(deployment.order)[0]).toBe('ValidateOrder');
  expect(wayOf(deployment.order)).toContain('CompleteOrder');
  expect(functionsOnTheWay(deployment)).toEqual(['create-order', 'validate', 'payment', 'inventory', 'notify']);
});

test('below every limit each order is completed, within a second', () => {
  const shop = shopWith({}, { warmFor: 20 });
  shop.ordersFor(60, 20);
  shop.clock.runUntil(90);
  const { entered, completed, latency, sold, waiting } = shop.outcome();
  expect(entered).toBeGreaterThan(1000);
  expect(completed).toBe(entered);
  expect(waiting).toBe(0);
  expect(sold).toBe(entered * calibration.lines);
  expect(latency.p95).toBeLessThan(1);
});

test('the same seed has the same outcome, another seed another', () => {
  const outcome = (seed: number) => {
    const shop = shopWith({ startExecutions: 20, startExecutionBurst: 20 }, { seed });
    shop.ordersFor(20, 40);
    shop.clock.runUntil(60);
    return shop.outcome();
  };
  expect(outcome(1)).toEqual(outcome(1));
  expect(outcome(1)).not.toEqual(outcome(2));
});

test('whatever binds, each order that entered is completed, failed, refused, a dead letter or waiting', () => {
  const some = (most: number) => fc.integer({ min: 1, max: most });
  fc.assert(
    fc.property(
      fc.record({
        seed: some(1000),
        ordersPerSecond: some(60),
        tries: fc.integer({ min: 0, max: 3 }),
        settings: fc.record({
          apiRequestsPerSecond: some(60),
          lambdaConcurrency: some(20),
          startExecutions: some(30),
          startExecutionBurst: some(30),
          transitions: some(200),
          ordersTableWrites: some(400),
          partitionWrites: some(100),
          products: fc.integer({ min: 2, max: 20 }),
          unitsOfEach: some(30),
          stockShards: some(4),
          refusesSoldOut: fc.boolean(),
          holdSeconds: fc.constantFrom(0.001, 0.01, 0.1),
        }),
      }),
      ({ seed, ordersPerSecond, tries, settings }) => {
        const shop = shopWith(settings, { seed, tryAgain: { times: tries, withinSeconds: 5 } });
        shop.ordersFor(10, ordersPerSecond);
        for (const at of [3, 10, 100, 5000]) {
          shop.clock.runUntil(at);
          const outcome = shop.outcome();
          expect(accountedFor(outcome)).toBe(outcome.entered);
          expect(outcome.sold).toBe(outcome.completed * calibration.lines);
          expect(outcome.sold).toBeLessThanOrEqual(settings.products * settings.unitsOfEach);
        }
      },
    ),
    { seed: 14, numRuns: 40 },
  );
});

test('the API takes its burst and then its rate, and refuses the others', () => {
  const shop = shopWith({ apiRequestsPerSecond: 50 });
  shop.ordersFor(60, 500);
  shop.clock.runUntil(90);
  const { entered, completed, refused } = shop.outcome();
  expect(refused).toEqual({ ApiRequestsPerSecond: entered - completed });
  expect(Math.abs(completed - (50 + 60 * 50))).toBeLessThanOrEqual(2);
});

test('a start that is always throttled ends as a dead letter after the last receive of its message', () => {
  const shop = shopWith({ startExecutions: 1e-6, startExecutionBurst: 0 }, { warmFor: 1 });
  for (let count = 0; count < 20; count += 1) shop.order();
  const { visibilityTimeout, maxReceives } = deployment.queue;
  shop.clock.runUntil((maxReceives - 1) * visibilityTimeout);
  expect(shop.outcome()).toMatchObject({ deadLetters: 0, waiting: 20 });
  shop.clock.runUntil(maxReceives * visibilityTimeout);
  expect(shop.outcome()).toMatchObject({ deadLetters: 20, waiting: 0, completed: 0 });
});

test('a product is sold as often as there are units, on one row or on several, and the others are sold out', () => {
  for (const stockShards of [1, 7]) {
    const shop = shopWith(
      { products: 1, unitsOfEach: 30, stockShards },
      { calibration: { ...calibration, lines: 1 }, warmFor: 20 },
    );
    shop.ordersFor(5, 20);
    shop.clock.runUntil(300);
    const { entered, completed, sold, failed } = shop.outcome();
    expect({ completed, sold }).toEqual({ completed: 30, sold: 30 });
    expect(failed).toEqual({ OUT_OF_STOCK: entered - 30 });
  }
});

test('more rows let one product sell faster', () => {
  const within = (stockShards: number) => {
    const shop = shopWith({ products: 1, stockShards }, { calibration: { ...calibration, lines: 1 }, warmFor: 60 });
    shop.ordersFor(30, 60);
    shop.clock.runUntil(35);
    return shop.outcome().completed;
  };
  expect(within(8)).toBeGreaterThan(1.5 * within(1));
});

test('a throttled function is waited for, and the order is completed all the same', () => {
  const shop = shopWith({ lambdaConcurrency: 3 });
  shop.ordersFor(5, 20);
  shop.clock.runUntil(2000);
  const { completed, refused, entered, throttled } = shop.outcome();
  // create-order is throttled as well, and nobody repeats that but the customer.
  expect(throttled['Lambda concurrency']).toBeGreaterThan(sum(refused));
  expect(completed + sum(refused)).toBe(entered);
  expect(completed).toBeGreaterThan(0);
});

test('one order that stands for ten is completed as often as ten orders', () => {
  const share = (weight: number) => {
    const shop = shopWith({ apiRequestsPerSecond: 1000 }, { weight, warmFor: 500 });
    shop.ordersFor(20, 500);
    shop.clock.runUntil(20);
    const { completed, entered } = shop.outcome();
    return completed / entered;
  };
  expect(share(1)).toBeLessThan(0.9);
  expect(Math.abs(share(10) - share(1))).toBeLessThan(0.07);
});
