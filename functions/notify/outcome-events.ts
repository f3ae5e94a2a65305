import { toDecimal } from '../shared/money.ts';
import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import { type HistoryEntry, type Order, OUTCOMES, type Outcome } from '../shared/orders/order.ts';
import { plainError } from '../shared/orders/plain-reason.ts';

/**
 * The events of an order that are not published yet, oldest first. They are made from the row alone, so that a repeat
 * says the same.
 */
export function pendingEvents(order: Order): OutcomeEvent[] {
  return order.history
    .map((entry, sequence) => ({ entry, sequence }))
    .slice(order.announced ?? 0)
    .filter((one): one is { entry: HistoryEntry & { status: Outcome }; sequence: number } => isOutcome(one.entry))
    .map(({ entry, sequence }) => eventOf(order, entry, sequence));
}

function eventOf(
  order: Order,
  { status, at, detail }: HistoryEntry & { status: Outcome },
  sequence: number,
): OutcomeEvent {
  const { orderId, currency, error } = order;
  const common = {
    version: 1 as const,
    noticeId: `${orderId}:${sequence}`,
    orderId,
    sequence,
    at,
    totalAmount: toDecimal(order.total),
    currency,
  };
  switch (status) {
    case 'COMPLETED':
      return { type: 'OrderCompleted', status, ...common };
    case 'FAILED': {
      const { code, message } = plainError(error ?? { code: 'INTERNAL' });
      return { type: 'OrderFailed', status, ...common, reasonCode: code, reason: message };
    }
    case 'CANCELLED':
      return { type: 'OrderCancelled', status, ...common, refundedAmount: toDecimal(order.payment?.refunded ?? 0) };
    case 'NEEDS_ATTENTION': {
      const state = stateThatGaveUp(detail);
      return {
        type: 'OrderNeedsAttention',
        status,
        ...common,
        ...(error && { reasonCode: error.code }),
        reason: detail || 'the history of the order has no reason',
        ...(state !== undefined && { state }),
      };
    }
  }
}

/** The workflow's own details begin with the name of the state. Those of others, such as escalate-order's, name none. */
function stateThatGaveUp(detail: string | undefined): string | undefined {
  return /^([A-Z]\w+) did not succeed/.exec(detail ?? '')?.[1];
}

function isOutcome(entry: HistoryEntry): entry is HistoryEntry & { status: Outcome } {
  return OUTCOMES.some((outcome) => outcome === entry.status);
}
