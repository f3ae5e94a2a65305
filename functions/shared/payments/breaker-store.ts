import { GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { TransactionConflict, transact } from '../aws/transact.ts';
import { type Actor, auditEntry } from '../operations/audit.ts';
import type { OperationsTable } from '../operations/operations-table.ts';
import { errorName } from '../runtime/error-name.ts';
import { type Breaker, type BreakerId, breakerKey, closed, newBreaker } from './breaker-state.ts';
import type { BreakerStore } from './circuit-breaker.ts';

/** Reads and writes the breakers in the Operations table. */
export function breakerStore({ dynamodb, operationsTable }: OperationsTable): BreakerStore {
  return {
    async read(id) {
      const { Item } = await dynamodb.send(
        new GetCommand({ TableName: operationsTable, Key: rowKey(id), ConsistentRead: true }),
      );
      return Item ? fromRow(Item) : newBreaker(id);
    },
    async swap(seen, next) {
      try {
        await dynamodb.send(new PutCommand({ TableName: operationsTable, Item: toRow(next), ...unchangedSince(seen) }));
        return true;
      } catch (error) {
        if (errorName(error) === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },
  };
}

/** Every breaker with a recorded failure, by provider and account. They are one partition: one row for each account. */
export async function listBreakers({ dynamodb, operationsTable }: OperationsTable): Promise<Breaker[]> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: operationsTable,
      KeyConditionExpression: 'pk = :breakers',
      ExpressionAttributeValues: { ':breakers': PARTITION },
      ConsistentRead: true,
    },
  );
  const breakers: Breaker[] = [];
  for await (const { Items } of pages) breakers.push(...(Items ?? []).map(fromRow));
  return breakers;
}

/**
 * Closes a breaker for an operator, and writes the audit entry in the same transaction.
 *
 * @returns the closed breaker. Undefined when it was closed already or the account is unknown; then nothing is written.
 * @throws BreakerChanged when the breaker changed at the same moment.
 */
export async function closeBreaker(
  id: BreakerId,
  by: Actor,
  operations: OperationsTable,
): Promise<Breaker | undefined> {
  const { dynamodb, operationsTable } = operations;
  const seen = await breakerStore(operations).read(id);
  if (seen.state === 'CLOSED') return undefined;
  const next = closed(seen);
  const audit = auditEntry('BREAKER_CLOSED', breakerKey(id), by);
  const refusals = await transact(dynamodb, [
    { Put: { TableName: operationsTable, Item: toRow(next), ...unchangedSince(seen) } },
    { Put: { TableName: operationsTable, Item: audit } },
  ]).catch((error) => {
    if (error instanceof TransactionConflict) throw new BreakerChanged(breakerKey(id));
    throw error;
  });
  if (refusals.length > 0) throw new BreakerChanged(breakerKey(id));
  return next;
}

/** The breaker changed after it was read. */
export class BreakerChanged extends Error {
  override readonly name = 'BreakerChanged';
}

const PARTITION = 'BREAKERS';
const rowKey = ({ provider, account }: BreakerId) => ({ pk: PARTITION, sk: `${provider}:${account}` });
const toRow = (breaker: Breaker) => ({ ...rowKey(breaker), ...breaker });

function fromRow({ pk: _pk, sk: _sk, ...breaker }: Record<string, unknown>): Breaker {
  return breaker as unknown as Breaker;
}

function unchangedSince({ version }: Breaker) {
  return version === 0
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': version } };
}
