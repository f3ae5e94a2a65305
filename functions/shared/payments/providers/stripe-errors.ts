import type { Stripe } from 'stripe';
import { PaymentDeclined, PaymentRefused, PaymentUnavailable } from '../payment-provider.ts';

/**
 * The port's error for what a call to Stripe threw. The cause of the result is Stripe's own error. An error that is not
 * Stripe's stays as it is.
 */
export function toPortError(error: unknown): Error {
  if (!isStripeError(error)) return error instanceof Error ? error : new Error(String(error));
  const options = { cause: error };
  const reason = [error.decline_code || error.code || error.rawType, error.param, error.requestId]
    .filter(Boolean)
    .join(', ');
  switch (error.type) {
    case 'StripeCardError':
      return error.rawType === 'card_error'
        ? new PaymentDeclined(`Stripe declined: ${reason}`, options)
        : new PaymentRefused(`Stripe refused: ${reason}`, options);
    case 'StripeAPIError':
      // Another call holds the intent or the idempotency key.
      if (error.statusCode === 409) return pending(`Stripe is still working on this payment: ${reason}`, error);
      return new PaymentUnavailable(`Stripe is not available: ${reason}`, options);
    case 'StripeRateLimitError':
    case 'StripeConnectionError':
      return new PaymentUnavailable(`Stripe is not available: ${reason}`, options);
    case 'StripeAuthenticationError':
    case 'StripePermissionError':
      return new PaymentUnavailable(`Stripe does not accept the key: ${reason}`, options);
    case 'StripeInvalidRequestError':
      return isCausedByOrder(error)
        ? new PaymentDeclined(`Stripe declined: ${reason}`, options)
        : new PaymentRefused(`Stripe refused: ${reason}`, options);
    default:
      return new PaymentRefused(`Stripe refused: ${reason}`, options);
  }
}

/** The error for a payment that is not final yet. It does not count against Stripe's health. */
export function pending(message: string, cause?: unknown): PaymentUnavailable {
  return new PaymentUnavailable(message, { isPending: true, cause });
}

/** Whether Stripe refused the API key, as it does after the key was rotated. */
export function isKeyRefused(error: unknown): boolean {
  return isStripeError(error) && ['StripeAuthenticationError', 'StripePermissionError'].includes(error.type);
}

/** Whether Stripe refused a call before it did anything. Then no effect has to be looked for. */
export function hadNoEffect({ cause }: Error): boolean {
  return isStripeError(cause) && [401, 403, 409, 429].includes(cause.statusCode ?? 0);
}

/** Whether an error is the stored answer to an idempotency key, and that answer is a failure of Stripe's own. */
export function isReplayedFailure(error: unknown): boolean {
  return isStripeError(error) && (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true';
}

/** Whether the order is the reason: Stripe does not accept its amount, or its token is not a payment method. */
function isCausedByOrder({ code, param }: Stripe.errors.StripeError): boolean {
  return code === 'amount_too_small' || code === 'amount_too_large' || (param?.startsWith('payment_method') ?? false);
}

/** Recognises Stripe's errors by their fields. `instanceof` would load the SDK. */
function isStripeError(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' && 'rawType' in error;
}
