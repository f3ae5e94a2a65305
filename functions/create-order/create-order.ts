import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../shared/api/problem.ts';
import { requestHash } from '../shared/api/request-hash.ts';
import type { Order, OrderMessage } from '../shared/orders/order.ts';
import { derivedOrderId, randomOrderId } from '../shared/orders/order-id.ts';
import { getOrder, MARKER } from '../shared/orders/order-table.ts';
import { readCatalogue } from './catalogue.ts';
import type { OrderRequest } from './order-request.schema.ts';
import { type PricedOrder, priceOrder } from './price-order.ts';

export interface CreateOrderResources {
  dynamodb: DynamoDBDocumentClient;
  queue: Pick<SQSClient, 'send'>;
  ordersTable: string;
  productsTable: string;
  queueUrl: string;
}

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
 * Takes an order: priced by the catalogue, written as PENDING, then announced to the workflow. Once it is written the
 * order stands, whether or not its message could be sent. With an Idempotency-Key the id derives from customer and
 * key, and a marker row, written in one transaction with the order, holds the hash of the request.
 *
 * @throws Problem as priceOrder does, or IDEMPOTENCY_MISMATCH when the key was used for another request.
 */
export async function createOrder(input: CreateOrderInput, resources: CreateOrderResources): Promise<CreatedOrder> {
  const { request, customerId, idempotencyKey } = input;
  if (idempotencyKey === undefined) {
    const order = newOrder(randomOrderId(), input, await priced(request, resources));
    await putOrder(order, resources);
    return announced(order, false, resources);
  }

  const orderId = derivedOrderId(customerId, idempotencyKey);
  const hash = requestHash(request);
  // Looked up before the catalogue is: a price that changed since must not turn a replay into a refusal.
  const earlier = await findReplay(orderId, hash, resources);
  if (earlier) return announced(earlier, true, resources);
  const order = newOrder(orderId, input, await priced(request, resources));
  const winner = await putOrderWithMarker(order, hash, resources);
  return winner ? announced(winner, true, resources) : announced(order, false, resources);
}

async function priced(request: OrderRequest, { dynamodb, productsTable }: CreateOrderResources): Promise<PricedOrder> {
  const productIds = request.items.map(({ productId }) => productId);
  return priceOrder(request, await readCatalogue(dynamodb, productsTable, productIds));
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

const IS_NEW = 'attribute_not_exists(orderId)';

async function putOrder(order: Order, { dynamodb, ordersTable }: CreateOrderResources): Promise<void> {
  try {
    await dynamodb.send(new PutCommand({ TableName: ordersTable, Item: order, ConditionExpression: IS_NEW }));
  } catch (error) {
    // The id is random, so what stands there is this very order, written by an attempt whose answer was lost.
    if (errorName(error) !== 'ConditionalCheckFailedException') throw error;
  }
}

const ATTEMPTS = 6;

/** @returns nothing when the order was written, else the order that the same request wrote first. */
async function putOrderWithMarker(
  order: Order,
  hash: string,
  resources: CreateOrderResources,
): Promise<Order | undefined> {
  const { dynamodb, ordersTable } = resources;
  const marker = { orderId: order.orderId, createdAt: MARKER, requestHash: hash, orderCreatedAt: order.createdAt };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dynamodb.send(
        new TransactWriteCommand({
          TransactItems: [marker, order].map((Item) => ({
            Put: { TableName: ordersTable, Item, ConditionExpression: IS_NEW },
          })),
        }),
      );
      return undefined;
    } catch (error) {
      // Two of the same at once either meet the marker or conflict on it, and a conflict says nothing about who won.
      const name = errorName(error);
      if (name !== 'TransactionCanceledException' && name !== 'TransactionInProgressException') throw error;
      const winner = await findReplay(order.orderId, hash, resources);
      if (winner) return winner;
      if (attempt === ATTEMPTS) throw error;
      await delay(Math.random() * 25 * 2 ** attempt);
    }
  }
}

/**
 * The order that an Idempotency-Key already made.
 *
 * @throws Problem IDEMPOTENCY_MISMATCH
 */
async function findReplay(
  orderId: string,
  hash: string,
  { dynamodb, ordersTable }: CreateOrderResources,
): Promise<Order | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: ordersTable, Key: { orderId, createdAt: MARKER }, ConsistentRead: true }),
  );
  if (!Item) return undefined;
  if (Item.requestHash !== hash) {
    throw new Problem('IDEMPOTENCY_MISMATCH', 'this Idempotency-Key was used for another request');
  }
  return getOrder(dynamodb, ordersTable, { orderId, createdAt: String(Item.orderCreatedAt) });
}

/** Tells the workflow about an order that waits for it; told twice is harmless, its execution is named by the order. */
async function announced(
  order: Order,
  replayed: boolean,
  { queue, queueUrl }: CreateOrderResources,
): Promise<CreatedOrder> {
  if (order.status !== 'PENDING') return { order, replayed };
  const message: OrderMessage = { orderId: order.orderId, createdAt: order.createdAt };
  try {
    await queue.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
    return { order, replayed };
  } catch (error) {
    return { order, replayed, sendError: error instanceof Error ? error : new Error(String(error)) };
  }
}

function errorName(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
