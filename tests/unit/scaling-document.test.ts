import { existsSync, readFileSync } from 'node:fs';
import type { Measured } from '../bench/cost/measured-orders';
import { type Calibration, calibrationOf, secondsOf } from '../bench/simulate/calibration';
import { readDeployment } from '../bench/simulate/deployment';
import { limitsOf } from '../bench/simulate/limits';
import { scalingDocument } from '../bench/simulate/scaling-document';
import { factsOf, type Results } from '../bench/simulate/scenarios';
import { asDeployed } from '../bench/simulate/settings';

const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content;
const results = read<Results>('tests/bench/simulate/results.json');
const calibration = read<Calibration>('tests/bench/simulate/calibration.json');
const measured = read<Measured>('tests/bench/cost/measured.json');
const deployment = readDeployment();

test('docs/scaling.md is what npm run simulate wrote last', () => {
  expect(readFileSync('docs/scaling.md', 'utf8')).toBe(scalingDocument(results));
  for (const [, plot] of scalingDocument(results).matchAll(/\((images\/[^)]+\.svg)\)/g)) {
    expect(existsSync(`docs/${plot}`)).toBe(true);
  }
});

test('nothing that the model reads has changed since: otherwise run npm run simulate', () => {
  expect(results.deployment).toEqual(JSON.parse(JSON.stringify(factsOf(deployment))));
  expect(results.calibration).toEqual(calibration);
});

const limitsWith = (change: object) =>
  limitsOf(deployment, calibration, { ...asDeployed(deployment), ...change }).map(({ name, ordersPerSecond }) => ({
    name,
    ordersPerSecond,
  }));
const limitOf = (name: string, change = {}) => limitsWith(change).find((one) => one.name === name)?.ordersPerSecond;

test('a limit is its throughput by what an order uses of it', () => {
  expect(limitOf('ApiRequestsPerSecond', { apiRequestsPerSecond: 77 })).toBe(77);
  // An order is put into PENDING and taken out of it: two units.
  expect(limitOf('status-index, one status', { statusShards: 3 })).toBeCloseTo(1500);
  expect(limitOf('state transitions', { transitions: 600 })).toBeCloseTo(100);
  // 4 on creation, 1 to claim, 2 to reserve, 1 to capture, 2 to complete and 1 to mark as published.
  expect(limitOf('Orders table', { ordersTableWrites: 1100 })).toBeCloseTo(100);
});

test('raising a limit makes it carry the rate that it is raised for', () => {
  for (const { name, raised } of limitsOf(deployment, calibration, asDeployed(deployment))) {
    // The stream has no setting of its own: it grows with the partitions of the table.
    const change = name === 'order events: the stream' ? { ordersTableWrites: 1e6 } : raised(20_000);
    expect({ name, carries: (limitOf(name, change) ?? 0) >= 20_000 - 1e-6 }).toEqual({ name, carries: true });
  }
});

test('the processor time is that of a load run that is long enough, and assumed otherwise', () => {
  const run = (count: number) => ({
    source: 'a run',
    run: { takenOn: '2026-01-02', closed: { orders: [{ count, cpu: { CreateOrder: count * 0.004 } }] } },
  });
  const short = calibrationOf(measured, 'counts', run(30));
  expect(short).toEqual(calibrationOf(measured, 'counts'));
  const long = calibrationOf(measured, 'counts', run(1000));
  expect(long.functions['create-order']?.cpuMs).toBeCloseTo(4);
  expect(long.source).toBe('counts, and processor time of a run of 2026-01-02');
  // 4 ms on half a core, and 10 ms for each of four answers.
  expect(secondsOf(long, 'create-order', 1769 / 2)).toBeCloseTo(0.048);
});
