import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { OperationsTable } from '../operations/operations-table.ts';

export const CHANNELS = ['email', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * - SENDING: a worker is about to send, or died while it sent.
 * - SENT: the provider has taken the message, and gave it `providerId`.
 * - FAILED: it was not sent, and the queue brings it again.
 * - SKIPPED: it is not to be sent, and `reason` says why.
 * - UNKNOWN: an SMS that was perhaps sent. It is never sent again.
 */
export type DeliveryStatus = 'SENDING' | 'SENT' | 'FAILED' | 'SKIPPED' | 'UNKNOWN';

export type SkipReason = 'NO_SENDER' | 'NO_ADDRESS' | 'NOT_WANTED' | 'COUNTRY_NOT_ALLOWED' | 'NUMBER_NOT_VERIFIED';

/** The row of the Operations table for one notification on one channel. It holds no address. */
export interface Delivery {
  /** `DELIVERIES#<orderId>` */
  pk: string;
  /** `<noticeId>#<channel>` */
  sk: string;
  noticeId: string;
  channel: Channel;
  status: DeliveryStatus;
  /** Of the last write, ISO 8601, UTC. */
  at: string;
  /** How often a worker began to send. */
  attempts: number;
  /** Which attempt has the row. Absent when nobody ever began. */
  attemptId?: string;
  /** When the worker of that attempt has ended for certain, ISO 8601, UTC. */
  leaseUntil?: string;
  providerId?: string;
  /** The name of what failed last. */
  error?: string;
  reason?: SkipReason;
  /** In seconds, for DynamoDB to delete the row. */
  expiresAt: number;
}

export interface DeliveryKey {
  orderId: string;
  noticeId: string;
  channel: Channel;
}

/** The key of a delivery's row. */
export function deliveryKey({ orderId, noticeId, channel }: DeliveryKey): Pick<Delivery, 'pk' | 'sk'> {
  return { pk: partitionOf(orderId), sk: `${noticeId}#${channel}` };
}

/** A delivery as operators see it. */
export type DeliveryView = Pick<
  Delivery,
  'noticeId' | 'channel' | 'status' | 'at' | 'attempts' | 'providerId' | 'error' | 'reason'
>;

/**
 * Every delivery of an order's notifications that is not deleted yet, read consistently. An order has one to three
 * notifications, so that they are one page.
 */
export async function findDeliveries(
  orderId: string,
  { dynamodb, operationsTable }: OperationsTable,
): Promise<DeliveryView[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: operationsTable,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': partitionOf(orderId) },
      ConsistentRead: true,
    }),
  );
  return (Items as Delivery[]).map(toView);
}

function toView({ noticeId, channel, status, at, attempts, providerId, error, reason }: Delivery): DeliveryView {
  return {
    noticeId,
    channel,
    status,
    at,
    attempts,
    ...(providerId !== undefined && { providerId }),
    ...(error !== undefined && { error }),
    ...(reason !== undefined && { reason }),
  };
}

function partitionOf(orderId: string): string {
  return `DELIVERIES#${orderId}`;
}
