import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Order, OrderKey } from './order.ts';

/** The table of orders, and the client that reaches it. */
export interface OrdersTable {
  dynamodb: DynamoDBDocumentClient;
  ordersTable: string;
}

/** There is no order with this key, or not yet. */
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
export async function getOrder(key: OrderKey, { dynamodb, ordersTable }: OrdersTable): Promise<Order> {
  const { Item } = await dynamodb.send(
    new GetCommand({
      TableName: ordersTable,
      Key: { orderId: key.orderId, createdAt: key.createdAt },
      ConsistentRead: true,
    }),
  );
  if (!Item) throw new OrderNotFound(key.orderId);
  return Item as Order;
}

/**
 * Reads one order by its id alone, consistently. The last row of the partition is the order, because the sort key of an
 * idempotency record comes before every date.
 */
export async function findOrder(orderId: string, { dynamodb, ordersTable }: OrdersTable): Promise<Order | undefined> {
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: ordersTable,
      KeyConditionExpression: 'orderId = :orderId',
      ExpressionAttributeValues: { ':orderId': orderId },
      ScanIndexForward: false,
      Limit: 1,
      ConsistentRead: true,
    }),
  );
  const row = Items?.[0];
  return row && row.createdAt !== IDEMPOTENCY_RECORD ? (row as Order) : undefined;
}

/** Sort key of an idempotency record, the row that lets an Idempotency-Key create only one order. */
export const IDEMPOTENCY_RECORD = '#';
