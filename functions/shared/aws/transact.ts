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

/** Every attempt conflicted with other writes to the same rows. No condition was decided: retry later. */
export class TransactionConflict extends Error {
  override readonly name = 'TransactionConflict';
}

/**
 * Writes all items or none.
 *
 * A conflict with another transaction, or throttling, is retried a few times with jitter. It is retried even when a
 * condition was refused too, because the other transaction may change what the condition reads. There is one exception:
 * nothing is retried when the condition of the *first* item was refused. Put the item first whose condition decides
 * whether the transaction is still wanted.
 *
 * @returns for each item, in their order, why it was refused; an empty list when everything was written.
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
 * Retries a write that conflicts with another one, a few times and with jitter. A conflict lasts milliseconds, and a
 * retry by the workflow would cost a second and a state transition.
 *
 * @throws the conflict of the last attempt, and any other error at once.
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

/** The row that came with a refusal. The document client does not convert what is inside an error, so this does. */
export function rowOf<Row>(item: Record<string, AttributeValue> | undefined): Row | undefined {
  return item && Object.keys(item).length > 0 ? (unmarshall(item) as Row) : undefined;
}

/** TransactionInProgressException: the SDK repeated a transaction whose first attempt was still running. */
const SINGLE_CONFLICTS = ['TransactionConflictException', 'TransactionInProgressException'];
const TRANSIENT_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

function isConflict(error: unknown): boolean {
  return error instanceof TransactionConflict || errorName(error) === 'TransactionConflictException';
}

function conflict(cause: unknown): TransactionConflict {
  return new TransactionConflict('the transaction conflicted with another write', { cause });
}
