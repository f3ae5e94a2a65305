import type { FromSchema } from 'json-schema-to-ts';
import { reasonSchema } from '../shared/operations/reason.ts';
import { dlqReplaySchema } from './dlq-replay.schema.ts';

export const dlqDiscardSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['messageIds', 'reason'],
  properties: {
    messageIds: dlqReplaySchema.properties.messageIds,
    reason: reasonSchema,
  },
} as const;

/** The dead letters to delete. There is no way to name all of them: each was looked at. */
export type DlqDiscard = FromSchema<typeof dlqDiscardSchema>;
