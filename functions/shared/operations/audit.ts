import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TransactItem } from '../aws/transact.ts';
import type { OperationsTable } from './operations-table.ts';

/** Who uses an operator's rights, why and when. */
export interface Actor {
  /** The operator's id at the identity provider, not a name. */
  operatorId: string;
  /** Present when the operator gave one. */
  reason?: string | undefined;
  /** ISO 8601, UTC. */
  at: string;
  /** Keeps two acts of the same millisecond apart. */
  entryId: string;
}

export type AuditedAction =
  | 'BREAKER_CLOSED'
  | 'BREAKERS_INSPECTED'
  | 'DEAD_LETTERS_DISCARDED'
  | 'DEAD_LETTERS_INSPECTED'
  | 'DEAD_LETTERS_REPLAYED'
  | 'IMAGE_UPLOAD_SIGNED'
  | 'ORDER_CANCELLED'
  | 'ORDER_RETRIED'
  | 'PRODUCT_CHANGED'
  | 'RECONCILE_REQUESTED';

/** An operator who acts now. */
export function actingNow(operatorId: string, reason?: string): Actor {
  return { operatorId, reason, at: new Date().toISOString(), entryId: randomUUID() };
}

/**
 * All entries are one partition, in order of time, so that a query reads them newest first. A partition takes 1,000
 * writes per second, which is far more than the API lets operators do.
 */
export const AUDIT_PARTITION = 'AUDIT';

/**
 * The row of the Operations table that records an operator's act. When the act is a write of ours, the row is put in
 * the same transaction.
 */
export function auditEntry(action: AuditedAction, subject: string, { operatorId, reason, at, entryId }: Actor) {
  return {
    pk: AUDIT_PARTITION,
    sk: `${at}#${entryId}`,
    action,
    subject,
    operatorId,
    ...(reason !== undefined && { reason }),
    at,
  };
}

/** The same row, for the transaction of the act. */
export function auditItem(entry: ReturnType<typeof auditEntry>, operationsTable: string): TransactItem {
  return { Put: { TableName: operationsTable, Item: entry } };
}

/** Records an act that cannot be in one transaction with its entry. The entry is written before the act. */
export async function writeAuditEntry(
  entry: ReturnType<typeof auditEntry> & Record<string, unknown>,
  { dynamodb, operationsTable }: OperationsTable,
): Promise<void> {
  await dynamodb.send(new PutCommand({ TableName: operationsTable, Item: entry }));
}
