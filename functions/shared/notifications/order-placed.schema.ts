import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

/** The detail of the event `OrderPlaced` on the bus: an order was written. It holds no personal data. */
export const orderPlacedSchema = {
  title: 'OrderPlaced',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'orderId', 'sequence', 'to', 'at'],
  properties: {
    version: { const: 1 },
    orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
    // The first change of every order.
    sequence: { const: 0 },
    to: { const: 'PENDING' },
    at: { type: 'string', format: 'date-time' },
  },
} as const;

export type OrderPlaced = FromSchema<typeof orderPlacedSchema>;
