import { isRefused, rowOf, type TransactItem, TransactionConflict, transact } from '../shared/aws/transact.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import type { LineItem, Order, OrderKey } from '../shared/orders/order.ts';
import { OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { markReleased, markReserved } from '../shared/orders/order-writes.ts';

/** At least one product has fewer units available than the order needs. Nothing was reserved. */
export class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
  readonly productIds: readonly string[];
  constructor(productIds: readonly string[]) {
    super(`not enough available of ${productIds.join(', ')}`);
    this.productIds = productIds;
  }
}

export type Inventory = OrdersTable & ProductsTable;

/**
 * Reserves all line items of the order or none. The order records the reservation in the same transaction, so that a
 * repeated call does not reserve again.
 *
 * @throws OutOfStock, OrderClosed when the order does not allow a reservation any more, TransactionConflict
 * (transient), OrderNotFound.
 */
export async function reserve(
  { orderId, createdAt, executionId }: OrderKey & { executionId: string },
  inventory: Inventory,
): Promise<{ stock: 'RESERVED' }> {
  const { items } = await getOrder({ orderId, createdAt }, inventory);
  const refusals = await transact(inventory.dynamodb, [
    markReserved({ orderId, createdAt }, executionId, inventory.ordersTable),
    // A product is in one line only: create-order adds lines up, and a row with two is refused before this.
    ...items.map((item) =>
      changeCounts(inventory.productsTable, item, {
        from: 'available',
        to: 'reserved',
        condition: 'available >= :quantity',
      }),
    ),
  ]);

  // The order decides first: when it has its reservation already, a product may have too few units because of it.
  const [order, ...ofProducts] = refusals;
  if (isRefused(order)) {
    if (rowOf<Order>(order?.Item)?.stock === 'RESERVED') return { stock: 'RESERVED' };
    throw new OrderClosed('the order does not allow a reservation any more');
  }
  const short = items.filter((_, index) => isRefused(ofProducts[index])).map(({ productId }) => productId);
  if (short.length > 0) throw new OutOfStock(short);
  return { stock: 'RESERVED' };
}

const MAX_READS = 5;

/**
 * Releases the stock that is reserved for the order or sold to it, all of it and once. It succeeds when there is none.
 *
 * @throws TransactionConflict (transient), OrderNotFound.
 */
export async function release(
  { orderId, createdAt }: OrderKey,
  inventory: Inventory,
): Promise<{ stock: 'RELEASED' | 'NONE' }> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    const { stock: seen, items } = await getOrder({ orderId, createdAt }, inventory);
    if (seen === undefined) return { stock: 'NONE' };
    if (seen === 'RELEASED') return { stock: 'RELEASED' };
    const from = seen === 'RESERVED' ? 'reserved' : 'sold';
    const [order] = await transact(inventory.dynamodb, [
      markReleased({ orderId, createdAt }, seen, inventory.ordersTable),
      ...items.map((item) => changeCounts(inventory.productsTable, item, { from, to: 'available' })),
    ]);
    if (!isRefused(order)) return { stock: 'RELEASED' };
  }
  throw new TransactionConflict('the order changed during every attempt to release its stock');
}

type StockCount = 'available' | 'reserved' | 'sold';

function changeCounts(
  table: string,
  { productId, quantity }: LineItem,
  { from, to, condition }: { from: StockCount; to: StockCount; condition?: string },
): TransactItem {
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
