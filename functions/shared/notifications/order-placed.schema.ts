import type { FromSchema } from 'json-schema-to-ts';
import { ORDER_ID_PATTERN } from '../orders/order-id.ts';

/** The detail of the event `OrderPlaced` on the bus. */
export const orderPlacedSchema = {
  title: 'OrderPlaced',
  description: 'An order was placed. This is the detail of the event on the bus.',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'orderId', 'sequence', 'to', 'at'],
  properties: {
    version: { const: 1 },
    orderId: { type: 'string', pattern: ORDER_ID_PATTERN },
    sequence: { const: 0, description: 'The first of the changes of an order.' },
    to: { const: 'PENDING', description: 'The status that the order has now.' },
    at: { type: 'string', format: 'date-time', description: 'When it was placed, in UTC.' },
  },
} as const;

export type OrderPlaced = FromSchema<typeof orderPlacedSchema>;
