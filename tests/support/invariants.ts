import type { Product } from '../../functions/shared/catalogue/product.ts';
import {
  ALLOWED_PREVIOUS,
  type HistoryEntry,
  type Order,
  type OrderStatus,
  OUTCOMES,
} from '../../functions/shared/orders/order.ts';
import type { LedgerRow } from '../../functions/shared/payments/providers/sandbox-ledger.ts';

/** Everything that is known about one order after its last change. */
export interface OrderFacts {
  order: Order;
  /** The provider's record; undefined when it has none of the order. */
  payment: LedgerRow | undefined;
  /** The ids of the notifications that were delivered for it, in the order of arrival, repetitions included. */
  notifications: string[];
}

export interface Leniency {
  /** A notification whose sending was lost, or timed out, may come again under the same id. */
  notificationsMayRepeat?: boolean;
}

/**
 * What is wrong with an order after its last change, in sentences; nothing when money, history and notifications are
 * right.
 */
export function orderViolations({ order, payment, notifications }: OrderFacts, leniency: Leniency = {}): string[] {
  return [
    ...moneyViolations(order, payment),
    ...orderStockViolations(order),
    ...historyViolations(order),
    ...notificationViolations(order, notifications, leniency),
    ...(isOutcome(order.status) ? [] : [`the order is still ${order.status}`]),
  ].map((violation) => `order ${order.orderId} (${order.status}): ${violation}`);
}

/**
 * What is wrong with the stock of products, given how many of each there were and every order that names them.
 */
export function stockViolations(products: Product[], initially: Map<string, number>, orders: Order[]): string[] {
  return products.flatMap((product) => {
    const { productId, available, reserved, sold } = product;
    const held = (stock: Order['stock']) =>
      orders
        .filter((order) => order.stock === stock)
        .flatMap(({ items }) => items)
        .filter((item) => item.productId === productId)
        .reduce((sum, { quantity }) => sum + quantity, 0);
    const expectations: [what: string, found: number, expected: number][] = [
      ['available + reserved + sold', available + reserved + sold, initially.get(productId) ?? Number.NaN],
      ['reserved', reserved, held('RESERVED')],
      ['sold', sold, held('SOLD')],
    ];
    const negative = Math.min(available, reserved, sold) < 0 ? [`product ${productId} has a negative count`] : [];
    return [
      ...negative,
      ...expectations
        .filter(([, found, expected]) => found !== expected)
        .map(([what, found, expected]) => `product ${productId}: ${what} is ${found}, not ${expected}`),
    ];
  });
}

/** The ids of the notifications that an order's history calls for. */
export function expectedNotifications({ orderId, history }: Pick<Order, 'orderId' | 'history'>): string[] {
  return history.flatMap(({ status }, sequence) => (isOutcome(status) ? [`${orderId}:${sequence}`] : []));
}

function moneyViolations(order: Order, payment: LedgerRow | undefined): string[] {
  const { authorizedAmount = 0, capturedAmount = 0, refundedAmount = 0, voided = false } = payment ?? {};
  const kept = capturedAmount - refundedAmount;
  const priced = order.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const mayKeep: Record<OrderStatus, number[]> = {
    PENDING: [0],
    PROCESSING: [0, priced],
    COMPLETED: [priced],
    FAILED: [0],
    CANCELLED: [0],
    NEEDS_ATTENTION: [0, priced],
  };
  const isOpen = authorizedAmount > 0 && capturedAmount === 0 && !voided;
  const isFinished = ['COMPLETED', 'FAILED', 'CANCELLED'].includes(order.status);
  const kinds = payment?.operations.map(({ kind }) => kind) ?? [];
  return [
    ...(mayKeep[order.status].includes(kept) ? [] : [`captured less refunded is ${kept} of ${priced}`]),
    ...(isFinished && isOpen ? ['an authorization is open'] : []),
    ...(voided && capturedAmount > 0 ? ['a voided payment was captured'] : []),
    ...(new Set(kinds).size < kinds.length ? [`an operation took effect twice: ${kinds.join(', ')}`] : []),
    ...(isFinished ? shownPaymentViolations(order, payment) : []),
  ];
}

/** What the row shows of the payment must be what the provider has. */
function shownPaymentViolations({ payment: shown }: Order, payment: LedgerRow | undefined): string[] {
  const { authorizedAmount = 0, capturedAmount = 0, refundedAmount = 0 } = payment ?? {};
  const same =
    shown?.authorized === authorizedAmount && shown.captured === capturedAmount && shown.refunded === refundedAmount;
  return same || (shown === undefined && payment === undefined) ? [] : ['the row shows another payment'];
}

function orderStockViolations({ status, stock }: Order): string[] {
  if (status === 'COMPLETED') return stock === 'SOLD' ? [] : [`its stock is ${stock}`];
  if (status === 'FAILED' || status === 'CANCELLED') {
    return stock === undefined || stock === 'RELEASED' ? [] : [`its stock is ${stock}`];
  }
  return [];
}

function historyViolations({ status, history }: Order): string[] {
  const steps = history.map((entry, index): [HistoryEntry | undefined, HistoryEntry] => [history[index - 1], entry]);
  const wrong = steps.flatMap(([before, { status: to }]) => {
    const allowed: readonly OrderStatus[] = ALLOWED_PREVIOUS[to];
    const ok = before === undefined ? to === 'PENDING' : allowed.includes(before.status);
    return ok ? [] : [`the history goes from ${before?.status ?? 'nothing'} to ${to}`];
  });
  const last = history.at(-1)?.status;
  return [...wrong, ...(last === status ? [] : [`the history ends in ${last}`])];
}

function notificationViolations(
  order: Order,
  notifications: string[],
  { notificationsMayRepeat = false }: Leniency,
): string[] {
  const expected = expectedNotifications(order);
  const distinct = new Set(notifications);
  return [
    ...expected.filter((id) => !distinct.has(id)).map((id) => `notification ${id} was not sent`),
    ...[...distinct].filter((id) => !expected.includes(id)).map((id) => `notification ${id} tells of no outcome`),
    ...(!notificationsMayRepeat && notifications.length > distinct.size
      ? [`a notification was sent twice: ${notifications.join(', ')}`]
      : []),
    ...(order.noticeDue === undefined ? [] : ['a notification is still due']),
  ];
}

function isOutcome(status: OrderStatus): boolean {
  return OUTCOMES.some((outcome) => outcome === status);
}
