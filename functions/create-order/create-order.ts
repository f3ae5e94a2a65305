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
  /** Printable characters. The same key of the same customer means the same order. */
  idempotencyKey?: string | undefined;
  /** ISO 8601, UTC. */
  now: string;
}

export interface CreatedOrder {
  order: Order;
  /** True when the order existed already, because an earlier request had the same Idempotency-Key. */
  replayed: boolean;
  /** Why the message to the workflow was not sent. `reconcile` sends it later. */
  sendError?: Error;
}

/**
 * Creates an order: prices it from the catalogue, writes it as PENDING and sends its message to the workflow. An order
 * that is written is accepted, even when its message could not be sent. With an Idempotency-Key, the order id derives
 * from customer and key. An idempotency record with the hash of the request is then written in the same transaction.
 *
 * @throws Problem as `priceOrder` does, or IDEMPOTENCY_MISMATCH when the key was used for another request.
 * @throws CatalogueBusy, TransactionConflict
 */
export async function createOrder(input: CreateOrderInput, resources: CreateOrderResources): Promise<CreatedOrder> {
  const { request, customerId, idempotencyKey } = input;
  if (idempotencyKey === undefined) {
    const order = newOrder(randomOrderId(), input, await priceFromCatalogue(request, resources));
    await insertOrder(order, resources);
    return sendIfPending(order, false, resources);
  }

  const orderId = derivedOrderId(customerId, idempotencyKey);
  const hash = requestHash(request);
  // Read before the catalogue. A price that has changed since must not turn a repeated request into a refusal.
  const earlier = await findReplay(orderId, hash, resources);
  if (earlier) return sendIfPending(earlier, true, resources);
  const order = newOrder(orderId, input, await priceFromCatalogue(request, resources));
  if (await insertOrderOnce(order, hash, resources)) return sendIfPending(order, false, resources);
  const winner = await findReplay(orderId, hash, resources);
  if (!winner) throw new Error(`order ${orderId} was refused and has no idempotency record`);
  return sendIfPending(winner, true, resources);
}

async function priceFromCatalogue(request: OrderRequest, products: ProductsTable): Promise<PricedOrder> {
  const productIds = request.items.map(({ productId }) => productId);
  return priceOrder(request, await readCatalogue(productIds, products));
}

function newOrder(orderId: string, { request, customerId, now }: CreateOrderInput, priced: PricedOrder): Order {
  const { orderId: clientOrderId, customerId: clientCustomerId, orderDate } = request;
  const reference = {
    ...(clientOrderId !== undefined && { orderId: clientOrderId }),
    ...(clientCustomerId !== undefined && { customerId: clientCustomerId }),
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
 * The order that an earlier request with this Idempotency-Key created.
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

/** Sends the message of an order that is still PENDING. */
async function sendIfPending(order: Order, replayed: boolean, queue: OrderQueue): Promise<CreatedOrder> {
  if (order.status !== 'PENDING') return { order, replayed };
  try {
    await sendOrderMessage(queue, order);
    return { order, replayed };
  } catch (error) {
    return { order, replayed, sendError: error instanceof Error ? error : new Error(String(error)) };
  }
}
