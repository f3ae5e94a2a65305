import type { Order } from '../shared/orders/order.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';

/**
 * - MATCHES: the provider's ledger says what the order says, or may say while somebody works on it.
 * - REFUND: money is held or taken for an order that ended without it.
 * - REPORT: they differ in a way that only a person can settle. Giving back the money of an order that is still
 *   processed could complete it unpaid.
 */
export type PaymentDecision = 'MATCHES' | 'REFUND' | 'REPORT';

/** Compares a payment in the provider's ledger with its order. */
export function decidePayment(payment: Payment, order: Order | undefined): PaymentDecision {
  const isHeld = payment.status === 'AUTHORIZED' || payment.status === 'CAPTURED';
  if (!order) return isHeld ? 'REPORT' : 'MATCHES';
  switch (order.status) {
    case 'FAILED':
    case 'CANCELLED':
      return isHeld ? 'REFUND' : 'MATCHES';
    case 'COMPLETED':
      return payment.status === 'CAPTURED' && payment.capturedAmount === order.total ? 'MATCHES' : 'REPORT';
    case 'PENDING':
      return isHeld ? 'REPORT' : 'MATCHES';
    case 'PROCESSING':
    case 'NEEDS_ATTENTION':
      if (order.phase === 'UNDOING') return 'MATCHES';
      if (order.phase === 'CAPTURING') return isHeld ? 'MATCHES' : 'REPORT';
      return payment.status === 'AUTHORIZED' ? 'MATCHES' : 'REPORT';
  }
}
