import type { FromSchema } from 'json-schema-to-ts';
import { reasonSchema } from '../shared/operations/reason.ts';

export const retryRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  properties: { reason: reasonSchema },
} as const;

/** What an operator sends with a retry. */
export type RetryRequest = FromSchema<typeof retryRequestSchema>;
