import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Order, OrderKey } from '../../functions/shared/orders/order.ts';
import { findOrder } from '../../functions/shared/orders/order-table.ts';
import { dynamodb, stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

// Now, because the scheduled reconcile acts on orders that are older.
const CREATED_AT = new Date().toISOString();

/** An order as create-order leaves it, with what the test changes. */
export function orderRow(changes: Partial<Order> = {}): Order {
  const items = changes.items ?? [{ productId: 'PROD-001', name: 'Widget Pro', quantity: 2, unitPrice: 1999 }];
  return {
    orderId: randomUUID(),
    createdAt: CREATED_AT,
    status: 'PENDING',
    customerId: randomUUID(),
    items,
    total: items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    currency: 'USD',
    shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
    paymentMethod: 'credit_card',
    history: [{ status: 'PENDING', at: CREATED_AT }],
    ...changes,
  };
}

/** Writes an order of the test's own into the table. No workflow is started for it. */
export async function putOrder(changes: Partial<Order> = {}): Promise<Order> {
  const order = orderRow(changes);
  await dynamodb.send(new PutCommand({ TableName: stack.ordersTable, Item: order }));
  return order;
}

/** Writes an order that was claimed by the execution named like the order. */
export function putClaimedOrder(changes: Partial<Order> = {}): Promise<Order & { executionId: string }> {
  const orderId = randomUUID();
  return putOrder({ orderId, status: 'PROCESSING', executionId: orderId, ...changes }) as Promise<
    Order & { executionId: string }
  >;
}

/** The order's row as it is now. */
export async function reread({ orderId, createdAt }: OrderKey): Promise<Order> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.ordersTable, Key: { orderId, createdAt }, ConsistentRead: true }),
  );
  return Item as Order;
}

/** The order as the table holds it. */
export async function readOrderRow(orderId: string): Promise<Order> {
  const row = await findOrder(orderId, { dynamodb, ordersTable: stack.ordersTable });
  if (!row) throw new Error(`order ${orderId} does not exist`);
  return row;
}

/** Waits until the order's row has one of these statuses, and returns the row. */
export function waitForStatus(
  orderId: string,
  statuses: Order['status'] | Order['status'][],
  seconds = 60,
): Promise<Order> {
  const wanted = [statuses].flat();
  let seen = 'none';
  return waitFor(
    `order ${orderId} to be ${wanted.join(' or ')}`,
    async () => {
      const row = await readOrderRow(orderId);
      if (row.status !== seen) seen = row.status;
      return wanted.includes(row.status) && row;
    },
    { seconds },
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${seen}`, { cause: error.cause });
  });
}

/** The orders of a customer as the index shows them, which may lag behind the table for a moment. */
export async function ordersOf(customerId: string): Promise<Pick<Order, 'orderId' | 'createdAt' | 'status'>[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: stack.ordersTable,
      IndexName: 'customer-index',
      KeyConditionExpression: 'customerId = :customerId',
      ExpressionAttributeValues: { ':customerId': customerId },
    }),
  );
  return Items as Pick<Order, 'orderId' | 'createdAt' | 'status'>[];
}
