import { decidePayment, type PaymentDecision } from '../../functions/reconcile/decide-payment.ts';
import type { Order, OrderStatus } from '../../functions/shared/orders/order.ts';
import type { Payment } from '../../functions/shared/payments/payment-provider.ts';

const STATUSES = ['AUTHORIZED', 'CAPTURED', 'VOIDED', 'REFUNDED'] as const;
type Row = [PaymentDecision, PaymentDecision, PaymentDecision, PaymentDecision];

/** The decision for each payment status, in the order of STATUSES, by the status and the phase of the order. */
const TABLE: [OrderStatus, Order['phase'], Row][] = [
  ['PENDING', undefined, ['REPORT', 'REPORT', 'MATCHES', 'MATCHES']],
  ['PROCESSING', undefined, ['MATCHES', 'REPORT', 'REPORT', 'REPORT']],
  ['PROCESSING', 'CAPTURING', ['MATCHES', 'MATCHES', 'REPORT', 'REPORT']],
  ['PROCESSING', 'UNDOING', ['MATCHES', 'MATCHES', 'MATCHES', 'MATCHES']],
  ['NEEDS_ATTENTION', undefined, ['MATCHES', 'REPORT', 'REPORT', 'REPORT']],
  ['NEEDS_ATTENTION', 'CAPTURING', ['MATCHES', 'MATCHES', 'REPORT', 'REPORT']],
  ['NEEDS_ATTENTION', 'UNDOING', ['MATCHES', 'MATCHES', 'MATCHES', 'MATCHES']],
  ['COMPLETED', 'CAPTURING', ['REPORT', 'MATCHES', 'REPORT', 'REPORT']],
  ['FAILED', 'UNDOING', ['REFUND', 'REFUND', 'MATCHES', 'MATCHES']],
  ['CANCELLED', 'UNDOING', ['REFUND', 'REFUND', 'MATCHES', 'MATCHES']],
];

const CASES = TABLE.flatMap(([status, phase, row]) =>
  STATUSES.map((payment, index) => [payment, status, phase, row[index]] as const),
);

function payment(status: Payment['status'], total = 500): Payment {
  const isTaken = status === 'CAPTURED' || status === 'REFUNDED';
  return {
    paymentId: 'pay_o',
    orderId: 'o',
    status,
    authorizedAmount: total,
    capturedAmount: isTaken ? total : 0,
    refundedAmount: status === 'REFUNDED' ? total : 0,
  };
}

function order(status: OrderStatus, phase: Order['phase']): Order {
  return { status, total: 500, ...(phase && { phase }) } as Order;
}

test.each(CASES)('a payment that is %s, of an order that is %s in phase %s: %s', (paid, status, phase, decision) => {
  expect(decidePayment(payment(paid), order(status, phase))).toBe(decision);
});

test('reports a completed order for which another amount was captured', () => {
  expect(decidePayment(payment('CAPTURED', 499), order('COMPLETED', 'CAPTURING'))).toBe('REPORT');
});

test.each([
  ['AUTHORIZED', 'REPORT'],
  ['CAPTURED', 'REPORT'],
  ['VOIDED', 'MATCHES'],
  ['REFUNDED', 'MATCHES'],
] as const)('a payment that is %s, of no order: %s', (paid, decision) => {
  expect(decidePayment(payment(paid), undefined)).toBe(decision);
});
