import type { OrderPlaced } from '../shared/notifications/order-placed.schema.ts';
import validateOrderPlaced from '../shared/notifications/order-placed.validator.js';
import type { OrderStatusChanged } from '../shared/notifications/order-status-changed.schema.ts';
import validateOrderStatusChanged from '../shared/notifications/order-status-changed.validator.js';
import type { HistoryEntry } from '../shared/orders/order.ts';

/** An event of the bus: its detail type, and its detail. */
export type OrderEvent =
  | { type: 'OrderPlaced'; detail: OrderPlaced }
  | { type: 'OrderStatusChanged'; detail: OrderStatusChanged };

/** The row gives no event that fits its schema. Repeating it does not help. */
export class NotAnOrderEvent extends Error {
  override readonly name = 'NotAnOrderEvent';
}

/** One write to an order: its history before and after it. */
export interface OrderWrite {
  orderId: string;
  /** Empty when the write made the row. */
  before: readonly HistoryEntry[];
  after: readonly HistoryEntry[];
  /** Minor units. For the metrics, as are the two below; no event has them. */
  total?: number;
  currency?: string;
  /** Why the order failed. */
  errorCode?: string;
}

/**
 * The events of one write: one for each entry that it added to the history, oldest first. A write that added none gives
 * none. However the history of an order is cut into writes, each of its entries gives one event.
 *
 * @throws NotAnOrderEvent when an entry does not fit its schema. Then nothing of this write is told.
 */
export function orderEventsOf({ orderId, before, after }: OrderWrite): OrderEvent[] {
  return after.slice(before.length).map(({ status: to, at }, index) => {
    const sequence = before.length + index;
    if (sequence === 0) {
      const detail: unknown = { version: 1, orderId, sequence, to, at };
      if (!validateOrderPlaced(detail)) throw notAnEvent('OrderPlaced', validateOrderPlaced.errors);
      return { type: 'OrderPlaced', detail };
    }
    const detail: unknown = { version: 1, orderId, sequence, from: after[sequence - 1]?.status, to, at };
    if (!validateOrderStatusChanged(detail)) throw notAnEvent('OrderStatusChanged', validateOrderStatusChanged.errors);
    return { type: 'OrderStatusChanged', detail };
  });
}

/** It names the members that are wrong and not their values, which may be anything. */
function notAnEvent(type: string, errors: { instancePath: string; keyword: string }[] | null | undefined) {
  const wrong = (errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`.trim());
  return new NotAnOrderEvent(`${type}: ${wrong.join(', ')}`);
}
