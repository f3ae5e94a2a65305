import { readFileSync } from 'node:fs';
import { billedMs, billOf, dollarsFor, monthlyDollars, monthOf, partsOf, waysOf } from '../bench/cost/bill';
import { costsDocument } from '../bench/cost/costs-document';
import { metricsIn } from '../bench/cost/embedded-metrics';
import type { Measured } from '../bench/cost/measured-orders';
import { MERGES } from '../bench/cost/merged-states';
import { writerOf } from '../bench/cost/order-writer';
import { PRICES } from '../bench/cost/prices';
import { standingOf, tableShapes, transactionalStates } from '../bench/cost/template-facts';

const last = JSON.parse(readFileSync('tests/bench/cost/measured.json', 'utf8')) as Measured;

const small: Measured = {
  takenOn: '2026-01-02',
  orders: 1,
  lines: 1,
  states: ['A', 'B'],
  functions: { validate: { invocations: 1, calls: { 'DynamoDB.UpdateItem': 1 }, logBytes: 1000 } },
  writes: [{ who: 'validate', table: 'OrdersTable', what: 'the order', units: 3 }],
  indexWrites: [{ who: 'validate', table: 'OrdersTable', what: 'status-index', units: 2 }],
  reads: [{ who: 'validate', table: 'OrdersTable', what: 'GetItem', units: 0.5 }],
  publications: 1,
  events: 3,
  emails: 1,
  orderBytes: 900,
  storedBytes: { OrdersTable: 1000 },
  workflowLogBytes: 500,
  metrics: ['Placed'],
};

const rowOf = (what: string) => billOf(small).find((row) => row.what === what);

test('a price is paid for each unit, or for those above what is free every month', () => {
  expect(dollarsFor('transition', 6e6)).toBeCloseTo(150);
  expect(dollarsFor('transition', 5000, { free: true })).toBeCloseTo(1000 * 25e-6);
  expect(dollarsFor('alarm', 4, { free: true })).toBe(0);
  expect(dollarsFor('secret', 2, { free: true })).toBeCloseTo(0.8);
});

test('an invocation is paid for its CPU on a part of a core, for its waiting, and for the share of cold starts', () => {
  // 0.5 ms on 512 of 1,769 MB is 1.73 ms, rounded up; 1 % of 500 ms is 5 ms.
  expect(billedMs(0)).toBe(2 + 5);
  // Two calls: 1.7 ms of CPU are 5.87 ms, and 20 ms of waiting.
  expect(billedMs(2)).toBe(26 + 5);
});

test('writes of a table and of its indexes are rows of their own', () => {
  expect(rowOf('Orders: writes')).toMatchObject({ item: 'write', units: 3 });
  expect(rowOf('Orders: writes of its indexes')).toMatchObject({ item: 'write', units: 2 });
  expect(rowOf('reads of all tables')).toMatchObject({ item: 'read', units: 0.5 });
});

test('logs, traces, e-mail and SMS are no part of everything else', () => {
  const { workflow, other, logs, email } = partsOf(billOf(small));
  expect(workflow).toBeCloseTo(50);
  expect(logs).toBeCloseTo(((1000 + 500) / 1e9) * 1e6 * PRICES.logs.dollars);
  expect(email).toBeCloseTo(100);
  const doubled = {
    ...small,
    functions: { validate: { invocations: 1, calls: { 'DynamoDB.UpdateItem': 1 }, logBytes: 9e6 } },
  };
  expect(partsOf(billOf(doubled)).other).toBeCloseTo(other);
});

test('every way to orchestrate pays for the same work, and Standard for each state', () => {
  const ways = Object.fromEntries(waysOf(small).map(({ name, ...way }) => [name, way]));
  expect(ways['Standard, as it is']?.orchestration).toBeCloseTo(50);
  // One request and 100 ms in one chunk of memory.
  expect(ways.Express?.orchestration).toBeCloseTo(1 + 0.1 * 0.0625 * 16.67);
  // The start, two steps, and what they write.
  expect(ways['a durable function']?.orchestration).toBeCloseTo(3 * 8 + 2 * 1024 * 1e-3 * 0.25);
  expect(ways['no orchestrator, one function on the queue']?.orchestration).toBe(0);
});

test('a merge takes one state of the workflow away, and no effect on the order', () => {
  for (const { states, of } of MERGES) {
    const merged = of(last);
    expect(last.states).toEqual(expect.arrayContaining(states));
    const gone = last.states.filter((state) => !merged.states.includes(state));
    expect(gone).toHaveLength(1);
    expect(states).toContain(gone[0]);
    expect(partsOf(billOf(merged)).workflow).toBeCloseTo(partsOf(billOf(last)).workflow - 25);
    expect(merged.writes.filter(({ table }) => table !== 'PaymentsTable')).toEqual(
      expect.arrayContaining(last.writes.filter(({ table }) => table !== 'PaymentsTable')),
    );
  }
});

test('a merge pays for the calls that a function now makes, and not for the invocation that is no more', () => {
  const [complete, note, , stream, , charge] = MERGES.map(({ of }) => of(last));
  const row = (measured: Measured | undefined, name: string) =>
    billOf(measured ?? last).find(({ what }) => what === name)?.units ?? 0;
  const more = (measured: Measured | undefined, name: string) => row(measured, name) - row(last, name);
  // One call more in one of two invocations: 12 ms of half a gigabyte.
  expect(more(complete, 'all functions, at 512 MB')).toBeCloseTo(0.006);
  expect(more(note, 'Orders: writes')).toBe(1);
  expect(more(note, 'all functions')).toBeCloseTo(1);
  expect(more(stream, 'all functions, at 512 MB')).toBe(0);
  expect(more(charge, 'all functions')).toBeCloseTo(-1);
  expect(more(charge, 'Payments: writes')).toBe(-1);
});

test('free units are given once per month, not once per row', () => {
  const rows = [600_000, 600_000].map((units) => ({ what: 'polls', item: 'queueRequest' as const, units }));
  expect(monthlyDollars(rows).list).toBeCloseTo(0.48);
  expect(monthlyDollars(rows).free).toBeCloseTo(0.08);
});

test('a month without orders pays for what stands idle', () => {
  const standing = {
    alarms: 12,
    compositeAlarms: 1,
    dashboards: 1,
    secrets: 1,
    polledQueues: 1,
    scheduledRunsPerHour: 13,
  };
  const rows = monthOf(small, standing, 0).filter(({ units }) => units > 0);
  expect(rows.map(({ item }) => item)).toEqual(
    expect.arrayContaining([
      'alarm',
      'compositeAlarm',
      'dashboard',
      'secret',
      'metric',
      'queueRequest',
      'lambdaRequest',
    ]),
  );
  expect(rows.filter(({ what }) => what.startsWith('orders:'))).toEqual([]);
});

test('what stands idle, the tables and the transactions come from the template', () => {
  expect(standingOf()).toMatchObject({ polledQueues: 2, scheduledRunsPerHour: 13 });
  expect(standingOf().alarms).toBeGreaterThan(10);
  expect(tableShapes().OrdersTable?.indexes.map(({ name }) => name)).toEqual([
    'status-index',
    'customer-index',
    'notice-index',
  ]);
  expect(transactionalStates()).toEqual(['CompleteOrder']);
});

test('the writer of an order is seen in what changed, and an unknown one is refused', () => {
  const pending = { status: { S: 'PENDING' } };
  const processing = { status: { S: 'PROCESSING' } };
  expect(writerOf(undefined, pending)).toBe('create-order');
  expect(writerOf(pending, processing)).toBe('validate');
  expect(writerOf(processing, { ...processing, stock: { S: 'RESERVED' } })).toBe('inventory');
  expect(writerOf(processing, { status: { S: 'COMPLETED' }, stock: { S: 'SOLD' } })).toBe('CompleteOrder');
  expect(writerOf({ ...processing, noticeDue: { S: 't' } }, processing)).toBe('notify');
  expect(() => writerOf(processing, { ...processing, color: { S: 'red' } })).toThrow('who writes color');
});

test('a metric is told apart by the values of its dimensions', () => {
  const line = {
    _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'channel']], Metrics: [{ Name: 'Sent' }] }] },
    service: 's',
    channel: 'email',
  };
  expect(metricsIn(JSON.stringify(line))).toEqual(['Sent service=s channel=email']);
  expect(metricsIn('REPORT RequestId: 1')).toEqual([]);
});

test('docs/costs.md has the counts, prices and resources of now (npm run cost -- --measured writes it again)', () => {
  expect(readFileSync('docs/costs.md', 'utf8')).toBe(costsDocument(last, standingOf()));
});

test('the last run meets the bar: at most six states, and at most 50 dollars for everything else', () => {
  expect(last.states.length).toBeLessThanOrEqual(6);
  expect(partsOf(billOf(last)).other).toBeLessThanOrEqual(50);
});
