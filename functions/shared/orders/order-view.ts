import type { Caller } from '../api/caller.ts';
import { toDecimal } from '../money.ts';
import type { HistoryEntry, Order } from './order.ts';
import { plainDetail, plainError } from './plain-reason.ts';

/**
 * The order as every route of the API shows it. Amounts are decimals of the order's currency. An operator sees what the
 * workflow wrote about a failure, a customer a plain reason.
 */
export function toOrderView(order: Order, { isOperator }: Pick<Caller, 'isOperator'>) {
  const detailOf = (entry: HistoryEntry) => (isOperator ? entry.detail : plainDetail(entry, order));
  const payment = order.payment ?? { status: 'NONE' as const, authorized: 0, captured: 0, refunded: 0 };
  return {
    orderId: order.orderId,
    status: order.status,
    createdAt: order.createdAt,
    customerId: order.customerId,
    ...(order.customerName !== undefined && { customerName: order.customerName }),
    items: order.items.map(({ productId, name, quantity, unitPrice }) => ({
      productId,
      name,
      quantity,
      price: toDecimal(unitPrice),
    })),
    totalAmount: toDecimal(order.total),
    currency: order.currency,
    shippingAddress: order.shippingAddress,
    paymentMethod: order.paymentMethod,
    payment: {
      status: payment.status,
      authorized: toDecimal(payment.authorized),
      captured: toDecimal(payment.captured),
      refunded: toDecimal(payment.refunded),
    },
    ...(order.reference && { reference: order.reference }),
    ...(order.cancelRequested && { cancelRequested: true as const }),
    ...(order.error && { error: isOperator ? order.error : plainError(order.error) }),
    history: order.history.map((entry, sequence) => {
      const detail = detailOf(entry);
      return { sequence, status: entry.status, at: entry.at, ...(detail !== undefined && { detail }) };
    }),
  };
}

export type OrderView = ReturnType<typeof toOrderView>;
