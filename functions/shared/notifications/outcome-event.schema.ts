import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

const ERROR_CODES = [
  'OUT_OF_STOCK',
  'PAYMENT_DECLINED',
  'PAYMENT_UNAVAILABLE',
  'VALIDATION_FAILED',
  'INTERNAL',
] as const;

/** An amount of the event's currency, such as 89.97. */
const amount = { type: 'number', minimum: 0 } as const;

/** The members that every event has. */
const common = {
  version: { const: 1 },
  noticeId: { type: 'string', pattern: `${ORDER_ID_PATTERN.slice(0, -1)}:[0-9]+$` },
  orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
  sequence: { type: 'integer', minimum: 0 },
  at: { type: 'string', format: 'date-time' },
  totalAmount: amount,
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

/**
 * What `notify` publishes for one outcome of an order. It holds no personal data. The same outcome always has the same
 * `noticeId`, however often it is published.
 */
export const outcomeEventSchema = {
  oneOf: [
    {
      title: 'OrderCompleted',
      type: 'object',
      additionalProperties: false,
      required,
      properties: { ...common, type: { const: 'OrderCompleted' }, status: { const: 'COMPLETED' } },
    },
    {
      title: 'OrderFailed',
      type: 'object',
      additionalProperties: false,
      required: [...required, 'reasonCode', 'reason'],
      properties: {
        ...common,
        type: { const: 'OrderFailed' },
        status: { const: 'FAILED' },
        reasonCode: { type: 'string', enum: ERROR_CODES },
        // Words that a customer may read.
        reason: { type: 'string', minLength: 1 },
      },
    },
    {
      title: 'OrderCancelled',
      type: 'object',
      additionalProperties: false,
      required: [...required, 'refundedAmount'],
      properties: {
        ...common,
        type: { const: 'OrderCancelled' },
        status: { const: 'CANCELLED' },
        // 0 when nothing was captured.
        refundedAmount: amount,
      },
    },
    {
      title: 'OrderNeedsAttention',
      type: 'object',
      additionalProperties: false,
      required: [...required, 'reason'],
      properties: {
        ...common,
        type: { const: 'OrderNeedsAttention' },
        status: { const: 'NEEDS_ATTENTION' },
        reasonCode: { type: 'string', enum: ERROR_CODES },
        // What the workflow wrote, for operators.
        reason: { type: 'string', minLength: 1 },
        // The state of the workflow that gave up.
        state: { type: 'string', minLength: 1 },
      },
    },
  ],
} as const;

export type OutcomeEvent = FromSchema<typeof outcomeEventSchema>;
