import type { FromSchema } from 'json-schema-to-ts';
import { reasonSchema } from '../shared/operations/reason.ts';

export const cancelRequestSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: reasonSchema },
} as const;

/** What an operator sends with a cancel. A customer needs no body. */
export type CancelRequest = FromSchema<typeof cancelRequestSchema>;
