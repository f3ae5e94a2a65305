/** The parts of a run, in their order. */
export const PARTS = ['orders', 'notifications', 'ledger'] as const;
export type Part = (typeof PARTS)[number];

/** What a run did, as numbers of orders, notifications and payments. */
export interface ReconcileReport {
  resent: number;
  started: number;
  resumed: number;
  escalated: number;
  notificationsSent: number;
  /** Orders whose overdue notifications could not be delivered by this run either. */
  notificationsOverdue: number;
  /** Orders that wait for an operator. */
  needAttention: number;
  paymentsReturned: number;
  ledgerMismatches: number;
  failures: number;
  /** The parts for which there was not enough time. The next run begins with the oldest orders again. */
  unfinished: Part[];
}

/** One thing that a run did, or failed to do, for one order or payment. */
export interface Finding {
  code:
    | 'ORDER_MESSAGE_RESENT'
    | 'ORDER_EXECUTION_STARTED'
    | 'ORDER_RESUMED'
    | 'ORDER_ESCALATED'
    | 'NOTIFICATION_SENT_AGAIN'
    | 'ORPHAN_PAYMENT_RETURNED'
    | 'LEDGER_MISMATCH'
    | 'RECONCILE_FAILED';
  orderId?: string;
  correlationId?: string;
  error?: Error;
}

export function emptyReport(): ReconcileReport {
  return {
    resent: 0,
    started: 0,
    resumed: 0,
    escalated: 0,
    notificationsSent: 0,
    notificationsOverdue: 0,
    needAttention: 0,
    paymentsReturned: 0,
    ledgerMismatches: 0,
    failures: 0,
    unfinished: [],
  };
}
