import type { Order } from '../shared/orders/order.ts';
import { findOrder } from '../shared/orders/order-table.ts';
import { type Payments, refund, requestFor } from '../shared/payments/order-payment.ts';
import type { Payment, PaymentProvider } from '../shared/payments/payment-provider.ts';
import { decidePayment, type PaymentDecision } from './decide-payment.ts';

/** Every payment that the provider made or changed since a time (ISO 8601), all pages. */
export async function* paymentsSince(
  since: string,
  provider: Pick<PaymentProvider, 'listSince'>,
): AsyncGenerator<Payment> {
  let nextToken: string | undefined;
  do {
    const page = await provider.listSince(since, nextToken);
    yield* page.payments;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Compares one payment with its order, and refunds or voids it when the order ended as FAILED or CANCELLED.
 *
 * The listed payment may be stale. A difference therefore counts only when a new read of the payment shows it, between
 * two reads of the order that show no change.
 */
export async function sweepPayment(listed: Payment, payments: Payments): Promise<PaymentDecision> {
  const order = await findOrder(listed.orderId, payments);
  if (decidePayment(listed, order) === 'MATCHES') return 'MATCHES';
  if (!order) return 'REPORT';
  const payment = await payments.provider.findByOrder(requestFor(order, payments));
  const again = await findOrder(listed.orderId, payments);
  if (!payment || !again || hasChanged(order, again)) return 'MATCHES';
  const decision = decidePayment(payment, again);
  if (decision === 'REFUND') await refund(again, payments);
  return decision;
}

function hasChanged(before: Order, after: Order): boolean {
  return before.history.length !== after.history.length || before.phase !== after.phase;
}
