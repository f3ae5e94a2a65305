import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
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
      Key: declinesKey(customerId, at),
      UpdateExpression: 'ADD declines :one SET expiresAt = :expiresAt',
      ExpressionAttributeValues: { ':one': 1, ':expiresAt': Math.ceil((hourEndsAt(at) + HOUR_MS) / 1000) },
    }),
  );
}

/**
 * Checks that a customer may order now, although some cards were declined. A person has two or three cards and mistypes some
 * of them. Somebody who tests stolen cards has thousands.
 *
 * @param declines of the customer in this hour of the clock.
 * @param at ISO 8601, UTC.
 * @throws Problem TOO_MANY_REQUESTS, with Retry-After until the next hour of the clock.
 */
export function requireFewDeclines(declines: number, at: string, maxDeclinesPerHour: number): void {
  if (declines < maxDeclinesPerHour) return;
  const seconds = Math.ceil((hourEndsAt(at) - Date.parse(at)) / 1000);
  throw new Problem('TOO_MANY_REQUESTS', 'too many cards were declined; try again later', {
    headers: { 'retry-after': String(Math.max(seconds, 1)) },
  });
}

/**
 * The key of the row that counts a customer's declined cards in one hour of the clock, as `declines`.
 *
 * @param at ISO 8601, UTC.
 */
export function declinesKey(customerId: string, at: string) {
  return { pk: `DECLINES#${customerId}`, sk: new Date(at).toISOString().slice(0, 13) };
}

function hourEndsAt(at: string): number {
  return (Math.floor(Date.parse(at) / HOUR_MS) + 1) * HOUR_MS;
}
