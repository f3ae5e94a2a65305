import { Problem } from '../shared/api/problem.ts';
import type { OrderStatus } from '../shared/orders/order.ts';
import { getOrder, OrderNotFound, type OrderNumber, type OrdersTable } from '../shared/orders/order-table.ts';

/** How much one customer may order. Each is at least 1. */
export interface OrderCaps {
  /** Orders that are PENDING or PROCESSING since they were placed. */
  maxOpenOrders: number;
  /** Orders placed within any 60 minutes. */
  maxOrdersPerHour: number;
  /** Declined cards in one hour of the clock. */
  maxDeclinesPerHour: number;
}

/** The two earlier orders that decide whether order n may be placed. One that does not exist is undefined. */
export interface EarlierOrders {
  /** The status of order n − maxOpenOrders. */
  statusBefore: OrderStatus | undefined;
  /** When order n − maxOrdersPerHour was placed, ISO 8601. */
  placedBefore: string | undefined;
}

const HOUR_MS = 3_600_000;
/** Nobody can tell when an order ends. Most take seconds, and one that waits for its provider takes minutes. */
const OPEN_RETRY_AFTER_SECONDS = 60;

/**
 * Whether order n of a customer has to wait.
 *
 * The caps follow from two earlier orders alone. Suppose more than K orders are open. Two of them have numbers i < j with
 * the same remainder of division by K. Then order i + K was placed, which needs order i to have ended. So at most K are
 * open. The same holds for orders per hour: of more than M orders, two have the same remainder of division by M, and
 * those were placed at least an hour apart. No order counts another, so that nothing has to be counted in one place.
 *
 * @param now ISO 8601, the time that order n would have as its own.
 * @returns seconds after which it may be tried again, or undefined when it may be placed now.
 */
export function waitBeforeOrder({ statusBefore, placedBefore }: EarlierOrders, now: string): number | undefined {
  if (placedBefore !== undefined) {
    const waitMs = Date.parse(placedBefore) + HOUR_MS - Date.parse(now);
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
  }
  if (statusBefore === 'PENDING' || statusBefore === 'PROCESSING') return OPEN_RETRY_AFTER_SECONDS;
  return undefined;
}

/** The numbers of the earlier orders that decide about order n. One below 0 is no order's. */
export function decidingNumbers(
  number: number,
  { maxOpenOrders, maxOrdersPerHour }: Pick<OrderCaps, 'maxOpenOrders' | 'maxOrdersPerHour'>,
): { open: number; hour: number } {
  return { open: number - maxOpenOrders, hour: number - maxOrdersPerHour };
}

/**
 * Checks that a customer may place order n now. The order has to be written under exactly this number, because the check
 * is worth nothing for another one.
 *
 * @param now ISO 8601, the `createdAt` of the order.
 * @param earlier the rows of `decidingNumbers`, read consistently.
 * @throws Problem TOO_MANY_REQUESTS with Retry-After.
 */
export async function requireRoom(
  { open, hour }: { open: number; hour: number },
  now: string,
  earlier: ReadonlyMap<number, OrderNumber>,
  orders: OrdersTable,
): Promise<void> {
  const statusBefore = await statusOf(earlier.get(open), orders);
  const seconds = waitBeforeOrder({ statusBefore, placedBefore: earlier.get(hour)?.orderKey.createdAt }, now);
  if (seconds === undefined) return;
  throw new Problem('TOO_MANY_REQUESTS', 'you have placed many orders; wait a while before the next one', {
    headers: { 'retry-after': String(seconds) },
  });
}

async function statusOf(orderNumber: OrderNumber | undefined, orders: OrdersTable): Promise<OrderStatus | undefined> {
  if (!orderNumber) return undefined;
  try {
    return (await getOrder(orderNumber.orderKey, orders)).status;
  } catch (error) {
    // Somebody deleted an order. One that is not there is not open.
    if (error instanceof OrderNotFound) return undefined;
    throw error;
  }
}
