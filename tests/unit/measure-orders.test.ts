import type { HistoryEntry } from '../../functions/shared/orders/order.ts';

// What the measures of an order become: the log lines that CloudWatch makes metrics of.

type Write = Parameters<typeof import('../../functions/publish-order-events/measure-orders.ts')['measureOrder']>[0];
type Lines = Record<string, unknown>[];

let measureOrder: (write: Write) => void;
let publishMetrics: () => void;

beforeAll(async () => {
  Object.assign(process.env, {
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_SERVICE_NAME: 'order-processing',
    POWERTOOLS_METRICS_NAMESPACE: 'test',
  });
  ({ measureOrder } = await import('../../functions/publish-order-events/measure-orders.ts'));
  ({ publishMetrics } = await import('../../functions/shared/runtime/metrics.ts'));
});

const ORDER = { orderId: '0b9f0b1c-64a5-4a8a-9d0f-0c7a3c6d1e2f', total: 8997, currency: 'USD' };

/** A history whose entries have these statuses, at these seconds after the first. */
const history = (...entries: [HistoryEntry['status'], number][]): HistoryEntry[] =>
  entries.map(([status, second]) => ({ status, at: new Date(Date.UTC(2026, 0, 2) + second * 1000).toISOString() }));

/** The values that are written for writes, by name; by `name of value` where a metric has a dimension of its own. */
function measured(...writes: Omit<Write, 'orderId'>[]): Record<string, unknown> {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  for (const write of writes) measureOrder({ ...ORDER, ...write });
  publishMetrics();
  const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Lines[number]);
  log.mockRestore();
  const values = lines.flatMap(({ _aws, service, currency, reason, ...own }) => {
    expect(service).toBe('order-processing');
    const of = currency ?? reason;
    return Object.entries(own).map(([name, value]): [string, unknown] => [of ? `${name} of ${of}` : name, value]);
  });
  return Object.fromEntries(values);
}

test('a new order is placed, with its value in its currency', () => {
  expect(measured({ before: [], after: history(['PENDING', 0]) })).toEqual({
    OrdersPlaced: 1,
    OrderOutcomesInTime: 0,
    'OrderValue of USD': 89.97,
  });
});

test('a write that adds nothing to the history measures nothing', () => {
  const same = history(['PENDING', 0], ['PROCESSING', 1]);
  expect(measured({ before: same, after: same })).toEqual({});
});

test.each([
  ['COMPLETED', 'OrdersCompleted'],
  ['CANCELLED', 'OrdersCancelled'],
] as const)('an order that is %s within the objective is counted with its time', (status, name) => {
  const after = history(['PENDING', 0], ['PROCESSING', 1], [status, 60]);
  expect(measured({ before: after.slice(0, 2), after })).toEqual({
    [name]: 1,
    OrderOutcomeSeconds: 60,
    OrderOutcomesInTime: 1,
  });
});

test('an outcome after the objective has a time, and is not in time', () => {
  const after = history(['PENDING', 0], ['PROCESSING', 1], ['COMPLETED', 60.001]);
  expect(measured({ before: after.slice(0, 2), after })).toEqual({ OrdersCompleted: 1, OrderOutcomeSeconds: 60.001 });
});

test('a failure is counted by its reason', () => {
  const after = history(['PENDING', 0], ['PROCESSING', 1], ['FAILED', 2]);
  expect(measured({ before: after.slice(0, 2), after, errorCode: 'OUT_OF_STOCK' })).toEqual({
    'OrdersFailed of OUT_OF_STOCK': 1,
    OrderOutcomeSeconds: 2,
    OrderOutcomesInTime: 1,
  });
});

test('a cancel of a completed order counts as a cancel, and has no time of its own', () => {
  const after = history(['PENDING', 0], ['PROCESSING', 1], ['COMPLETED', 2], ['PROCESSING', 900], ['CANCELLED', 901]);
  expect(measured({ before: after.slice(0, 4), after })).toEqual({ OrdersCancelled: 1 });
});

test('an order that needed attention is late, however it ends', () => {
  const after = history(
    ['PENDING', 0],
    ['PROCESSING', 1],
    ['NEEDS_ATTENTION', 30],
    ['PROCESSING', 600],
    ['COMPLETED', 601],
  );
  expect(measured({ before: after.slice(0, 2), after: after.slice(0, 3) })).toEqual({});
  expect(measured({ before: after.slice(0, 4), after })).toEqual({ OrdersCompleted: 1, OrderOutcomeSeconds: 601 });
});

test('however a history is cut into writes, the sums are the same', () => {
  const after = history(['PENDING', 0], ['PROCESSING', 1], ['COMPLETED', 2]);
  const once = measured({ before: [], after });
  const cut = measured(
    ...after.map((_entry, end) => ({ before: after.slice(0, end), after: after.slice(0, end + 1) })),
  );
  expect(cut).toEqual(once);
});

test('orders of one batch give one line, in which each time stands by itself', () => {
  const end = (second: number) => {
    const after = history(['PENDING', 0], ['PROCESSING', 1], ['COMPLETED', second]);
    return { before: after.slice(0, 2), after };
  };
  expect(measured(end(2), end(90))).toEqual({
    OrdersCompleted: [1, 1],
    OrderOutcomeSeconds: [2, 90],
    OrderOutcomesInTime: 1,
  });
});
