import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_STATUSES } from '../orders/order.ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

/** The detail of the event `OrderStatusChanged` on the bus: one change of status. It holds no personal data. */
export const orderStatusChangedSchema = {
  title: 'OrderStatusChanged',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'orderId', 'sequence', 'from', 'to', 'at'],
  properties: {
    version: { const: 1 },
    orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
    // Counts the changes of one order without gaps. OrderPlaced has 0.
    sequence: { type: 'integer', minimum: 1 },
    from: { enum: ORDER_STATUSES },
    to: { enum: ORDER_STATUSES },
    at: { type: 'string', format: 'date-time' },
  },
} as const;

export type OrderStatusChanged = FromSchema<typeof orderStatusChangedSchema>;
