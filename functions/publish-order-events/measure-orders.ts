import { toDecimal } from '../shared/money.ts';
import type { OrderStatus } from '../shared/orders/order.ts';
import { measure } from '../shared/runtime/metrics.ts';
import type { OrderWrite } from './order-events.ts';

/** The objective: an order reaches its outcome within this many seconds (docs/service-objectives.md). */
export const OBJECTIVE_SECONDS = 60;

const OUTCOMES: readonly OrderStatus[] = ['COMPLETED', 'FAILED', 'CANCELLED'];

/**
 * Measures what one write did to an order, by the entries that it added to the history. An order is placed once, has
 * each outcome at most once, and its time counts to the first outcome: a cancel of a completed order is not a late one.
 */
export function measureOrder({ before, after, total, currency, errorCode }: OrderWrite): void {
  const placedAt = after[0]?.at;
  const first = after.findIndex(({ status }) => OUTCOMES.includes(status));
  for (const [index, { status, at }] of after.entries()) {
    if (index < before.length) continue;
    if (index === 0) {
      measure('OrdersPlaced', 1);
      // The objective compares the two, and cannot compare with what is missing when no order reaches its outcome.
      measure('OrderOutcomesInTime', 0);
      // A metric for each currency, so that amounts of different currencies are not added up.
      if (total !== undefined && currency !== undefined) measure('OrderValue', toDecimal(total), currency);
    }
    if (status === 'COMPLETED') measure('OrdersCompleted', 1);
    if (status === 'FAILED') measure('OrdersFailed', 1, errorCode ?? 'UNKNOWN');
    if (status === 'CANCELLED') measure('OrdersCancelled', 1);
    if (index === first && placedAt !== undefined) {
      const seconds = (Date.parse(at) - Date.parse(placedAt)) / 1000;
      measure('OrderOutcomeSeconds', seconds);
      if (seconds <= OBJECTIVE_SECONDS) measure('OrderOutcomesInTime', 1);
    }
  }
}
