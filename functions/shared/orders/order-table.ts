import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Order, OrderKey } from './order.ts';

/** No order has this key, or not yet. */
export class OrderNotFound extends Error {
  override readonly name = 'OrderNotFound';
  constructor(orderId: string) {
    super(`order ${orderId} does not exist`);
  }
}

/**
 * Reads one order by its whole key, consistently.
 *
 * @throws OrderNotFound
 */
export async function getOrder(dynamodb: DynamoDBDocumentClient, table: string, key: OrderKey): Promise<Order> {
  const { Item } = await dynamodb.send(
    new GetCommand({
      TableName: table,
      Key: { orderId: key.orderId, createdAt: key.createdAt },
      ConsistentRead: true,
    }),
  );
  if (!Item) throw new OrderNotFound(key.orderId);
  return Item as Order;
}

/**
 * Reads one order when only its id is known. The marker row of an Idempotency-Key sorts before every date, so that
 * the last row of the partition is the order.
 */
export async function findOrder(
  dynamodb: DynamoDBDocumentClient,
  table: string,
  orderId: string,
): Promise<Order | undefined> {
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'orderId = :orderId',
      ExpressionAttributeValues: { ':orderId': orderId },
      ScanIndexForward: false,
      Limit: 1,
      ConsistentRead: true,
    }),
  );
  const row = Items?.[0];
  return row && row.createdAt !== MARKER ? (row as Order) : undefined;
}

/** Sort key of the row that makes an order id with an Idempotency-Key unique. */
export const MARKER = '#';
