import type { FromSchema } from 'json-schema-to-ts';
import { text } from '../shared/api/text.ts';
import { reasonSchema } from '../shared/operations/reason.ts';
import { PARTS } from './reconcile-report.ts';

const seconds = { type: 'integer', minimum: 0, maximum: 7776000 } as const;

/** The input of a run, from the schedule or from an operator. `{}` runs every part with the default ages. */
export const reconcileRequestSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    parts: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', enum: PARTS },
    },
    orderId: { type: 'string', minLength: 1, maxLength: 64 },
    pendingAfterSeconds: seconds,
    stuckAfterSeconds: seconds,
    notificationAfterSeconds: seconds,
    ledgerSinceSeconds: seconds,
    // Whom the audit shall name. The schedule has nobody.
    requestedBy: {
      type: 'object',
      additionalProperties: false,
      required: ['operatorId', 'reason'],
      properties: { operatorId: text(256), reason: reasonSchema },
    },
  },
} as const;

export type ReconcileRequest = FromSchema<typeof reconcileRequestSchema>;
