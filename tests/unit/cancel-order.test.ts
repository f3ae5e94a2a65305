import fc from 'fast-check';
import { type CancelDecision, decideCancel } from '../../functions/cancel-order/cancel-order.ts';
import { ORDER_STATUSES, type Order, type OrderStatus } from '../../functions/shared/orders/order.ts';

/** The table of docs/protocol.md, section 2: no phase, CAPTURING, UNDOING for a cancel, UNDOING for a failure. */
const TABLE: Record<OrderStatus, [CancelDecision, CancelDecision, CancelDecision, CancelDecision]> = {
  PENDING: ['REQUEST', 'CAPTURE_IN_PROGRESS', 'UNDER_WAY', 'NOT_CANCELLABLE'],
  PROCESSING: ['REQUEST', 'CAPTURE_IN_PROGRESS', 'UNDER_WAY', 'NOT_CANCELLABLE'],
  NEEDS_ATTENTION: ['REQUEST', 'CAPTURE_IN_PROGRESS', 'UNDER_WAY', 'NOT_CANCELLABLE'],
  COMPLETED: ['REOPEN', 'REOPEN', 'REOPEN', 'REOPEN'],
  FAILED: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE', 'NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
  CANCELLED: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE', 'NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
};

const AT = '2026-01-02T03:04:05.678Z';
const HOUR_MS = 3_600_000;
const completedAt = (at: string) => [
  { status: 'PENDING' as const, at: '2020-01-01T00:00:00.000Z' },
  { status: 'COMPLETED' as const, at },
];

const COLUMNS: Pick<Order, 'phase' | 'cancelRequested'>[] = [
  {},
  { phase: 'CAPTURING' },
  { phase: 'UNDOING', cancelRequested: true },
  { phase: 'UNDOING' },
];

describe.each(ORDER_STATUSES)('a cancel of an order that is %s', (status) => {
  test.each(COLUMNS.map((column, index) => [column, TABLE[status][index]] as const))(
    'with %j is %s',
    (column, decision) => {
      expect(decideCancel({ status, history: completedAt(AT), ...column }, AT, 24 * HOUR_MS)).toBe(decision);
    },
  );
});

test.each(['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'] as const)(
  'a second cancel of an order that is %s is under way',
  (status) => {
    expect(decideCancel({ status, cancelRequested: true, history: [] }, AT, 0)).toBe('UNDER_WAY');
  },
);

describe('a cancel of a completed order', () => {
  const decideAfter = (ageMs: number, windowMs: number) =>
    decideCancel(
      { status: 'COMPLETED', history: completedAt(AT) },
      new Date(Date.parse(AT) + ageMs).toISOString(),
      windowMs,
    );

  test.each([
    ['at once', 0, 'REOPEN'],
    ['at the last moment of the window', 24 * HOUR_MS, 'REOPEN'],
    ['a millisecond later', 24 * HOUR_MS + 1, 'TOO_LATE'],
    ['a year later', 8766 * HOUR_MS, 'TOO_LATE'],
  ] as const)('%s is decided by the time since its completion', (_, ageMs, decision) => {
    expect(decideAfter(ageMs, 24 * HOUR_MS)).toBe(decision);
  });

  test('is never too late for an operator, and never possible again for a customer once it was too late', () => {
    const age = fc.integer({ min: 0, max: 1000 * HOUR_MS });
    fc.assert(
      fc.property(age, age, age, (ageMs, laterMs, windowMs) => {
        expect(decideAfter(ageMs, Number.POSITIVE_INFINITY)).toBe('REOPEN');
        expect(decideAfter(ageMs, windowMs)).toBe(ageMs <= windowMs ? 'REOPEN' : 'TOO_LATE');
        if (decideAfter(ageMs, windowMs) === 'TOO_LATE') {
          expect(decideAfter(ageMs + laterMs, windowMs)).toBe('TOO_LATE');
        }
      }),
    );
  });
});
