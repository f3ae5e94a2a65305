import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

const ERROR_CODES = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'PAYMENT_UNAVAILABLE',
  'VALIDATION_FAILED',
  'INTERNAL',
] as const;

/** The members that every event has. */
const common = {
  version: { const: 1, description: 'Of this schema. Within a version, members are only added.' },
  noticeId: {
    type: 'string',
    pattern: `${ORDER_ID_PATTERN.slice(0, -1)}:[0-9]+$`,
    description: 'The order id, a colon and the sequence. The same outcome always has the same one.',
  },
  orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
  sequence: { type: 'integer', minimum: 0, description: "The index of the status in the order's history." },
  at: { type: 'string', format: 'date-time', description: 'When the order got this status, in UTC.' },
  totalAmount: { type: 'number', minimum: 0, description: 'The total of the order in its currency, such as 89.97.' },
  currency: { type: 'string', pattern: '^[A-Z]{3}$' },
} as const;
const required = [
  'type',
  'version',
  'noticeId',
  'orderId',
  'sequence',
  'at',
  'status',
  'totalAmount',
  'currency',
] as const;

export const orderCompletedSchema = {
  title: 'OrderCompleted',
  description: 'The order is paid, and its stock is sold.',
  type: 'object',
  additionalProperties: false,
  required,
  properties: { ...common, type: { const: 'OrderCompleted' }, status: { const: 'COMPLETED' } },
} as const;

export const orderFailedSchema = {
  title: 'OrderFailed',
  description: 'The order could not be completed. Nothing is charged, and nothing is reserved.',
  type: 'object',
  additionalProperties: false,
  required: [...required, 'reasonCode', 'reason'],
  properties: {
    ...common,
    type: { const: 'OrderFailed' },
    status: { const: 'FAILED' },
    reasonCode: { type: 'string', enum: ERROR_CODES },
    reason: { type: 'string', minLength: 1, description: 'The reason in words that a customer may read.' },
  },
} as const;

export const orderCancelledSchema = {
  title: 'OrderCancelled',
  description: 'The order was cancelled, before or after its completion. Nothing stays charged or reserved.',
  type: 'object',
  additionalProperties: false,
  required: [...required, 'refundedAmount'],
  properties: {
    ...common,
    type: { const: 'OrderCancelled' },
    status: { const: 'CANCELLED' },
    refundedAmount: { type: 'number', minimum: 0, description: 'What was refunded. 0 when nothing was captured.' },
  },
} as const;

export const orderNeedsAttentionSchema = {
  title: 'OrderNeedsAttention',
  description: 'The order could neither be completed nor undone. An operator looks at it and retries it.',
  type: 'object',
  additionalProperties: false,
  required: [...required, 'reason'],
  properties: {
    ...common,
    type: { const: 'OrderNeedsAttention' },
    status: { const: 'NEEDS_ATTENTION' },
    reasonCode: { type: 'string', enum: ERROR_CODES, description: 'Why the order was to be undone, if it was.' },
    reason: { type: 'string', minLength: 1, description: 'What the workflow wrote, for operators.' },
    state: { type: 'string', minLength: 1, description: 'The state of the workflow that gave up, if one did.' },
  },
} as const;

/**
 * What `notify` publishes for one outcome of an order. It holds no personal data. The same outcome always has the same
 * `noticeId`, however often it is published.
 */
export const outcomeEventSchema = {
  oneOf: [orderCompletedSchema, orderFailedSchema, orderCancelledSchema, orderNeedsAttentionSchema],
} as const;

export type OutcomeEvent = FromSchema<typeof outcomeEventSchema>;
