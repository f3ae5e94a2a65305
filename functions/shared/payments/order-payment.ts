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
 * Compensates the order's payment. The provider's own record decides how: a captured payment is refunded, any other is
 * voided, and one that does not exist is voided before it can begin. It may be repeated and gives the same answer.
 *
 * @returns the payment as the provider has it afterwards. Amounts are minor units.
 * @throws PaymentUnavailable (transient), OrderNotFound.
 */
export async function refund(key: OrderKey, payments: Payments): Promise<{ payment: OrderPayment }> {
  return refundOrder(await getOrder(key, payments), payments);
}

/**
 * As `refund`, for an order that has been read already.
 *
 * @throws PaymentUnavailable (transient).
 */
export async function refundOrder(order: Order, payments: Payments): Promise<{ payment: OrderPayment }> {
  const request = requestFor(order, payments);
  for (let reads = 0; reads < MAX_READS; reads++) {
    const found = await payments.provider.findByOrder(request);
    const isPaid = found?.status === 'CAPTURED' || found?.status === 'REFUNDED';
    try {
      return {
        payment: toOrderPayment(await (isPaid ? payments.provider.refund(request) : payments.provider.void(request))),
      };
    } catch (error) {
      // A capture or a void took effect after the payment was read.
      if (!(error instanceof PaymentCaptured || error instanceof PaymentNotCaptured)) throw error;
    }
  }
  throw new PaymentUnavailable('the payment changed during every attempt to refund or void it');
}

/** The request to a provider for the order's one payment. */
export function requestFor(order: Order, orders: OrdersTable): PaymentRequest {
  const { orderId, createdAt, total, currency, paymentToken, paymentId } = order;
  return {
    orderId,
    amount: total,
    currency,
    ...(paymentToken !== undefined && { paymentToken }),
    ...(paymentId !== undefined && { paymentId }),
    keepPaymentId: (id) => keepPaymentId({ orderId, createdAt }, id, orders),
  };
}

function toOrderPayment({ status, authorizedAmount, capturedAmount, refundedAmount }: Payment): OrderPayment {
  return { status, authorized: authorizedAmount, captured: capturedAmount, refunded: refundedAmount };
}
