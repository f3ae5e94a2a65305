import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { AUDIT_PARTITION } from '../../functions/shared/operations/audit.ts';
import { dynamodb, stack } from './stack.ts';

export interface AuditRow {
  action: string;
  subject: string;
  operatorId: string;
  reason?: string;
  /** ISO 8601, UTC. */
  at: string;
  [more: string]: unknown;
}

/** What operators did to a subject since yesterday, oldest first. */
export async function auditOf(subject: string): Promise<AuditRow[]> {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString();
  const rows: AuditRow[] = [];
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: stack.operationsTable,
      KeyConditionExpression: 'pk = :audit AND sk > :yesterday',
      FilterExpression: 'subject = :subject',
      ExpressionAttributeValues: { ':audit': AUDIT_PARTITION, ':yesterday': yesterday, ':subject': subject },
      ConsistentRead: true,
    },
  );
  for await (const { Items } of pages) rows.push(...((Items ?? []) as AuditRow[]));
  return rows;
}
