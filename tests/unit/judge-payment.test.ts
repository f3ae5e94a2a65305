import { judgePayment, type PaymentVerdict } from '../../functions/reconcile/judge-payment.ts';
import type { Order, OrderStatus } from '../../functions/shared/orders/order.ts';
import type { Payment } from '../../functions/shared/payments/payment-provider.ts';

const STATUSES = ['AUTHORIZED', 'CAPTURED', 'VOIDED', 'REFUNDED'] as const;
type Row = [PaymentVerdict, PaymentVerdict, PaymentVerdict, PaymentVerdict];

/** What each payment status means, in the order of STATUSES, for an order that stands like this. */
const TABLE: [OrderStatus, Order['phase'], Row][] = [
  ['PENDING', undefined, ['REPORT', 'REPORT', 'FITS', 'FITS']],
  ['PROCESSING', undefined, ['FITS', 'REPORT', 'REPORT', 'REPORT']],
  ['PROCESSING', 'CAPTURING', ['FITS', 'FITS', 'REPORT', 'REPORT']],
  ['PROCESSING', 'UNDOING', ['FITS', 'FITS', 'FITS', 'FITS']],
  ['NEEDS_ATTENTION', undefined, ['FITS', 'REPORT', 'REPORT', 'REPORT']],
  ['NEEDS_ATTENTION', 'CAPTURING', ['FITS', 'FITS', 'REPORT', 'REPORT']],
  ['NEEDS_ATTENTION', 'UNDOING', ['FITS', 'FITS', 'FITS', 'FITS']],
  ['COMPLETED', 'CAPTURING', ['REPORT', 'FITS', 'REPORT', 'REPORT']],
  ['FAILED', 'UNDOING', ['GIVE_BACK', 'GIVE_BACK', 'FITS', 'FITS']],
  ['CANCELLED', 'UNDOING', ['GIVE_BACK', 'GIVE_BACK', 'FITS', 'FITS']],
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

test.each(CASES)('%s money and an order that is %s, phase %s: %s', (paid, status, phase, verdict) => {
  expect(judgePayment(payment(paid), order(status, phase))).toBe(verdict);
});

test('reports a completed order for which another amount was taken', () => {
  expect(judgePayment(payment('CAPTURED', 499), order('COMPLETED', 'CAPTURING'))).toBe('REPORT');
});

test.each([
  ['AUTHORIZED', 'REPORT'],
  ['CAPTURED', 'REPORT'],
  ['VOIDED', 'FITS'],
  ['REFUNDED', 'FITS'],
] as const)('%s money without any order: %s, because nobody can say whose it is', (paid, verdict) => {
  expect(judgePayment(payment(paid), undefined)).toBe(verdict);
});
