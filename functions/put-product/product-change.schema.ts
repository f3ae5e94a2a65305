import type { FromSchema } from 'json-schema-to-ts';
import { CURRENCIES } from '../shared/product.ts';
import { reasonSchema } from '../shared/reason.ts';
import { text } from '../shared/text.ts';

export const productChangeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  // The reason and something to do.
  minProperties: 2,
  properties: {
    name: text(200),
    price: { type: 'number', minimum: 0.01, maximum: 1_000_000 },
    currency: { type: 'string', enum: CURRENCIES },
    stockChange: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
    reason: reasonSchema,
  },
} as const;

/** What an operator asks to be changed; what is absent stays as it is. */
export type ProductChange = FromSchema<typeof productChangeSchema>;
