/** How one metric is counted. */
export interface MetricKind {
  /** As CloudWatch spells it. */
  unit: 'Count' | 'Milliseconds' | 'Seconds' | 'None';
  /** A dimension besides `service`. Each value of it is a metric of its own, and costs as one. */
  by?: 'account' | 'channel' | 'currency' | 'provider' | 'reason';
  /** With `by`: whether the sum of all values is a metric too. An alarm watches one set of dimensions, and needs it. */
  total?: true;
}

const count = { unit: 'Count' } as const;

/**
 * Every metric that the functions write, by its name. Code, alarms and dashboard take the names from here:
 * `measure` takes no other, and tests/template/monitoring.test.ts holds stacks/monitoring/template.yaml to them.
 * docs/metrics.md says what each means.
 */
export const METRICS = {
  // What became of orders. publish-order-events reads them from the stream of the table.
  OrdersPlaced: count,
  OrderValue: { unit: 'None', by: 'currency' },
  OrdersCompleted: count,
  OrdersFailed: { unit: 'Count', by: 'reason' },
  OrdersCancelled: count,
  OrderOutcomeSeconds: { unit: 'Seconds' },
  OrderOutcomesInTime: count,

  // On the way.
  OrderMessagesNotSent: count,
  OrdersNotFound: count,
  OutOfStock: count,
  CancelsAccepted: count,
  CancelsAwaitingRetry: count,
  RefusedEvents: { unit: 'Count', by: 'reason' },
  ExpectedStepErrors: count,

  // Payments.
  AuthorizeMilliseconds: { unit: 'Milliseconds', by: 'provider' },
  CaptureMilliseconds: { unit: 'Milliseconds', by: 'provider' },
  PaymentsAuthorized: { unit: 'Count', by: 'provider' },
  PaymentsDeclined: { unit: 'Count', by: 'provider' },
  BreakerOpen: { unit: 'Count', by: 'account', total: true },

  // Notifications and events.
  NotificationsPublished: count,
  NotificationsDelivered: { unit: 'Count', by: 'channel', total: true },
  NotificationsSkipped: { unit: 'Count', by: 'channel', total: true },
  NotificationsFailed: { unit: 'Count', by: 'channel', total: true },
  NotificationsSentAgain: count,
  NotificationsOverdue: count,
  OrderEventsPublished: count,
  OrderEventFailures: count,

  // Recovery and operators.
  OrdersNeedingAttention: count,
  UnexpectedExecutionEnds: count,
  EndedExecutionsIgnored: count,
  ExecutionsWithoutOrder: count,
  OrdersAwaitingOperator: count,
  OrdersRetried: count,
  DeadLettersReplayed: count,
  ReconcileRuns: count,
  LedgerSweeps: count,
  OrdersResent: count,
  OrdersRestarted: count,
  OrphanPaymentsReturned: count,
  LedgerMismatches: count,
  ReconcileFailures: count,

  // The rest.
  AuthLimitsReached: count,
  ImagesAccepted: count,
  ImagesRefused: { unit: 'Count', by: 'reason' },
  ColdStarts: count,
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof METRICS;

/** The metrics with a dimension besides `service`. */
type SplitName = { [Name in MetricName]: (typeof METRICS)[Name] extends { by: string } ? Name : never }[MetricName];
type TotalName = { [Name in MetricName]: (typeof METRICS)[Name] extends { total: true } ? Name : never }[MetricName];

/** What `measure` takes after the value: the value of the dimension `by`. With a total it may be left out. */
export type DimensionOf<Name extends MetricName> = Name extends TotalName
  ? [of?: string]
  : Name extends SplitName
    ? [of: string]
    : [];
