import type { Order } from '../shared/orders/order.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';

/**
 * - FITS: the provider's ledger says what the order says, or may say while somebody works on it.
 * - GIVE_BACK: money is held or taken for an order that ended without it.
 * - REPORT: they differ in a way that only a person can settle. Giving back the money of an order that is still
 *   processed could complete it unpaid.
 */
export type PaymentVerdict = 'FITS' | 'GIVE_BACK' | 'REPORT';

/** Compares a payment in the provider's ledger with its order. */
export function judgePayment(payment: Payment, order: Order | undefined): PaymentVerdict {
  const isHeld = payment.status === 'AUTHORIZED' || payment.status === 'CAPTURED';
  if (!order) return isHeld ? 'REPORT' : 'FITS';
  switch (order.status) {
    case 'FAILED':
    case 'CANCELLED':
      return isHeld ? 'GIVE_BACK' : 'FITS';
    case 'COMPLETED':
      return payment.status === 'CAPTURED' && payment.capturedAmount === order.total ? 'FITS' : 'REPORT';
    case 'PENDING':
      return isHeld ? 'REPORT' : 'FITS';
    case 'PROCESSING':
    case 'NEEDS_ATTENTION':
      if (order.phase === 'UNDOING') return 'FITS';
      if (order.phase === 'CAPTURING') return isHeld ? 'FITS' : 'REPORT';
      return payment.status === 'AUTHORIZED' ? 'FITS' : 'REPORT';
  }
}
