import type { Thresholds } from './decide-order.ts';
import type { Backlog } from './reconcile-orders.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';

export interface ReconcileSettings extends Thresholds, Backlog {
  /** A notification that is pending for longer than this is overdue. */
  notificationMs: number;
  /** Payments that the provider made or changed within this time are compared with their orders. */
  ledgerMs: number;
}

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
