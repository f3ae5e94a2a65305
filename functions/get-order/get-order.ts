import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Caller } from '../shared/api-handler.ts';
import { isOrderId } from '../shared/order-id.ts';
import { findOrder } from '../shared/order-table.ts';
import { type OrderView, toOrderView } from '../shared/order-view.ts';
import { Problem } from '../shared/problem.ts';

/**
 * One order, as its owner or an operator may see it.
 *
 * @throws Problem VALIDATION_FAILED when the id cannot be an order's, NOT_FOUND when there is none or it is somebody
 * else's: the answer must not tell which.
 */
export async function getOrderFor(
  caller: Caller,
  orderId: string,
  { dynamodb, ordersTable }: { dynamodb: DynamoDBDocumentClient; ordersTable: string },
): Promise<OrderView> {
  if (!isOrderId(orderId)) {
    throw new Problem('VALIDATION_FAILED', 'the path does not hold an order id', {
      errors: [{ pointer: '/orderId', detail: 'must be a UUID in small letters' }],
    });
  }
  const order = await findOrder(dynamodb, ordersTable, orderId);
  if (!order || (order.customerId !== caller.customerId && !caller.isOperator)) {
    throw new Problem('NOT_FOUND', 'there is no such order');
  }
  return toOrderView(order);
}
