import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../api/problem.ts';
import type { OperationsTable } from '../operations/operations-table.ts';

const HOUR_MS = 3_600_000;

/**
 * Counts a declined card of a customer.
 *
 * @param at ISO 8601, UTC.
 */
export async function countDecline(
  customerId: string,
  at: string,
  { dynamodb, operationsTable }: OperationsTable,
): Promise<void> {
  await dynamodb.send(
    new UpdateCommand({
      TableName: operationsTable,
      Key: counterKey(customerId, at),
      UpdateExpression: 'ADD declines :one SET expiresAt = :expiresAt',
      ExpressionAttributeValues: { ':one': 1, ':expiresAt': Math.ceil((hourEndsAt(at) + HOUR_MS) / 1000) },
    }),
  );
}

/**
 * Checks that a customer may order now, although some cards were declined. A person has two or three cards and mistypes some
 * of them. Somebody who tests stolen cards has thousands.
 *
 * @param at ISO 8601, UTC.
 * @throws Problem TOO_MANY_REQUESTS, with Retry-After until the next hour of the clock.
 */
export async function requireFewDeclines(
  customerId: string,
  at: string,
  maxDeclinesPerHour: number,
  { dynamodb, operationsTable }: OperationsTable,
): Promise<void> {
  const { Item } = await dynamodb.send(new GetCommand({ TableName: operationsTable, Key: counterKey(customerId, at) }));
  if (typeof Item?.declines !== 'number' || Item.declines < maxDeclinesPerHour) return;
  const seconds = Math.ceil((hourEndsAt(at) - Date.parse(at)) / 1000);
  throw new Problem('TOO_MANY_REQUESTS', 'too many cards were declined; try again later', {
    headers: { 'retry-after': String(Math.max(seconds, 1)) },
  });
}

function counterKey(customerId: string, at: string) {
  return { pk: `DECLINES#${customerId}`, sk: new Date(at).toISOString().slice(0, 13) };
}

function hourEndsAt(at: string): number {
  return (Math.floor(Date.parse(at) / HOUR_MS) + 1) * HOUR_MS;
}
