import { isRefused, rowOf, type TransactItem, TransactionConflict, transact } from '../shared/aws/transact.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import type { LineItem, Order, OrderKey } from '../shared/orders/order.ts';
import { OrderClosed } from '../shared/orders/order-errors.ts';
import { getOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { markReleased, markReserved } from '../shared/orders/order-writes.ts';

/** At least one product has less available than the order wants; nothing was reserved. */
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
 * Reserves all items of the order or none, in one transaction with the mark on the order that says so. Repeating it
 * does not reserve again.
 *
 * @throws OutOfStock, OrderClosed when the order no longer takes a reservation, TransactionConflict (transient),
 * OrderNotFound.
 */
export async function reserve(
  { orderId, createdAt, executionId }: OrderKey & { executionId: string },
  inventory: Inventory,
): Promise<{ stock: 'RESERVED' }> {
  const { items } = await getOrder({ orderId, createdAt }, inventory);
  const products = mergedByProduct(items);
  const refusals = await transact(inventory.dynamodb, [
    markReserved({ orderId, createdAt }, executionId, inventory.ordersTable),
    ...products.map(([productId, quantity]) =>
      changeCounts(inventory.productsTable, productId, quantity, {
        from: 'available',
        to: 'reserved',
        condition: 'available >= :quantity',
      }),
    ),
  ]);

  // The order first: what it took for itself before may be the very units that a product now lacks.
  const [order, ...ofProducts] = refusals;
  if (isRefused(order)) {
    if (rowOf<Order>(order?.Item)?.stock === 'RESERVED') return { stock: 'RESERVED' };
    throw new OrderClosed('the order takes no reservation any more');
  }
  const short = products.filter((_, index) => isRefused(ofProducts[index])).map(([productId]) => productId);
  if (short.length > 0) throw new OutOfStock(short);
  return { stock: 'RESERVED' };
}

const MAX_READS = 5;

/**
 * Gives back what the order holds or has bought, all of it and once. It tolerates that there is nothing to give back.
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
      ...mergedByProduct(items).map(([productId, quantity]) =>
        changeCounts(inventory.productsTable, productId, quantity, { from, to: 'available' }),
      ),
    ]);
    if (!isRefused(order)) return { stock: 'RELEASED' };
  }
  throw new TransactionConflict('the stock of the order changed under every attempt to release it');
}

type StockCount = 'available' | 'reserved' | 'sold';

function changeCounts(
  table: string,
  productId: string,
  quantity: number,
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

/** A transaction may name a product only once. */
function mergedByProduct(items: readonly LineItem[]): [productId: string, quantity: number][] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities];
}
