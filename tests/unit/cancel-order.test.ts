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
      expect(decideCancel({ status, ...column })).toBe(decision);
    },
  );
});

test.each(['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'] as const)(
  'a second cancel of an order that is %s is under way',
  (status) => {
    expect(decideCancel({ status, cancelRequested: true })).toBe('UNDER_WAY');
  },
);
