import type { FromSchema } from 'json-schema-to-ts';
import { text } from '../shared/api/text.ts';
import { CURRENCIES } from '../shared/catalogue/product.ts';
import { reasonSchema } from '../shared/operations/reason.ts';

export const productChangeSchema = {
  type: 'object',
  additionalProperties: false,
  // At least one change: a reason alone is not a change.
  anyOf: [
    { properties: { name: {} }, required: ['name'] },
    { properties: { price: {} }, required: ['price'] },
    { properties: { currency: {} }, required: ['currency'] },
    { properties: { stockChange: {} }, required: ['stockChange'] },
  ],
  properties: {
    name: text(200),
    price: { type: 'number', minimum: 0.01, maximum: 1_000_000 },
    currency: { type: 'string', enum: CURRENCIES },
    stockChange: { type: 'integer', minimum: -1_000_000, maximum: 1_000_000 },
    reason: reasonSchema,
  },
} as const;

/** What an operator changes. What is absent stays as it is. */
export type ProductChange = FromSchema<typeof productChangeSchema>;
