import type { Stripe } from 'stripe';
import { type Payment, PaymentDeclined, type PaymentUnavailable } from '../payment-provider.ts';
import { pending } from './stripe-errors.ts';

/**
 * Reads an intent as the port's payment.
 *
 * @returns undefined when the intent holds no money and never took any.
 * @throws PaymentUnavailable while the intent is `processing`: its outcome is open.
 */
export function toPayment(intent: Stripe.PaymentIntent): Payment | undefined {
  const payment = { paymentId: intent.id, orderId: intent.metadata.orderId ?? '' };
  switch (intent.status) {
    case 'requires_capture':
      return {
        ...payment,
        status: 'AUTHORIZED',
        authorizedAmount: intent.amount,
        capturedAmount: 0,
        refundedAmount: 0,
      };
    case 'succeeded': {
      const capturedAmount = intent.amount_received;
      const refundedAmount = refundsOf(intent)
        .filter((refund) => refund.status === 'succeeded')
        .reduce((sum, refund) => sum + refund.amount, 0);
      return {
        ...payment,
        status: refundedAmount >= capturedAmount ? 'REFUNDED' : 'CAPTURED',
        authorizedAmount: intent.amount,
        capturedAmount,
        refundedAmount,
      };
    }
    case 'canceled': {
      const wasAuthorized = chargeOf(intent)?.status === 'succeeded';
      return {
        ...payment,
        status: 'VOIDED',
        authorizedAmount: wasAuthorized ? intent.amount : 0,
        capturedAmount: 0,
        refundedAmount: 0,
      };
    }
    case 'processing':
      throw intentPending(intent);
    default:
      return undefined;
  }
}

/** The error for an intent that has not reached the state that the operation wants, and still may. */
export function intentPending(intent: Stripe.PaymentIntent): PaymentUnavailable {
  return pending(`payment ${intent.id} is ${intent.status}`);
}

/**
 * Whether a refund has started and not finished. Each refund's own status is read, because `charge.refunded` also
 * counts refunds that are not finished.
 */
export function isRefundPending(intent: Stripe.PaymentIntent): boolean {
  return refundsOf(intent).some(({ status }) => status === 'pending' || status === 'requires_action');
}

/** How many refunds of an intent failed. */
export function countFailedRefunds(intent: Stripe.PaymentIntent): number {
  return refundsOf(intent).filter(({ status }) => status === 'failed' || status === 'canceled').length;
}

/** The decline that an intent recorded, or undefined when its card was not declined. */
export function recordedDecline(intent: Stripe.PaymentIntent): PaymentDeclined | undefined {
  const error = intent.last_payment_error;
  if (intent.status !== 'requires_payment_method' || error?.type !== 'card_error') return undefined;
  return new PaymentDeclined(`Stripe declined: ${error.decline_code ?? error.code ?? 'card_error'}`);
}

function refundsOf(intent: Stripe.PaymentIntent): Stripe.Refund[] {
  return chargeOf(intent)?.refunds?.data ?? [];
}

function chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge | undefined {
  return typeof intent.latest_charge === 'object' ? (intent.latest_charge ?? undefined) : undefined;
}
