import type { Thresholds } from './decide-order.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';

export interface ReconcileSettings extends Thresholds {
  /** A notification that is pending for longer than this is overdue. */
  notificationMs: number;
  /** Payments that the provider made or changed within this time are compared with their orders. */
  ledgerMs: number;
  /** With more messages than this in the queue, a PENDING order waits for its turn, and its message is not lost. */
  maxBacklog: number;
  /** The most orders of one status that a run looks at. The others wait for the next run. */
  maxOrders: number;
  /** The least time for one order. It keeps DescribeExecution within its quota. */
  orderMs: number;
  /** How many notifications or payments are worked on at once. */
  workers: number;
}

/**
 * The limits that are not parameters of the stack.
 *
 * Each order costs one DescribeExecution. AWS refills 10 of them a second (15 in three regions), for all that the
 * account does. `orderMs` takes at most 8 of these. `maxOrders` of two statuses take 2 × 750 × 125 ms = 188 s of the
 * function's 300 s, and leave the rest to the notifications. 100,000 orders a day are 347 in the five minutes between
 * two runs, so that a run can look at more than twice as many as can have become overdue since the last.
 *
 * A ledger of 100,000 payments at 5 ms for the read of an order takes 500 s one by one, and 50 s with 10 workers.
 * docs/reconcile.md has the whole sum.
 *
 * A message is sent again after 10 minutes and from then on every 10 to 15 minutes. With `maxResends` an order that
 * nobody can dispatch is escalated after 2 hours and 15 minutes at the latest.
 */
export const LIMITS = {
  maxResends: 8,
  maxRetries: 5,
  maxBacklog: 10,
  maxOrders: 750,
  orderMs: 125,
  workers: 10,
} as const satisfies Partial<ReconcileSettings>;

/** The settings of one run: the defaults, or what the request says. The age of an `orderId` does not matter. */
export function settingsFor(request: ReconcileRequest, defaults: ReconcileSettings): ReconcileSettings {
  const { pendingAfterSeconds, stuckAfterSeconds, notificationAfterSeconds, ledgerSinceSeconds } = request;
  const isOneOrder = request.orderId !== undefined;
  const age = (seconds: number | undefined, ms: number) => (seconds === undefined ? ms : seconds * 1000);
  return {
    ...defaults,
    pendingMs: age(pendingAfterSeconds, isOneOrder ? 0 : defaults.pendingMs),
    stuckMs: age(stuckAfterSeconds, isOneOrder ? 0 : defaults.stuckMs),
    notificationMs: age(notificationAfterSeconds, isOneOrder ? 0 : defaults.notificationMs),
    ledgerMs: age(ledgerSinceSeconds, defaults.ledgerMs),
  };
}
