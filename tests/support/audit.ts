import { paginateQuery } from '@aws-sdk/lib-dynamodb';
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

/** What operators did to a subject since yesterday, oldest first. A test near midnight needs both days. */
export async function auditOf(subject: string): Promise<AuditRow[]> {
  const days = [86_400_000, 0].map((ago) => new Date(Date.now() - ago).toISOString().slice(0, 10));
  const rows: AuditRow[] = [];
  for (const day of days) {
    const pages = paginateQuery(
      { client: dynamodb },
      {
        TableName: stack.operationsTable,
        KeyConditionExpression: 'pk = :day',
        FilterExpression: 'subject = :subject',
        ExpressionAttributeValues: { ':day': `AUDIT#${day}`, ':subject': subject },
        ConsistentRead: true,
      },
    );
    for await (const { Items } of pages) rows.push(...((Items ?? []) as AuditRow[]));
  }
  return rows;
}
