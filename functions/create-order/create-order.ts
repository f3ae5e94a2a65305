import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../shared/api/problem.ts';
import { requestHash } from '../shared/api/request-hash.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import type { Order } from '../shared/orders/order.ts';
import { derivedOrderId, randomOrderId } from '../shared/orders/order-id.ts';
import { type OrderQueue, sendOrderMessage } from '../shared/orders/order-queue.ts';
import { getOrder, IDEMPOTENCY_RECORD, type OrdersTable } from '../shared/orders/order-table.ts';
import { insertOrder, insertOrderOnce } from '../shared/orders/order-writes.ts';
import { readCatalogue } from './catalogue.ts';
import type { OrderRequest } from './order-request.schema.ts';
import { type PricedOrder, priceOrder } from './price-order.ts';

export type CreateOrderResources = OrdersTable & ProductsTable & OrderQueue;

export interface CreateOrderInput {
  request: OrderRequest;
  customerId: string;
  /** Printable characters; the same key of the same customer is the same order. */
  idempotencyKey?: string | undefined;
  /** ISO 8601, UTC. */
  now: string;
}

export interface CreatedOrder {
  order: Order;
  /** True when the order was there already, and this request only repeats the one that made it. */
  replayed: boolean;
  /** Why the workflow could not be told yet; `reconcile` tells it later. */
  sendError?: Error;
}

/**
 * Takes an order: priced by the catalogue, written as PENDING, then queued for the workflow. Once it is written the order
 * stands, whether or not its message could be sent. With an Idempotency-Key the id derives from customer and
 * key, and an idempotency record, written in one transaction with the order, holds the hash of the request.
 *
 * @throws Problem as priceOrder does, or IDEMPOTENCY_MISMATCH when the key was used for another request.
 */
export async function createOrder(input: CreateOrderInput, resources: CreateOrderResources): Promise<CreatedOrder> {
  const { request, customerId, idempotencyKey } = input;
  if (idempotencyKey === undefined) {
    const order = newOrder(randomOrderId(), input, await priced(request, resources));
    await insertOrder(order, resources);
    return queued(order, false, resources);
  }

  const orderId = derivedOrderId(customerId, idempotencyKey);
  const hash = requestHash(request);
  // Read before the catalogue is: a price that changed since must not turn a replay into a refusal.
  const earlier = await findReplay(orderId, hash, resources);
  if (earlier) return queued(earlier, true, resources);
  const order = newOrder(orderId, input, await priced(request, resources));
  if (await insertOrderOnce(order, hash, resources)) return queued(order, false, resources);
  const winner = await findReplay(orderId, hash, resources);
  if (!winner) throw new Error(`order ${orderId} was refused and has no idempotency record`);
  return queued(winner, true, resources);
}

async function priced(request: OrderRequest, products: ProductsTable): Promise<PricedOrder> {
  const productIds = request.items.map(({ productId }) => productId);
  return priceOrder(request, await readCatalogue(productIds, products));
}

function newOrder(orderId: string, { request, customerId, now }: CreateOrderInput, priced: PricedOrder): Order {
  const { orderId: theirId, customerId: theirCustomerId, orderDate } = request;
  const reference = {
    ...(theirId !== undefined && { orderId: theirId }),
    ...(theirCustomerId !== undefined && { customerId: theirCustomerId }),
    ...(orderDate !== undefined && { orderDate }),
  };
  return {
    orderId,
    createdAt: now,
    status: 'PENDING',
    customerId,
    ...priced,
    shippingAddress: request.shippingAddress,
    paymentMethod: request.paymentMethod,
    ...(request.paymentToken !== undefined && { paymentToken: request.paymentToken }),
    ...(request.customerName !== undefined && { customerName: request.customerName }),
    ...(request.notify !== undefined && { notify: request.notify }),
    ...(Object.keys(reference).length > 0 && { reference }),
    history: [{ status: 'PENDING', at: now }],
  };
}

/**
 * The order that an Idempotency-Key already made.
 *
 * @throws Problem IDEMPOTENCY_MISMATCH
 */
async function findReplay(
  orderId: string,
  hash: string,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<Order | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: ordersTable, Key: { orderId, createdAt: IDEMPOTENCY_RECORD }, ConsistentRead: true }),
  );
  if (!Item) return undefined;
  if (Item.requestHash !== hash) {
    throw new Problem('IDEMPOTENCY_MISMATCH', 'this Idempotency-Key was used for another request');
  }
  return getOrder({ orderId, createdAt: String(Item.orderCreatedAt) }, { dynamodb, ordersTable });
}

/** Queues an order that waits for its workflow. Twice is harmless, because its execution is named by the order. */
async function queued(order: Order, replayed: boolean, queue: OrderQueue): Promise<CreatedOrder> {
  if (order.status !== 'PENDING') return { order, replayed };
  try {
    await sendOrderMessage(queue, order);
    return { order, replayed };
  } catch (error) {
    return { order, replayed, sendError: error instanceof Error ? error : new Error(String(error)) };
  }
}
