import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_STATUSES } from '../orders/order.ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

/** The detail of the event `OrderStatusChanged` on the bus. */
export const orderStatusChangedSchema = {
  title: 'OrderStatusChanged',
  description: 'The status of an order changed. This is the detail of the event on the bus.',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'orderId', 'sequence', 'from', 'to', 'at'],
  properties: {
    version: { const: 1 },
    orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
    sequence: {
      type: 'integer',
      minimum: 1,
      description: 'Counts the changes of one order without gaps. OrderPlaced has 0.',
    },
    from: { type: 'string', enum: ORDER_STATUSES, description: 'The status that the order had before.' },
    to: { type: 'string', enum: ORDER_STATUSES, description: 'The status that the order got.' },
    at: { type: 'string', format: 'date-time', description: 'When it got the status, in UTC.' },
  },
} as const;

export type OrderStatusChanged = FromSchema<typeof orderStatusChangedSchema>;
