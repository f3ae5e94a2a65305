import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { HistoryEntry } from '../shared/orders/order.ts';
import { NotAnOrderEvent, type OrderWrite } from './order-events.ts';

type Image = Record<string, unknown>;

/**
 * What a record of the stream says of an order. Of the row only its id and its history are read.
 *
 * @returns undefined when the row is no order, or is removed.
 * @throws NotAnOrderEvent when the order has no history.
 */
export function orderWriteOf({ dynamodb }: DynamoDBRecord): OrderWrite | undefined {
  const now = imageOf(dynamodb?.NewImage);
  if (now?.status === undefined) return undefined;
  return { orderId: String(now.orderId), before: historyOf(imageOf(dynamodb?.OldImage)), after: historyOf(now) };
}

/** The types of the stream's records and of the SDK differ in how they say the same. */
function imageOf(image: object | undefined): Image | undefined {
  if (!image) return undefined;
  const { orderId, status, history } = image as Record<string, AttributeValue>;
  return unmarshall({ ...(orderId && { orderId }), ...(status && { status }), ...(history && { history }) });
}

function historyOf(image: Image | undefined): HistoryEntry[] {
  if (!image) return [];
  if (!Array.isArray(image.history)) throw new NotAnOrderEvent('the order has no history');
  return image.history as HistoryEntry[];
}
