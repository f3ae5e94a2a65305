import type { OrderErrorCode, OrderKey, OrderPayment } from '../shared/orders/order.ts';
import { OrderCancelRequested, OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder } from '../shared/orders/order-table.ts';
import { closeToCancels } from '../shared/orders/order-writes.ts';
import { type Payments, refundOrder, requestFor } from '../shared/payments/order-payment.ts';
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
  if (!order.cancelRequested) await payments.provider.requireAvailable?.(request);
  const closing = await closeToCancels(order, executionId, payments);
  if ('refusedBy' in closing) {
    if (closing.refusedBy?.cancelRequested) throw new OrderCancelRequested('a cancel was requested');
    throw new OrderClosed('the order does not allow a capture any more');
  }
  const { status } = await payments.provider.capture(request);
  return { status };
}

/** What the end of an undo depends on, and nothing else: it stays in the execution's history for 90 days. */
export interface UndonePayment {
  /** The payment as the provider has it afterwards. Amounts are minor units. */
  payment: OrderPayment;
  cancelRequested: boolean;
  /** Why the order failed. Absent when nothing failed before the customer cancelled. */
  errorCode?: OrderErrorCode;
}

/**
 * Refunds or voids the payment of an order that is being undone, and tells how the undo is to end. The order is read
 * after BeginUndo, and from then on neither the wish to cancel nor the error can change. It may be repeated.
 *
 * @throws PaymentUnavailable (transient), OrderNotFound.
 */
export async function undoPayment(key: OrderKey, payments: Payments): Promise<UndonePayment> {
  const order = await getOrder(key, payments);
  const { payment } = await refundOrder(order, payments);
  return {
    payment,
    cancelRequested: order.cancelRequested === true,
    ...(order.error && { errorCode: order.error.code }),
  };
}
