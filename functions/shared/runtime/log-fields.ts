/** What a run of reconcile did, in numbers. */
export const RECONCILE_COUNTS = [
  'resent',
  'started',
  'resumed',
  'escalated',
  'notificationsSent',
  'notificationsOverdue',
  'needAttention',
  'paymentsReturned',
  'ledgerMismatches',
  'failures',
  'unfinished',
] as const;

/**
 * Every field that a log line may have beside those of Powertools. Nothing else comes out of the logger, whatever is
 * given to it: log-formatter.ts hides the value of any other field, at any depth. A name is here only when its value can
 * hold no personal data: ids that we or AWS made, codes, numbers and times.
 */
export const LOG_FIELDS = [
  // In every line that is about one order or one request.
  'orderId',
  'correlationId',
  'action',
  'codeCache',
  'accountId',
  'account',
  'cancelRequested',
  'changed',
  'channel',
  'code',
  'contentType',
  'currency',
  'decision',
  'discarded',
  'error',
  'errorCode',
  'executionId',
  'executionStatus',
  'failed',
  'items',
  'key',
  'limit',
  'lines',
  'marked',
  'messageId',
  'notFound',
  'noticeId',
  'operation',
  'operatorId',
  'outcome',
  'payment',
  'productId',
  'productIds',
  'provider',
  'providerId',
  'published',
  'reason',
  'reasonCode',
  'records',
  'replayed',
  'result',
  'sequenceNumber',
  'state',
  'status',
  'stock',
  'total',
  'type',
  'upload',
  'uploadId',
  // Of a payment.
  'authorized',
  'captured',
  'refunded',
  ...RECONCILE_COUNTS,
] as const;

export type LogField = (typeof LOG_FIELDS)[number];
