import type { OrderKey } from '../shared/orders/order.ts';
import { OrderCancelRequested, OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder } from '../shared/orders/order-table.ts';
import { closeToCancels } from '../shared/orders/order-writes.ts';
import { isFree, type Payments, requestFor } from '../shared/payments/order-payment.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';

export type PaymentStatus = Payment['status'];

/**
 * Holds the order's total on the customer's card. Repeating it gives the same answer.
 *
 * @throws PaymentDeclined, PaymentClosed (both final), PaymentUnavailable (transient), OrderNotFound.
 */
export async function authorize(key: OrderKey, payments: Payments): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(key, payments);
  if (isFree(order)) return { status: 'AUTHORIZED' };
  const { status } = await payments.provider.authorize(requestFor(order, payments));
  return { status };
}

/**
 * Takes the money that was held, after it has closed the order to cancels: the gate is a write that a cancel refuses,
 * and that refuses every cancel after it.
 *
 * @throws OrderCancelRequested and OrderClosed at the gate, nothing being captured then; PaymentDeclined,
 * PaymentClosed (both final), PaymentUnavailable and TransactionConflictException (transient), OrderNotFound.
 */
export async function capture(
  { executionId, ...key }: OrderKey & { executionId: string },
  payments: Payments,
): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(key, payments);
  const request = requestFor(order, payments);
  // An order that only waits for its provider can still be cancelled; one that was is not made to wait.
  if (!isFree(order) && !order.cancelRequested) await payments.provider.requireAvailable?.(request);
  const gate = await closeToCancels(order, executionId, payments);
  if ('refusedBy' in gate) {
    if (gate.refusedBy?.cancelRequested) throw new OrderCancelRequested('a cancel was requested');
    throw new OrderClosed('the order takes no capture any more');
  }
  if (isFree(order)) return { status: 'CAPTURED' };
  const { status } = await payments.provider.capture(request);
  return { status };
}
