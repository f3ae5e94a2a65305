import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { HistoryEntry } from '../shared/orders/order.ts';
import { NotAnOrderEvent, type OrderWrite } from './order-events.ts';

type Image = Record<string, unknown>;

/** What is read of a row. */
const READ = ['orderId', 'status', 'history', 'total', 'currency', 'error'];

/**
 * What a record of the stream says of an order. Nothing personal is read of the row.
 *
 * @returns undefined when the row is no order, or is removed.
 * @throws NotAnOrderEvent when the order has no history.
 */
export function orderWriteOf({ dynamodb }: DynamoDBRecord): OrderWrite | undefined {
  const now = imageOf(dynamodb?.NewImage);
  if (now?.status === undefined) return undefined;
  const { total, currency, error } = now as { total?: number; currency?: string; error?: { code?: string } };
  return {
    orderId: String(now.orderId),
    before: historyOf(imageOf(dynamodb?.OldImage)),
    after: historyOf(now),
    ...(total !== undefined && { total }),
    ...(currency !== undefined && { currency }),
    ...(error?.code !== undefined && { errorCode: error.code }),
  };
}

/** The types of the stream's records and of the SDK differ in how they say the same. */
function imageOf(image: object | undefined): Image | undefined {
  if (!image) return undefined;
  const read = Object.entries(image as Record<string, AttributeValue>).filter(([name]) => READ.includes(name));
  return unmarshall(Object.fromEntries(read));
}

function historyOf(image: Image | undefined): HistoryEntry[] {
  if (!image) return [];
  if (!Array.isArray(image.history)) throw new NotAnOrderEvent('the order has no history');
  return image.history as HistoryEntry[];
}
