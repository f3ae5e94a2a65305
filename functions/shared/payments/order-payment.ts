import type { Order, OrderKey, OrderPayment } from '../orders/order.ts';
import { getOrder, type OrdersTable } from '../orders/order-table.ts';
import { keepPaymentId } from '../orders/order-writes.ts';
import {
  type Payment,
  PaymentCaptured,
  PaymentNotCaptured,
  type PaymentProvider,
  type PaymentRequest,
  PaymentUnavailable,
} from './payment-provider.ts';

export interface Payments extends OrdersTable {
  provider: PaymentProvider;
}

const MAX_READS = 3;

/**
 * Gives the customer's money or hold back, whatever the provider's own record says there is: a captured payment is
 * refunded, anything else is voided, and a payment that does not exist is closed before it can begin. Repeating it
 * gives the same answer.
 *
 * @returns the payment as the provider has it afterwards, amounts in minor units.
 * @throws PaymentUnavailable (transient), OrderNotFound.
 */
export async function refund(key: OrderKey, payments: Payments): Promise<{ payment: OrderPayment }> {
  const order = await getOrder(key, payments);
  if (isFree(order)) return { payment: { status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 } };
  const request = requestFor(order, payments);
  for (let reads = 0; reads < MAX_READS; reads++) {
    const found = await payments.provider.findByOrder(request);
    const isPaid = found?.status === 'CAPTURED' || found?.status === 'REFUNDED';
    try {
      return { payment: asShown(await (isPaid ? payments.provider.refund(request) : payments.provider.void(request))) };
    } catch (error) {
      // A late effect came between the look and the act, so that what was seen is no longer so.
      if (!(error instanceof PaymentCaptured || error instanceof PaymentNotCaptured)) throw error;
    }
  }
  throw new PaymentUnavailable('the payment changed under every attempt to give it back');
}

/** No provider takes a payment of nothing, and there is nothing in it to hold, take or give back. */
export function isFree(order: Order): boolean {
  return order.total === 0;
}

/** What the provider needs to know of an order's one payment. */
export function requestFor(order: Order, orders: OrdersTable): PaymentRequest {
  const { orderId, createdAt, total, currency, paymentToken, paymentId } = order;
  return {
    orderId,
    amount: total,
    currency,
    ...(paymentToken !== undefined && { paymentToken }),
    ...(paymentId !== undefined && { paymentId }),
    rememberPaymentId: (learned) => keepPaymentId({ orderId, createdAt }, learned, orders),
  };
}

function asShown({ status, authorizedAmount, capturedAmount, refundedAmount }: Payment): OrderPayment {
  return { status, authorized: authorizedAmount, captured: capturedAmount, refunded: refundedAmount };
}
