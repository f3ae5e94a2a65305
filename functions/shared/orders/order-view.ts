import { type Caller, may } from '../api/caller.ts';
import { toDecimal } from '../money.ts';
import type { HistoryEntry, Order, OrderStatus } from './order.ts';
import { plainDetail, plainError } from './plain-reason.ts';

/**
 * The order as every route of the API shows it. Amounts are decimals of the order's currency. Who may see all orders
 * sees what the workflow wrote about a failure. A customer sees a plain reason.
 */
export function toOrderView(order: Order, caller: Caller) {
  const seesAll = may(caller, 'SEE_ALL_ORDERS');
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
    ...(order.error && { error: seesAll ? order.error : plainError(order.error) }),
    history: order.history.map((entry, sequence) => {
      const { status, at, by = cancellerOf(order, status) } = entry;
      const detail = seesAll ? entry.detail : plainDetail(entry, order);
      return { sequence, status, at, ...(detail !== undefined && { detail }), ...(by && { by }) };
    }),
  };
}

/** The workflow writes the entry of a cancelled order. It does not know who requested the cancel, but the order does. */
function cancellerOf({ cancelledBy }: Order, status: OrderStatus): HistoryEntry['by'] {
  return status === 'CANCELLED' ? cancelledBy : undefined;
}

export type OrderView = ReturnType<typeof toOrderView>;
