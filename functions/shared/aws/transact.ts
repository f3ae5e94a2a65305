import { type AttributeValue, type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { backOff } from '../runtime/backoff.ts';
import { errorName, isNamed } from '../runtime/error-name.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The transaction met others on the same rows, again and again. It says nothing about any condition: retry later. */
export class TransactionConflict extends Error {
  override readonly name = 'TransactionConflict';
}

/**
 * Writes all items or none.
 *
 * A conflict with another transaction, or throttling, is retried a few times with jitter. It outweighs a refused
 * condition, because what the other transaction writes may change that condition. Only a refusal of the *first* item
 * outweighs it: put the item first whose condition decides whether the transaction is still wanted.
 *
 * @returns why each item was refused, in the order of the items; empty when all was written.
 * @throws TransactionConflict (transient), and everything else that DynamoDB throws.
 */
export async function transact(
  dynamodb: Pick<DynamoDBDocumentClient, 'send'>,
  items: TransactItem[],
): Promise<CancellationReason[]> {
  return retryConflicts(async () => {
    try {
      await dynamodb.send(new TransactWriteCommand({ TransactItems: items }));
      return [];
    } catch (error) {
      if (isNamed(error, SINGLE_CONFLICTS)) throw conflict(error);
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      if (isRefused(reasons[0])) return reasons;
      if (reasons.some(({ Code }) => TRANSIENT_REASONS.includes(Code ?? ''))) throw conflict(error);
      if (reasons.some(isRefused)) return reasons;
      throw error;
    }
  });
}

/** Whether the condition of an item refused the transaction. */
export function isRefused(reason: CancellationReason | undefined): boolean {
  return reason?.Code === 'ConditionalCheckFailed';
}

const MAX_ATTEMPTS = 5;

/**
 * Retries a write while it only conflicts with another one, a few times and with jitter: conflicts last milliseconds,
 * and a retry by the workflow costs a second and a transition. The last conflict is thrown on.
 */
export async function retryConflicts<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isConflict(error)) throw error;
      await backOff(attempt);
    }
  }
}

/** The row that a refusal carries: the document client leaves what comes inside an error as DynamoDB sent it. */
export function rowOf<Row>(item: Record<string, AttributeValue> | undefined): Row | undefined {
  return item && Object.keys(item).length > 0 ? (unmarshall(item) as Row) : undefined;
}

/** The second: the SDK repeated a transaction under its token while the first attempt was still under way. */
const SINGLE_CONFLICTS = ['TransactionConflictException', 'TransactionInProgressException'];
const TRANSIENT_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

function isConflict(error: unknown): boolean {
  return error instanceof TransactionConflict || errorName(error) === 'TransactionConflictException';
}

function conflict(cause: unknown): TransactionConflict {
  return new TransactionConflict('the transaction met another one', { cause });
}
