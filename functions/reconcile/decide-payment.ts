import type { Order } from '../shared/orders/order.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';

/**
 * - MATCHES: the payment is what the order says, or what it may be while an execution works on the order.
 * - REFUND: money is held or taken for an order that ended as FAILED or CANCELLED.
 * - REPORT: they differ, and an operator has to decide. An automatic refund of an order that is still processed could
 *   lead to a completed order without a payment.
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
