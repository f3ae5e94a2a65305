import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { dynamodb, stack } from './stack.ts';

/** A product of the test's own, written straight into the table. */
export async function makeProduct(product: Partial<Product> = {}): Promise<Product> {
  const productId = product.productId ?? `T-${randomUUID()}`;
  const row = {
    name: `Product ${productId}`,
    price: 1250,
    currency: 'USD',
    available: 1000,
    reserved: 0,
    sold: 0,
    ...product,
    productId,
  };
  await dynamodb.send(new PutCommand({ TableName: stack.productsTable, Item: row }));
  return row;
}

export async function readProduct(productId: string): Promise<Product> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.productsTable, Key: { productId }, ConsistentRead: true }),
  );
  if (!Item) throw new Error(`product ${productId} does not exist`);
  return Item as Product;
}

/** The stock counts of a product. */
export async function readStock(productId: string): Promise<Pick<Product, 'available' | 'reserved' | 'sold'>> {
  const { available, reserved, sold } = await readProduct(productId);
  return { available, reserved, sold };
}
