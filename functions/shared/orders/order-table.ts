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

/** Reads one order by its id alone, consistently. An id has one row. */
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
  return Items?.[0] as Order | undefined;
}

/**
 * The row of the Orders table that gives a customer's order its number: 0, 1, 2 … without a gap. It is written in one
 * transaction with its order, and never changes.
 */
export interface OrderNumber {
  number: number;
  /** The key of the order that has the number. */
  orderKey: OrderKey;
}

/** The key of a customer's n-th order number. It is no order id, so that no path and no message can name it. */
export function orderNumberKey(customerId: string, number: number): OrderKey {
  return { orderId: `${NUMBERS_OF}${customerId}`, createdAt: `#${String(number).padStart(10, '0')}` };
}

/** The newest order number of a customer, read consistently. Undefined before the first order. */
export async function newestOrderNumber(
  customerId: string,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<OrderNumber | undefined> {
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: ordersTable,
      KeyConditionExpression: 'orderId = :orderId',
      ExpressionAttributeValues: { ':orderId': `${NUMBERS_OF}${customerId}` },
      ScanIndexForward: false,
      Limit: 1,
      ConsistentRead: true,
    }),
  );
  return Items?.[0] as OrderNumber | undefined;
}

/** A customer's n-th order number, read consistently. */
export async function readOrderNumber(
  customerId: string,
  number: number,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<OrderNumber | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: ordersTable, Key: orderNumberKey(customerId, number), ConsistentRead: true }),
  );
  return Item as OrderNumber | undefined;
}

const NUMBERS_OF = 'NUMBERS#';
