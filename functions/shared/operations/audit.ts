/** Who did something with an operator's rights, why and when. */
export interface Actor {
  /** The caller's id at the identity provider, not a name. */
  operatorId: string;
  /** Kept where it was given. */
  reason?: string | undefined;
  /** ISO 8601, UTC. */
  at: string;
  /** Makes two acts of the same moment two entries. */
  entryId: string;
}

export type AuditedAction =
  | 'BREAKER_CLOSED'
  | 'BREAKERS_INSPECTED'
  | 'DEAD_LETTERS_INSPECTED'
  | 'DEAD_LETTERS_REPLAYED'
  | 'ORDER_RETRIED'
  | 'PRODUCT_CHANGED';

/**
 * The row of the Operations table that records an operator's act; it is put in the same transaction as what it
 * records where that is a write of ours. A day's entries are one partition, in order of time.
 */
export function auditEntry(action: AuditedAction, subject: string, { operatorId, reason, at, entryId }: Actor) {
  return {
    pk: `AUDIT#${at.slice(0, 10)}`,
    sk: `${at}#${entryId}`,
    action,
    subject,
    operatorId,
    ...(reason !== undefined && { reason }),
    at,
  };
}
