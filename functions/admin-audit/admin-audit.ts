import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { readLimit } from '../shared/api/page-limit.ts';
import { queryFrom, readPageToken, writePageToken } from '../shared/api/page-token.ts';
import { AUDIT_PARTITION, type auditEntry } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';

/** An act of an operator as the API shows it. */
export interface AuditView {
  /** ISO 8601, UTC. */
  at: string;
  action: string;
  /** What was acted on, such as an order's id. */
  target: string;
  operatorId: string;
  /** Absent when the operator gave none, where that is allowed. */
  reason?: string;
}

export interface AuditPage {
  items: AuditView[];
  nextToken?: string;
}

/** A page ends at an entry, by its sort key. */
const POSITION = [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z#[0-9a-f-]{36}$/];

/**
 * A page of what operators did, newest first. Only a missing `nextToken` means that it is the last.
 *
 * @throws Problem VALIDATION_FAILED
 */
export async function listAudit(
  query: { limit?: string | undefined; nextToken?: string | undefined },
  { dynamodb, operationsTable }: OperationsTable,
): Promise<AuditPage> {
  const limit = readLimit(query.limit);
  const position = query.nextToken === undefined ? undefined : readPageToken(query.nextToken, POSITION);
  const { Items, LastEvaluatedKey } = await queryFrom(position, () =>
    dynamodb.send(
      new QueryCommand({
        TableName: operationsTable,
        KeyConditionExpression: 'pk = :audit',
        ExpressionAttributeValues: { ':audit': AUDIT_PARTITION },
        ScanIndexForward: false,
        Limit: limit,
        // An operator who has just acted looks for the entry.
        ConsistentRead: true,
        ...(position && { ExclusiveStartKey: { pk: AUDIT_PARTITION, sk: position[0] } }),
      }),
    ),
  );
  return {
    items: ((Items ?? []) as ReturnType<typeof auditEntry>[]).map(toView),
    ...(LastEvaluatedKey && { nextToken: writePageToken([String(LastEvaluatedKey.sk)]) }),
  };
}

function toView({ at, action, subject, operatorId, reason }: ReturnType<typeof auditEntry>): AuditView {
  return { at, action, target: subject, operatorId, ...(reason !== undefined && { reason }) };
}
