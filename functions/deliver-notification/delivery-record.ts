import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { rowOf } from '../shared/aws/transact.ts';
import { type Delivery, type DeliveryKey, deliveryKey, type SkipReason } from '../shared/notifications/delivery.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';

// Every write to a delivery, each with its number in docs/protocol.md.

/** How long a delivery is kept, for operators who are asked about it. */
const KEPT_DAYS = 30;

/** The row after the write, or the row that refused it (undefined: there is none). */
export type DeliveryWritten = { written: Delivery } | { refusedBy: Delivery | undefined };

/** One worker's attempt. */
export interface Attempt {
  attemptId: string;
  /** ISO 8601, UTC. */
  now: string;
  /** When this worker will have ended for certain, ISO 8601, UTC. */
  leaseUntil: string;
}

/**
 * Write 18: this attempt is going to send. The row has to say so before anything is sent.
 *
 * Allowed from nothing and FAILED. An e-mail is also taken over from a worker that has ended, so that it is sent at
 * least once. An SMS never is, so that it is sent at most once.
 */
export async function beginDelivery(
  key: DeliveryKey,
  { attemptId, now, leaseUntil }: Attempt,
  table: OperationsTable,
): Promise<DeliveryWritten> {
  const result = await write(key, now, table, {
    set: 'attempts = if_not_exists(attempts, :zero) + :one, attemptId = :attemptId, leaseUntil = :leaseUntil',
    remove: 'REMOVE #error',
    when: mayBegin(key),
    status: 'SENDING',
    values: { ':zero': 0, ':one': 1, ':attemptId': attemptId, ':leaseUntil': leaseUntil, ...beginValues(key) },
  });
  // The answer to the client's first try was lost, and its second found the row of the first.
  return isMine(result, attemptId, 'SENDING') ? { written: result.refusedBy } : result;
}

/** Write 19: nothing is to be sent. Allowed from where an attempt may begin. */
export function skipDelivery(
  key: DeliveryKey,
  reason: SkipReason,
  now: string,
  table: OperationsTable,
): Promise<DeliveryWritten> {
  return write(key, now, table, {
    set: 'attempts = if_not_exists(attempts, :zero), reason = :reason',
    remove: 'REMOVE #error',
    when: mayBegin(key),
    status: 'SKIPPED',
    values: { ':zero': 0, ':reason': reason, ...beginValues(key) },
  });
}

/** How an attempt ended. */
export type AttemptEnd =
  | { status: 'SENT'; providerId: string }
  | { status: 'FAILED'; error: string }
  | { status: 'UNKNOWN'; error: string };

/** Write 20: how this attempt ended. Allowed while the row is SENDING by this very attempt. */
export async function endDelivery(
  key: DeliveryKey,
  { attemptId }: Pick<Attempt, 'attemptId'>,
  end: AttemptEnd,
  now: string,
  table: OperationsTable,
): Promise<DeliveryWritten> {
  const result = await write(key, now, table, {
    set: 'providerId' in end ? 'providerId = :end' : '#error = :end',
    remove: '',
    when: '#status = :sending AND attemptId = :attemptId',
    status: end.status,
    values: {
      ':end': 'providerId' in end ? end.providerId : end.error,
      ':sending': 'SENDING',
      ':attemptId': attemptId,
    },
  });
  return isMine(result, attemptId, end.status) ? { written: result.refusedBy } : result;
}

/**
 * Write 21: the worker of an SMS has ended, and nobody knows whether it sent. Allowed while the row is SENDING by the
 * attempt that was seen, and its time is over.
 */
export function giveUpSms(
  key: DeliveryKey & { channel: 'sms' },
  { attemptId }: Pick<Delivery, 'attemptId'>,
  now: string,
  table: OperationsTable,
): Promise<DeliveryWritten> {
  return write(key, now, table, {
    set: '#error = :error',
    remove: '',
    when: '#status = :sending AND attemptId = :attemptId AND leaseUntil <= :now',
    status: 'UNKNOWN',
    values: { ':error': 'WorkerEnded', ':sending': 'SENDING', ':attemptId': attemptId },
  });
}

function mayBegin({ channel }: DeliveryKey): string {
  const fresh = 'attribute_not_exists(pk) OR #status = :failed';
  return channel === 'email' ? `${fresh} OR (#status = :sending AND leaseUntil <= :now)` : fresh;
}

function beginValues({ channel }: DeliveryKey): Record<string, unknown> {
  return { ':failed': 'FAILED', ...(channel === 'email' && { ':sending': 'SENDING' }) };
}

function isMine(
  result: DeliveryWritten,
  attemptId: string,
  status: Delivery['status'],
): result is { refusedBy: Delivery } {
  return 'refusedBy' in result && result.refusedBy?.attemptId === attemptId && result.refusedBy.status === status;
}

async function write(
  { orderId, noticeId, channel }: DeliveryKey,
  now: string,
  { dynamodb, operationsTable }: OperationsTable,
  parts: { set: string; remove: string; when: string; status: Delivery['status']; values: Record<string, unknown> },
): Promise<DeliveryWritten> {
  const { set, remove, when, status, values } = parts;
  const namesError = /#error/.test(`${set}${remove}`);
  try {
    const { Attributes } = await dynamodb.send(
      new UpdateCommand({
        TableName: operationsTable,
        Key: deliveryKey({ orderId, noticeId, channel }),
        UpdateExpression:
          `SET noticeId = :noticeId, channel = :channel, #status = :status, #at = :now, expiresAt = :expiresAt, ${set} ${remove}`.trim(),
        ConditionExpression: when,
        ExpressionAttributeNames: { '#status': 'status', '#at': 'at', ...(namesError && { '#error': 'error' }) },
        ExpressionAttributeValues: {
          ':noticeId': noticeId,
          ':channel': channel,
          ':status': status,
          ':now': now,
          ':expiresAt': Math.floor(Date.parse(now) / 1000) + KEPT_DAYS * 24 * 3600,
          ...values,
        },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { written: Attributes as Delivery };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { refusedBy: rowOf<Delivery>(error.Item) };
  }
}
