import type { FromSchema } from 'json-schema-to-ts';
import { reasonSchema } from '../shared/operations/reason.ts';
import { PAYMENT_PROVIDERS } from '../shared/payments/providers/names.ts';

export const breakerCloseSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['account', 'reason'],
  properties: {
    account: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' },
    provider: { type: 'string', enum: PAYMENT_PROVIDERS },
    reason: reasonSchema,
  },
} as const;

/** The breaker to close. The provider in use is meant when `provider` is absent. */
export type BreakerClose = FromSchema<typeof breakerCloseSchema>;
