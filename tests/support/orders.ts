import type { CreateOrderResources } from '../../functions/create-order/create-order.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { call } from './api.ts';
import { NO_CAPS } from './order-rows.ts';
import { dynamodb, stack } from './stack.ts';

/** A request for an order that is in order. */
export function orderRequest(
  items: { productId: string; quantity: number }[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    items,
    shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
    paymentMethod: 'credit_card',
    ...more,
  };
}

/** Places an order over HTTP, which has to be accepted. */
export async function placeOrder(
  customer: { idToken: string },
  request: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await call('POST', '/orders', { token: customer.idToken, body: request, headers });
  if (answer.status !== 202) throw new Error(`order refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  return String(answer.body.orderId);
}

export interface OrderView {
  orderId: string;
  createdAt: string;
  items: { productId: string; name: string; quantity: number; price: number }[];
  /** Decimal, as are the amounts of the payment. */
  totalAmount: number;
  currency: string;
  status: Order['status'];
  payment: { status: string; authorized: number; captured: number; refunded: number };
  error?: { code: string; message: string };
  history: { sequence: number; status: Order['status']; at: string; detail?: string }[];
}

/** The order as the API shows it, which must be there. */
export async function readOrder(customer: { idToken: string }, orderId: string): Promise<OrderView> {
  const answer = await call('GET', `/orders/${orderId}`, { token: customer.idToken });
  if (answer.status !== 200) throw new Error(`order not shown: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as unknown as OrderView;
}

/** What createOrder works with, and a queue that takes no message, so that no workflow starts. */
export const withoutWorkflow: CreateOrderResources = {
  dynamodb,
  ordersTable: stack.ordersTable,
  productsTable: stack.productsTable,
  operationsTable: stack.operationsTable,
  caps: NO_CAPS,
  sqs: { send: async () => ({ $metadata: {} }) },
  orderQueueUrl: stack.orderQueueUrl,
};
