import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { eventSchemaFile } from '../../build/event-schema.ts';
import { NotAnOrderEvent, type OrderWrite, orderEventsOf } from '../../functions/publish-order-events/order-events.ts';
import validateOrderPlaced from '../../functions/shared/notifications/order-placed.validator.js';
import validateOrderStatusChanged from '../../functions/shared/notifications/order-status-changed.validator.js';
import { type HistoryEntry, ORDER_STATUSES } from '../../functions/shared/orders/order.ts';

const ORDER_ID = '0b9f0b1c-64a5-4a8a-9d0f-0c7a3c6d1e2f';

function history(...statuses: HistoryEntry['status'][]): HistoryEntry[] {
  return statuses.map((status, n) => ({ status, at: `2026-01-02T03:04:0${n}.000Z` }));
}

function write(before: HistoryEntry[], after: HistoryEntry[]): OrderWrite {
  return { orderId: ORDER_ID, before, after };
}

test('the first entry is OrderPlaced, and has no status before it', () => {
  expect(orderEventsOf(write([], history('PENDING')))).toEqual([
    {
      type: 'OrderPlaced',
      detail: { version: 1, orderId: ORDER_ID, sequence: 0, to: 'PENDING', at: '2026-01-02T03:04:00.000Z' },
    },
  ]);
});

test.each(ORDER_STATUSES.filter((status) => status !== 'PENDING'))(
  'a change to %s is told with the status before it',
  (to) => {
    expect(orderEventsOf(write(history('PENDING', 'PROCESSING'), history('PENDING', 'PROCESSING', to)))).toEqual([
      {
        type: 'OrderStatusChanged',
        detail: {
          version: 1,
          orderId: ORDER_ID,
          sequence: 2,
          from: 'PROCESSING',
          to,
          at: '2026-01-02T03:04:02.000Z',
        },
      },
    ]);
  },
);

test('what is put on the bus fits the schema that other systems are given, and no other', () => {
  const ajv = addFormats(new Ajv2020({ strict: true }));
  const fits = (type: string) =>
    ajv.compile(JSON.parse(readFileSync(`docs/events/${eventSchemaFile(type)}`, 'utf8')) as object);
  const [placed, changed] = [fits('OrderPlaced'), fits('OrderStatusChanged')];
  const [first, second] = orderEventsOf(write([], history('PENDING', 'PROCESSING')));
  expect([placed(first?.detail), changed(first?.detail)]).toEqual([true, false]);
  expect([placed(second?.detail), changed(second?.detail)]).toEqual([false, true]);
});

test('a write that adds nothing to the history gives no event', () => {
  expect(orderEventsOf(write(history('PENDING', 'PROCESSING'), history('PENDING', 'PROCESSING')))).toEqual([]);
});

test('several entries in one write give all events, oldest first', () => {
  const events = orderEventsOf(write([], history('PENDING', 'PROCESSING', 'FAILED')));
  expect(events.map(({ type, detail }) => [type, detail.sequence, detail.to])).toEqual([
    ['OrderPlaced', 0, 'PENDING'],
    ['OrderStatusChanged', 1, 'PROCESSING'],
    ['OrderStatusChanged', 2, 'FAILED'],
  ]);
});

test('what else an entry holds is not told', () => {
  const entry: HistoryEntry = { status: 'NEEDS_ATTENTION', at: '2026-01-02T03:04:05Z', detail: 'Ada', by: 'operator' };
  const [event] = orderEventsOf(write(history('PENDING'), [...history('PENDING'), entry]));
  expect(Object.keys(event?.detail ?? {}).sort()).toEqual(['at', 'from', 'orderId', 'sequence', 'to', 'version']);
});

test.each<[string, Partial<OrderWrite>]>([
  [
    'a status that does not exist',
    { after: [{ status: 'PAID' as HistoryEntry['status'], at: '2026-01-02T03:04:05Z' }] },
  ],
  ['a first status that is not PENDING', { after: history('COMPLETED') }],
  ['a time that is none', { after: [{ status: 'PENDING', at: 'yesterday' }] }],
  ['an id that is no order’s', { orderId: 'NUMBERS#ada@example.com' }],
])('%s is an error that does not repeat the value', (_what, wrong) => {
  const attempt = () => orderEventsOf({ ...write([], history('PENDING')), ...wrong });
  expect(attempt).toThrow(NotAnOrderEvent);
  expect(attempt).not.toThrow(/ada|yesterday|PAID/);
});

const entries = fc
  .array(
    fc.tuple(
      fc.constantFrom(...ORDER_STATUSES),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
    ),
    {
      maxLength: 12,
    },
  )
  .map((rest): HistoryEntry[] => [
    { status: 'PENDING', at: '2026-01-02T03:04:05.678Z' },
    ...rest.map(([status, at]): HistoryEntry => ({ status, at: at.toISOString() })),
  ]);

test('however a history is cut into writes, each sequence is told exactly once, in order, and fits its schema', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat({ max: 4 }), { maxLength: 30 }), (whole, growths) => {
      // Writes that add up to four entries or none, and a last one that adds the rest.
      let length = 0;
      const lengths = [...growths.map((growth) => (length = Math.min(whole.length, length + growth))), whole.length];
      const events = lengths.flatMap((end, n) =>
        orderEventsOf(write(whole.slice(0, n === 0 ? 0 : lengths[n - 1]), whole.slice(0, end))),
      );
      expect(events.map(({ detail }) => detail.sequence)).toEqual(whole.map((_entry, sequence) => sequence));
      expect(events.map(({ detail }) => [detail.to, detail.at])).toEqual(whole.map(({ status, at }) => [status, at]));
      for (const [index, { type, detail }] of events.entries()) {
        expect(type === 'OrderPlaced' ? validateOrderPlaced(detail) : validateOrderStatusChanged(detail)).toBe(true);
        const from = 'from' in detail ? detail.from : undefined;
        expect(from).toBe(whole[index - 1]?.status);
      }
    }),
  );
});
