import type { OrderKey } from '../shared/orders/order.ts';
import { OrderCancelRequested, OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder } from '../shared/orders/order-table.ts';
import { closeToCancels } from '../shared/orders/order-writes.ts';
import { isFree, type Payments, requestFor } from '../shared/payments/order-payment.ts';
import { type Payment, PaymentDeclined } from '../shared/payments/payment-provider.ts';

export type PaymentStatus = Payment['status'];

/** Told of each authorization that is declined, with the customer whose card it was. */
export type OnDecline = (customerId: string) => Promise<void>;

/**
 * Authorizes the order's total. It may be repeated and gives the same answer.
 *
 * @throws PaymentDeclined, PaymentClosed (both final), PaymentUnavailable (transient), OrderNotFound.
 */
export async function authorize(
  key: OrderKey,
  payments: Payments & { onDecline: OnDecline },
): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(key, payments);
  if (isFree(order)) return { status: 'AUTHORIZED' };
  try {
    const { status } = await payments.provider.authorize(requestFor(order, payments));
    return { status };
  } catch (error) {
    if (error instanceof PaymentDeclined) await payments.onDecline(order.customerId);
    throw error;
  }
}

/**
 * Captures the authorized payment. First it closes the order to cancels, which is the point of no return: a cancel that
 * was requested before refuses that write, and the write refuses every later cancel.
 *
 * @throws OrderCancelRequested and OrderClosed when the write was refused, and nothing is captured; PaymentDeclined and
 * PaymentClosed (final), PaymentUnavailable and TransactionConflictException (transient), OrderNotFound.
 */
export async function capture(
  { executionId, ...key }: OrderKey & { executionId: string },
  payments: Payments,
): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(key, payments);
  const request = requestFor(order, payments);
  // Checked before the order is closed to cancels: an order that waits for the provider can still be cancelled. With a
  // cancel requested already, there is no reason to wait.
  if (!isFree(order) && !order.cancelRequested) await payments.provider.requireAvailable?.(request);
  const closing = await closeToCancels(order, executionId, payments);
  if ('refusedBy' in closing) {
    if (closing.refusedBy?.cancelRequested) throw new OrderCancelRequested('a cancel was requested');
    throw new OrderClosed('the order does not allow a capture any more');
  }
  if (isFree(order)) return { status: 'CAPTURED' };
  const { status } = await payments.provider.capture(request);
  return { status };
}
