import { Problem } from '../shared/api/problem.ts';
import { requestHash } from '../shared/api/request-hash.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { Order, OrderContact } from '../shared/orders/order.ts';
import { derivedOrderId, randomOrderId } from '../shared/orders/order-id.ts';
import { type OrderQueue, sendOrderMessage } from '../shared/orders/order-queue.ts';
import { findOrder, newestOrderNumber, type OrdersTable, readOrderNumber } from '../shared/orders/order-table.ts';
import { insertOrder } from '../shared/orders/order-writes.ts';
import { requireFewDeclines } from '../shared/payments/declined-cards.ts';
import { backOff } from '../shared/runtime/backoff.ts';
import { decidingNumbers, type OrderCaps, requireRoom } from './order-caps.ts';
import { readForOrder } from './order-reads.ts';
import type { OrderRequest } from './order-request.schema.ts';
import { type PricedOrder, priceOrder } from './price-order.ts';

export type CreateOrderResources = OrdersTable & ProductsTable & OperationsTable & OrderQueue & { caps: OrderCaps };

export interface CreateOrderInput {
  request: OrderRequest;
  customerId: string;
  /** Kept with the order, and no part of what a repeated request is compared by. */
  contact?: OrderContact | undefined;
  /** Printable characters. The same key of the same customer means the same order. */
  idempotencyKey?: string | undefined;
  /** ISO 8601, UTC. */
  now: string;
  /** Of this request. The order keeps it; a repeated request changes nothing. */
  correlationId?: string | undefined;
}

export interface CreatedOrder {
  order: Order;
  /** True when the order existed already, because an earlier request had the same Idempotency-Key. */
  replayed: boolean;
  /** Why the message to the workflow was not sent. `reconcile` sends it later. */
  sendError?: Error;
}

/** Each refused number is an order that the customer placed meanwhile. Only a flood of requests loses this often. */
const MAX_ATTEMPTS = 40;
/** Well before the function's own time is up, so that the client gets an answer. */
const MAX_ATTEMPTS_MS = 6000;

/**
 * Creates an order: prices it from the catalogue, writes it as PENDING and sends its message to the workflow. An order
 * that is written is accepted, even when its message could not be sent.
 *
 * The orders of a customer are numbered, and order and number are written together. That is what holds the caps when
 * many requests come at once, and what lets one of several requests with the same Idempotency-Key win.
 *
 * @throws Problem as `priceOrder` does, IDEMPOTENCY_MISMATCH when the key was used for another request, or
 * TOO_MANY_REQUESTS with Retry-After when the customer is over a cap or had too many cards declined.
 * @throws TablesThrottled
 */
export async function createOrder(input: CreateOrderInput, resources: CreateOrderResources): Promise<CreatedOrder> {
  const { request, customerId, idempotencyKey, now } = input;
  const orderId = idempotencyKey === undefined ? randomOrderId() : derivedOrderId(customerId, idempotencyKey);
  const hash = idempotencyKey === undefined ? undefined : requestHash(request);
  const lastStart = Date.now() + MAX_ATTEMPTS_MS;
  let order: Order | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && Date.now() < lastStart; attempt += 1) {
    // The number is read before the replay is looked for. A twin of this request that is written after this read has
    // the number, and refuses the write below. One that is written before it is found by the next read.
    const number = await nextOrderNumber(customerId, resources);
    // Looked for before the catalogue and the caps: neither may turn a repeated request into a refusal.
    const earlier = hash === undefined ? undefined : await findReplay(orderId, hash, resources);
    if (earlier) return sendIfPending(earlier, true, resources);
    const deciding = decidingNumbers(number, resources.caps);
    const { catalogue, numbers, declines } = await readForOrder(
      {
        customerId,
        numbers: Object.values(deciding),
        // The first attempt has priced the order, and may have written it.
        productIds: order ? [] : request.items.map(({ productId }) => productId),
        declinesAt: order ? undefined : now,
      },
      resources,
    );
    requireFewDeclines(declines, now, resources.caps.maxDeclinesPerHour);
    await requireRoom(deciding, now, numbers, resources);
    order ??= newOrder(orderId, input, priceOrder(request, catalogue), hash);
    if (await insertOrder(order, number, resources)) return sendIfPending(order, false, resources);
    if (hash === undefined && (await isWritten(order, number, resources)))
      return sendIfPending(order, false, resources);
    await backOff(Math.min(attempt, 3), 10);
  }
  throw new Problem('TOO_MANY_REQUESTS', 'too many of your orders came at the same time', {
    headers: { 'retry-after': '1' },
  });
}

async function nextOrderNumber(customerId: string, orders: OrdersTable): Promise<number> {
  const newest = await newestOrderNumber(customerId, orders);
  return newest ? newest.number + 1 : 0;
}

/** Whether the number refused the order because it is this order's, written by an attempt whose answer was lost. */
async function isWritten({ orderId, customerId }: Order, number: number, orders: OrdersTable): Promise<boolean> {
  return (await readOrderNumber(customerId, number, orders))?.orderKey.orderId === orderId;
}

function newOrder(
  orderId: string,
  { request, customerId, contact, now, correlationId }: CreateOrderInput,
  { items, total, currency }: PricedOrder,
  hash: string | undefined,
): Order {
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
    items,
    total,
    currency,
    shippingAddress: request.shippingAddress,
    paymentMethod: request.paymentMethod,
    ...(request.paymentToken !== undefined && { paymentToken: request.paymentToken }),
    ...(request.customerName !== undefined && { customerName: request.customerName }),
    ...(request.notify !== undefined && { notify: request.notify }),
    ...(contact && { contact }),
    ...(Object.keys(reference).length > 0 && { reference }),
    ...(hash !== undefined && { requestHash: hash }),
    ...(correlationId !== undefined && { correlationId }),
    history: [{ status: 'PENDING', at: now }],
  };
}

/**
 * The order that an earlier request with this Idempotency-Key created.
 *
 * @throws Problem IDEMPOTENCY_MISMATCH
 */
async function findReplay(orderId: string, hash: string, orders: OrdersTable): Promise<Order | undefined> {
  const order = await findOrder(orderId, orders);
  if (order && order.requestHash !== hash) {
    throw new Problem('IDEMPOTENCY_MISMATCH', 'this Idempotency-Key was used for another request');
  }
  return order;
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
