import type { Stripe } from 'stripe';
import { type Payment, PaymentDeclined, PaymentRefused, type PaymentRequest } from '../payment-provider.ts';
import { isReplay, type StripeCalls } from './stripe-calls.ts';

// Which PaymentIntent is the payment of an order. The id of the first intent is kept on the order's row before the
// intent is confirmed, and no other id ever replaces it. Therefore only the kept intent can hold money.

/**
 * Kept on the order's row instead of an id when Stripe refuses to create an intent. It is the tombstone of a payment
 * that was voided before it began.
 */
const NO_INTENT = 'none';

/** The id of the intent that the order's row keeps, or undefined when it keeps none. */
export function keptIntentId({ paymentId }: PaymentRequest): string | undefined {
  return paymentId === NO_INTENT ? undefined : paymentId;
}

/**
 * The order's intent as it is now. It is created, and its id is kept, when the order has none.
 *
 * @returns undefined when the payment was voided without an intent.
 */
export async function orderIntent(
  request: PaymentRequest,
  stripe: StripeCalls,
): Promise<Stripe.PaymentIntent | undefined> {
  if (request.paymentId) return readKept(request.paymentId, stripe);
  const created = await stripe.write(`${request.orderId}:create`, (client, options) =>
    client.paymentIntents.create(
      {
        amount: request.amount,
        currency: request.currency.toLowerCase(),
        capture_method: 'manual',
        payment_method_types: ['card'],
        metadata: { orderId: request.orderId },
      },
      options,
    ),
  );
  const kept = await keepId(request, created.id);
  // A stored answer shows the intent as it was when it was new.
  return kept === created.id && !isReplay(created) ? created : readKept(kept, stripe);
}

/**
 * As `orderIntent`. When Stripe refuses to create an intent, the tombstone is kept instead of an id, so that an
 * authorization that arrives later is refused.
 */
export async function orderIntentToVoid(
  request: PaymentRequest,
  stripe: StripeCalls,
): Promise<Stripe.PaymentIntent | undefined> {
  try {
    return await orderIntent(request, stripe);
  } catch (error) {
    if (!(error instanceof PaymentDeclined || error instanceof PaymentRefused)) throw error;
    return readKept(await keepId(request, NO_INTENT), stripe);
  }
}

/** The payment of an order that was voided without an intent. */
export function voidedWithoutIntent({ orderId }: PaymentRequest): Payment {
  return {
    paymentId: NO_INTENT,
    orderId,
    status: 'VOIDED',
    authorizedAmount: 0,
    capturedAmount: 0,
    refundedAmount: 0,
  };
}

async function readKept(id: string, stripe: StripeCalls): Promise<Stripe.PaymentIntent | undefined> {
  return id === NO_INTENT ? undefined : stripe.retrieveIntent(id);
}

/** Keeps an id on the order's row unless the row has one, and returns the id that the row has then. */
async function keepId({ orderId, keepPaymentId }: PaymentRequest, id: string): Promise<string> {
  if (!keepPaymentId) throw new TypeError(`the request for order ${orderId} has no keepPaymentId`);
  return keepPaymentId(id);
}
