import { toDecimal } from '../money.ts';
import type { HistoryEntry, Order, OrderStatus } from './order.ts';

/** The order as every route of the API shows it. Amounts are decimals of the order's currency. */
export function toOrderView(order: Order) {
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
    ...(order.error && { error: order.error }),
    history: order.history.map(({ status, at, detail, by = cancellerOf(order, status) }, sequence) => ({
      sequence,
      status,
      at,
      ...(detail !== undefined && { detail }),
      ...(by && { by }),
    })),
  };
}

/** The workflow writes the entry of a cancelled order. It does not know who requested the cancel, but the order does. */
function cancellerOf({ cancelledBy }: Order, status: OrderStatus): HistoryEntry['by'] {
  return status === 'CANCELLED' ? cancelledBy : undefined;
}

export type OrderView = ReturnType<typeof toOrderView>;
