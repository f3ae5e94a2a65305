import { type LogField, RECONCILE_COUNTS } from './log-fields.ts';

interface LogCodeEntry {
  /** One line, for whoever reads the log. */
  meaning: string;
  /** What the line says beside the fields that every line has. */
  fields: readonly LogField[];
}

/**
 * Every message that a function logs. The logger takes no other one, and no other fields. docs/observability.md has the
 * same table. Functions import only its types, so that it is in no bundle.
 */
export const LOG_CODES = {
  ORDER_CREATED: { meaning: 'an order was accepted and written', fields: ['lines', 'total', 'currency'] },
  ORDER_REPLAYED: { meaning: 'a repeated request got the order that it had made before', fields: ['status'] },
  ORDER_MESSAGE_NOT_SENT: { meaning: 'an accepted order is not in the queue; reconcile sends it', fields: ['error'] },
  REQUEST_REFUSED: { meaning: 'a request got a problem document', fields: ['code'] },
  REQUEST_FAILED: { meaning: 'a request got INTERNAL, for a reason that the caller does not see', fields: ['error'] },
  AUTH_LIMIT_REACHED: { meaning: 'Cognito is at a limit, or cannot send its mails', fields: ['limit'] },
  RIGHTS_WITHHELD: {
    meaning: 'an account without a second factor got no rights of an operator',
    fields: ['accountId'],
  },

  ORDER_VALID: {
    meaning: 'an execution has claimed the order and goes forward',
    fields: ['items', 'total', 'currency'],
  },
  ORDER_NOT_FOUND: { meaning: 'an execution has no order', fields: ['error'] },
  ORDER_INVALID: { meaning: "the order's row contradicts itself; it is undone", fields: ['error'] },
  PAYMENT_DONE: {
    meaning: 'the provider did what was asked: authorize, capture or refund',
    fields: ['operation', 'provider', 'status', 'payment', 'cancelRequested', 'errorCode'],
  },
  PAYMENT_DECLINED: { meaning: 'the issuer of the card declined', fields: ['operation', 'provider'] },
  PAYMENT_UNAVAILABLE: {
    meaning: 'the provider gave no clear answer; the workflow asks again',
    fields: ['operation', 'provider', 'error'],
  },
  DECLINE_NOT_COUNTED: { meaning: "a decline is missing in the customer's count of them", fields: ['error'] },
  BREAKER_OPEN: {
    meaning: 'a payment account fails, and its orders wait',
    fields: ['provider', 'account', 'state', 'failures'],
  },
  BREAKER_CLOSED: {
    meaning: 'a payment account is used again; operatorId says who closed it by hand',
    fields: ['provider', 'account', 'state', 'failures', 'operatorId'],
  },
  BREAKER_NOT_REACHED: { meaning: "a breaker's row could not be read or written; calls are made", fields: ['error'] },
  STOCK_CHANGED: { meaning: 'stock was reserved or released', fields: ['operation', 'stock'] },
  OUT_OF_STOCK: { meaning: 'products are short, and nothing is reserved', fields: ['productIds'] },
  EVENT_REFUSED: { meaning: 'a step came late or twice, and the row refused it', fields: ['reason'] },
  OUTCOME_PUBLISHED: {
    meaning: 'an outcome of the order was published; a repeat has the same noticeId',
    fields: ['outcome', 'reasonCode', 'noticeId', 'currency'],
  },
  NOTIFICATIONS_PUBLISHED: {
    meaning: 'all pending outcomes of the order were published',
    fields: ['published', 'marked'],
  },

  NOTIFICATION_DELIVERY: {
    meaning: 'what became of one outcome on one channel: sent, skipped or done before',
    fields: ['messageId', 'noticeId', 'type', 'channel', 'result', 'providerId', 'reason'],
  },
  NOTIFICATION_NOT_SENT: {
    meaning: 'the customer was not told on one channel; the queue brings an e-mail again',
    fields: ['messageId', 'noticeId', 'type', 'channel', 'result', 'error'],
  },
  NOTIFICATION_LEFT_IN_QUEUE: {
    meaning: 'a message could not be handled, and comes again or ends in the dead-letter queue',
    fields: ['messageId', 'error'],
  },
  NOTIFICATION_LEFT_TO_RECONCILE: {
    meaning: 'operators are told an escalation later, by reconcile',
    fields: ['error'],
  },

  ENDED_EXECUTION_IGNORED: {
    meaning: 'an execution ended as designed, or for another one',
    fields: ['result', 'executionId', 'executionStatus'],
  },
  EXECUTION_WITHOUT_ORDER: {
    meaning: 'an execution ended that belongs to no order',
    fields: ['result', 'executionId', 'executionStatus'],
  },
  ORDER_NEEDS_ATTENTION: {
    meaning: 'an execution ended without an outcome; an operator has to act',
    fields: ['result', 'executionId', 'executionStatus'],
  },

  CANCEL_ACCEPTED: {
    meaning: 'a cancel was accepted; operatorId says who, if not the customer',
    fields: ['status', 'operatorId'],
  },
  CANCEL_WAITS_FOR_RETRY: { meaning: 'the order needs attention; a retry undoes it', fields: [] },
  CANCEL_NOT_STARTED_YET: { meaning: 'reconcile starts the execution of a cancel', fields: ['executionId', 'error'] },
  ORDER_RETRIED: { meaning: 'an operator let an order go on', fields: ['executionId', 'operatorId'] },
  RETRY_NOT_STARTED_YET: { meaning: 'reconcile starts the execution of a retry', fields: ['executionId', 'error'] },
  DEAD_LETTERS_REPLAYED: {
    meaning: 'an operator put messages back into the order queue',
    fields: ['operatorId', 'replayed', 'failed', 'notFound'],
  },
  DEAD_LETTERS_DISCARDED: {
    meaning: 'an operator deleted messages that no replay can help',
    fields: ['operatorId', 'discarded', 'failed', 'notFound'],
  },
  PRODUCT_CHANGED: {
    meaning: 'an operator changed a product; changed names what',
    fields: ['productId', 'operatorId', 'changed'],
  },
  UPLOAD_SIGNED: {
    meaning: 'an operator may upload one image',
    fields: ['productId', 'contentType', 'uploadId', 'operatorId'],
  },
  IMAGE_CHECKED: {
    meaning: 'what became of an uploaded image',
    fields: ['upload', 'decision', 'key', 'productId', 'reason'],
  },

  RECONCILED: {
    meaning: 'a run of reconcile came to its end; the numbers are what it did',
    fields: RECONCILE_COUNTS,
  },
  ORDER_MESSAGE_RESENT: { meaning: 'reconcile put an order into the queue again', fields: ['error'] },
  ORDER_EXECUTION_STARTED: { meaning: "reconcile started an order's execution", fields: ['error'] },
  ORDER_RESUMED: { meaning: 'reconcile let an order go on', fields: ['error'] },
  ORDER_ESCALATED: { meaning: 'reconcile could not help; an operator has to act', fields: ['error'] },
  NOTIFICATION_SENT_AGAIN: { meaning: 'reconcile published an overdue outcome', fields: ['error'] },
  ORPHAN_PAYMENT_RETURNED: { meaning: 'money was held for an ended order, and is given back', fields: ['error'] },
  LEDGER_MISMATCH: { meaning: "the provider's record and the order differ; a person settles it", fields: ['error'] },
  RECONCILE_FAILED: { meaning: 'reconcile could not do a part of its work', fields: ['error'] },

  ORDER_EVENTS_PUBLISHED: { meaning: 'changes of orders are on the bus', fields: ['published', 'records'] },
  ORDER_EVENTS_NOT_PUBLISHED: { meaning: 'changes of orders are not on the bus yet', fields: ['failed'] },
} as const satisfies Record<string, LogCodeEntry>;

export type LogCode = keyof typeof LOG_CODES;

/** What a line may say beside what its code has: set by the handler for all its lines, or by a batch for one of them. */
export type CommonField = 'orderId' | 'correlationId' | 'action' | 'codeCache';

export type FieldOf<Code extends LogCode> = (typeof LOG_CODES)[Code]['fields'][number] | CommonField;
