import type { FromSchema } from 'json-schema-to-ts';
import { CURRENCIES } from '../shared/product.ts';
import { reasonSchema } from '../shared/reason.ts';

export const productChangeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  // The reason and something to do.
  minProperties: 2,
  properties: {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$',
    },
    price: { type: 'number', minimum: 0.01, maximum: 1_000_000 },
    currency: { type: 'string', enum: CURRENCIES },
    stockChange: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
    reason: reasonSchema,
  },
} as const;

/** What an operator asks to be changed; what is absent stays as it is. */
export type ProductChange = FromSchema<typeof productChangeSchema>;
