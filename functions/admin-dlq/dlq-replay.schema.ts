import type { FromSchema } from 'json-schema-to-ts';
import { reasonSchema } from '../shared/operations/reason.ts';

export const dlqReplaySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  properties: {
    messageIds: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[A-Za-z0-9-]{1,100}$' },
    },
    limit: { type: 'integer', minimum: 1, maximum: 100 },
    reason: reasonSchema,
  },
} as const;

/** The dead letters to send again: those named, or any when none is named. The limit is 100 when it is absent. */
export type DlqReplay = FromSchema<typeof dlqReplaySchema>;
