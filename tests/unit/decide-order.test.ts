import fc from 'fast-check';
import { decideOrder, isOverdue, type OrderAction, type Thresholds } from '../../functions/reconcile/decide-order.ts';
import { ORDER_STATUSES, type Order, type OrderStatus } from '../../functions/shared/orders/order.ts';
import type { ExecutionState } from '../../functions/shared/orders/order-execution.ts';

const MINUTE = 60_000;
const THRESHOLDS: Thresholds = { pendingMs: 10 * MINUTE, stuckMs: 15 * MINUTE, maxResends: 3, maxRetries: 2 };
const NOW = Date.parse('2025-03-06T18:00:00.000Z');
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString();

function order(status: OrderStatus, minutes: number, changes: Partial<Order> = {}): Order {
  return {
    orderId: 'o',
    createdAt: ago(600),
    status,
    customerId: 'c',
    items: [],
    total: 0,
    currency: 'USD',
    shippingAddress: { street: '', city: '', state: '', zipCode: '' },
    paymentMethod: 'credit_card',
    history: [
      { status: 'PENDING', at: ago(600) },
      { status, at: ago(minutes) },
    ],
    ...changes,
  };
}

const CASES: [string, Order, ExecutionState, OrderAction][] = [
  ['sends the message of a lost order again', order('PENDING', 10), 'MISSING', 'RESEND'],
  ['leaves a young order alone, whose message may still arrive', order('PENDING', 9), 'MISSING', 'LEAVE'],
  ['leaves an order whose execution has not claimed it yet', order('PENDING', 100), 'RUNNING', 'LEAVE'],
  ['resumes an order whose execution died before its claim', order('PENDING', 10), 'ENDED', 'RESUME'],
  ['waits twice as long after a resend', order('PENDING', 60, { resends: 1, resentAt: ago(19) }), 'MISSING', 'LEAVE'],
  ['sends again after twice the time', order('PENDING', 60, { resends: 1, resentAt: ago(20) }), 'MISSING', 'RESEND'],
  [
    'escalates an order when no resend helps',
    order('PENDING', 600, { resends: 3, resentAt: ago(80) }),
    'MISSING',
    'ESCALATE',
  ],
  ['leaves an order whose execution is running', order('PROCESSING', 100), 'RUNNING', 'LEAVE'],
  ['leaves a young order alone, whose execution has just ended', order('PROCESSING', 14), 'ENDED', 'LEAVE'],
  ['resumes an order whose execution died', order('PROCESSING', 15), 'ENDED', 'RESUME'],
  ['starts an execution that was recorded and never started', order('PROCESSING', 15), 'MISSING', 'START'],
  ['resumes an order a second time', order('PROCESSING', 15, { attempts: 1 }), 'ENDED', 'RESUME'],
  ['escalates an order when resuming does not help', order('PROCESSING', 15, { attempts: 2 }), 'ENDED', 'ESCALATE'],
  [
    'starts a recorded execution after any number of attempts',
    order('PROCESSING', 15, { attempts: 9 }),
    'MISSING',
    'START',
  ],
];

test.each(CASES)('%s', (_name, row, execution, action) => {
  expect(decideOrder(row, execution, NOW, THRESHOLDS)).toBe(action);
});

test('leaves settled orders and those that wait for an operator alone, whatever their age', () => {
  const settled = ORDER_STATUSES.filter((status) => status !== 'PENDING' && status !== 'PROCESSING');
  fc.assert(
    fc.property(
      fc.constantFrom(...settled),
      fc.nat(1_000_000),
      fc.constantFrom<ExecutionState>('RUNNING', 'ENDED', 'MISSING'),
      (status, minutes, execution) => decideOrder(order(status, minutes), execution, NOW, THRESHOLDS) === 'LEAVE',
    ),
  );
});

test('asks for the state of an execution only when some answer leads to an action', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ORDER_STATUSES),
      fc.nat(200),
      fc.option(fc.nat(200), { nil: undefined }),
      fc.nat(4),
      (status, minutes, resent, resends) => {
        const row = order(status, minutes, resent === undefined ? {} : { resends, resentAt: ago(resent) });
        const actions = (['RUNNING', 'ENDED', 'MISSING'] as const).map((e) => decideOrder(row, e, NOW, THRESHOLDS));
        expect(isOverdue(row, NOW, THRESHOLDS)).toBe(actions.some((action) => action !== 'LEAVE'));
      },
    ),
  );
});
