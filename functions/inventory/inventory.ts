import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { despiteConflicts, isConflict } from '../shared/aws/conflict.ts';
import type { LineItem, Order, OrderKey } from '../shared/orders/order.ts';
import { OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder } from '../shared/orders/order-table.ts';
import { type OrderWrite, orderUpdate, ownedBy, rowOf } from '../shared/orders/order-update.ts';

/** At least one product has less available than the order wants; nothing was reserved. */
export class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  readonly productIds: readonly string[];
  constructor(productIds: readonly string[]) {
    super(`not enough available of ${productIds.join(', ')}`);
    this.productIds = productIds;
  }
}

/** The transaction met others on the same rows, again and again. It says nothing about the stock: try it later. */
export class StockConflict extends Error {
  override readonly name = 'StockConflict';
}

export interface Inventory {
  dynamodb: DynamoDBDocumentClient;
  ordersTable: string;
  productsTable: string;
}

/**
 * Reserves all items of the order or none, in one transaction with the mark on the order that says so. Repeating it
 * does not reserve again.
 *
 * @throws OutOfStock, OrderClosed when the order no longer takes a reservation, StockConflict (transient),
 * OrderNotFound.
 */
export async function reserve(
  { orderId, createdAt, executionId }: OrderKey & { executionId: string },
  { dynamodb, ordersTable, productsTable }: Inventory,
): Promise<{ stock: 'RESERVED' }> {
  const { items } = await getOrder(dynamodb, ordersTable, { orderId, createdAt });
  const products = mergedByProduct(items);
  const refusals = await transact(dynamodb, [
    orderMark(
      ordersTable,
      { orderId, createdAt },
      {
        set: { stock: 'RESERVED' },
        when: { ...ownedBy(executionId), phase: [undefined], stock: [undefined] },
      },
    ),
    ...products.map(([productId, quantity]) =>
      move(productsTable, productId, quantity, {
        from: 'available',
        to: 'reserved',
        condition: 'available >= :quantity',
      }),
    ),
  ]);

  // The order first: what it took for itself before may be the very units that a product now lacks.
  const [order, ...ofProducts] = refusals;
  if (order?.Code === REFUSED) {
    if (rowOf<Order>(order.Item)?.stock === 'RESERVED') return { stock: 'RESERVED' };
    throw new OrderClosed('the order takes no reservation any more');
  }
  const short = products.filter((_, index) => ofProducts[index]?.Code === REFUSED).map(([productId]) => productId);
  if (short.length > 0) throw new OutOfStock(short);
  return { stock: 'RESERVED' };
}

const READS = 5;

/**
 * Gives back what the order holds or has bought, all of it and once. It tolerates that there is nothing to give back.
 *
 * @throws StockConflict (transient), OrderNotFound.
 */
export async function release(
  { orderId, createdAt }: OrderKey,
  { dynamodb, ordersTable, productsTable }: Inventory,
): Promise<{ stock: 'RELEASED' | 'NONE' }> {
  for (let reads = 0; reads < READS; reads++) {
    const { stock: seen, items } = await getOrder(dynamodb, ordersTable, { orderId, createdAt });
    if (seen === undefined) return { stock: 'NONE' };
    if (seen === 'RELEASED') return { stock: 'RELEASED' };
    const from = seen === 'RESERVED' ? 'reserved' : 'sold';
    const [order] = await transact(dynamodb, [
      orderMark(ordersTable, { orderId, createdAt }, { set: { stock: 'RELEASED' }, when: { stock: [seen] } }),
      ...mergedByProduct(items).map(([productId, quantity]) =>
        move(productsTable, productId, quantity, { from, to: 'available' }),
      ),
    ]);
    if (order?.Code !== REFUSED) return { stock: 'RELEASED' };
  }
  throw new StockConflict('the stock of the order changed under every attempt to release it');
}

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;

const REFUSED = 'ConditionalCheckFailed';
const COLLISIONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Runs a transaction of which the first write is the order's.
 *
 * @returns the reasons in the order of the writes when a condition refused it, and nothing when it was done.
 * @throws StockConflict when it only collided, unless the order itself refused it.
 */
async function transact(dynamodb: DynamoDBDocumentClient, writes: Writes): Promise<CancellationReason[]> {
  const attempt = async () => {
    try {
      await dynamodb.send(new TransactWriteCommand({ TransactItems: writes }));
      return [];
    } catch (error) {
      if (isConflict(error)) throw new StockConflict('the transaction met another', { cause: error });
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      if (reasons[0]?.Code === REFUSED) return reasons;
      if (reasons.some(({ Code }) => COLLISIONS.includes(Code ?? ''))) {
        throw new StockConflict('the transaction met another', { cause: error });
      }
      if (reasons.some(({ Code }) => Code === REFUSED)) return reasons;
      throw error;
    }
  };
  return despiteConflicts(attempt, (error) => error instanceof StockConflict);
}

function orderMark(table: string, key: OrderKey, write: OrderWrite): Writes[number] {
  return {
    Update: { TableName: table, Key: key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...orderUpdate(write) },
  };
}

type Shelf = 'available' | 'reserved' | 'sold';

function move(
  table: string,
  productId: string,
  quantity: number,
  { from, to, condition }: { from: Shelf; to: Shelf; condition?: string },
): Writes[number] {
  return {
    Update: {
      TableName: table,
      Key: { productId },
      UpdateExpression: `SET ${from} = ${from} - :quantity, ${to} = ${to} + :quantity`,
      ...(condition !== undefined && { ConditionExpression: condition }),
      ExpressionAttributeValues: { ':quantity': quantity },
    },
  };
}

/** A transaction may name a product only once. */
function mergedByProduct(items: readonly LineItem[]): [productId: string, quantity: number][] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities];
}
