import { type Caller, may, type Right } from '../api/caller.ts';
import { Problem } from '../api/problem.ts';
import type { Order } from './order.ts';
import { isOrderId } from './order-id.ts';
import { findOrder, type OrdersTable } from './order-table.ts';

/**
 * The order that a request's path names, when it is the caller's own or the caller has the right to others' orders.
 *
 * @param right what the caller needs for an order that is another customer's.
 * @throws Problem VALIDATION_FAILED when the text is not an order id; NOT_FOUND when there is no such order, or when it
 * is another customer's. These two get the same answer, because different ones would tell which ids exist.
 */
export async function findCallersOrder(
  caller: Caller,
  orderId: string | undefined,
  right: Right,
  orders: OrdersTable,
): Promise<Order> {
  if (orderId === undefined || !isOrderId(orderId)) {
    throw new Problem('VALIDATION_FAILED', 'the order id in the path is not valid', {
      errors: [{ pointer: '/orderId', detail: 'must be a UUID in lower case' }],
    });
  }
  const order = await findOrder(orderId, orders);
  if (!order || (order.customerId !== caller.customerId && !may(caller, right))) {
    throw new Problem('NOT_FOUND', 'there is no such order');
  }
  return order;
}
