import type { Order, OrderKey } from '../shared/orders/order.ts';
import { OrderCancelRequested, OrderInvalid, OrderNotMine, OrderUndoing } from '../shared/orders/order-errors.ts';
import { OrderNotFound, type OrdersTable } from '../shared/orders/order-table.ts';
import { claim } from '../shared/orders/order-writes.ts';

export interface Validation extends OrdersTable {
  /** ISO 8601, UTC. */
  at: string;
}

/** What the rest of the workflow sees of a valid order. It contains no personal data. */
export interface ValidOrder {
  items: { productId: string; quantity: number }[];
  /** Minor units. */
  total: number;
  currency: string;
}

/**
 * Claims the order for an execution and checks that it can be charged. Every execution begins with it, retries and
 * cancels included. The same execution may repeat it.
 *
 * @throws OrderNotFound when there is no such row; OrderNotMine when another execution owns the order or it has ended;
 * OrderUndoing and OrderCancelRequested when it has to be compensated; OrderInvalid when its row contradicts itself;
 * TransactionConflictException (transient).
 */
export async function validateOrder(
  { orderId, createdAt, executionId }: OrderKey & { executionId: string },
  { at, ...orders }: Validation,
): Promise<ValidOrder> {
  const claimed = await claim({ orderId, createdAt }, executionId, at, orders);
  const order = 'written' in claimed ? claimed.written : claimed.refusedBy;
  if (!order) throw new OrderNotFound(orderId);
  if (order.status !== 'PROCESSING' || order.executionId !== executionId) {
    throw new OrderNotMine(`the order is ${order.status} and its owner is ${order.executionId ?? 'no execution'}`);
  }
  if (order.phase === 'UNDOING') throw new OrderUndoing('the compensation of the order has begun');
  if (order.cancelRequested) throw new OrderCancelRequested('a cancel was requested');
  const faults = faultsOf(order);
  if (faults.length > 0) throw new OrderInvalid(faults.join('; '));
  return {
    items: order.items.map(({ productId, quantity }) => ({ productId, quantity })),
    total: order.total,
    currency: order.currency,
  };
}

const MAX_ITEMS = 50;

/**
 * Everything that is wrong in an order's row. The prices are not compared with the catalogue, because the prices at the
 * time of the order count. The stock is not checked, because only the reservation decides about it.
 */
export function faultsOf({ items, total, currency }: Pick<Order, 'items' | 'total' | 'currency'>): string[] {
  if (!Array.isArray(items) || items.length < 1 || items.length > MAX_ITEMS) {
    return [`an order has 1 to ${MAX_ITEMS} items`];
  }
  const isWhole = (amount: number, least: number) => Number.isSafeInteger(amount) && amount >= least;
  const checks: [fault: string, found: boolean][] = [
    ['an item has no product', items.some(({ productId }) => typeof productId !== 'string' || productId === '')],
    ['a quantity is not a positive integer', items.some(({ quantity }) => !isWhole(quantity, 1))],
    ['a price is not an integer of minor units', items.some(({ unitPrice }) => !isWhole(unitPrice, 0))],
    ['a product appears twice', new Set(items.map(({ productId }) => productId)).size < items.length],
    ['the total is not an integer of minor units', !isWhole(total, 0)],
    [
      'the total is not the sum of the items',
      items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0) !== total,
    ],
    ['the currency is not a code of three letters', !/^[A-Z]{3}$/.test(currency)],
  ];
  return checks.filter(([, found]) => found).map(([fault]) => fault);
}
