import type { Caller } from '../api/caller.ts';
import { Problem } from '../api/problem.ts';
import type { Order } from './order.ts';
import { isOrderId } from './order-id.ts';
import { findOrder, type OrdersTable } from './order-table.ts';

/**
 * The order that a caller names in a path, if it is theirs or they are an operator.
 *
 * @throws Problem VALIDATION_FAILED when the id cannot be an order's, NOT_FOUND when there is none or it is somebody
 * else's: the answer must not tell which.
 */
export async function findCallersOrder(
  caller: Caller,
  orderId: string | undefined,
  orders: OrdersTable,
): Promise<Order> {
  if (orderId === undefined || !isOrderId(orderId)) {
    throw new Problem('VALIDATION_FAILED', 'the path does not hold an order id', {
      errors: [{ pointer: '/orderId', detail: 'must be a UUID in small letters' }],
    });
  }
  const order = await findOrder(orderId, orders);
  if (!order || (order.customerId !== caller.customerId && !caller.isOperator)) {
    throw new Problem('NOT_FOUND', 'there is no such order');
  }
  return order;
}
