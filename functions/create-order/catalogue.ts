import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { Product } from '../shared/catalogue/product.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import { backOff } from '../shared/runtime/backoff.ts';

const MAX_ATTEMPTS = 5;

/**
 * Reads the products of an order in one consistent call, so that a price that has just changed is used.
 *
 * @param productIds at most 100 different ids. An id may be repeated.
 * @returns the products that exist.
 * @throws CatalogueBusy when DynamoDB left out some of the products in every attempt.
 */
export async function readCatalogue(
  productIds: readonly string[],
  { dynamodb, productsTable }: ProductsTable,
): Promise<Map<string, Product>> {
  const catalogue = new Map<string, Product>();
  let keys: Record<string, unknown>[] = [...new Set(productIds)].map((productId) => ({ productId }));
  for (let attempt = 1; keys.length > 0; attempt += 1) {
    const { Responses, UnprocessedKeys } = await dynamodb.send(
      new BatchGetCommand({ RequestItems: { [productsTable]: { Keys: keys, ConsistentRead: true } } }),
    );
    for (const product of (Responses?.[productsTable] ?? []) as Product[]) catalogue.set(product.productId, product);
    keys = UnprocessedKeys?.[productsTable]?.Keys ?? [];
    if (keys.length > 0) {
      if (attempt === MAX_ATTEMPTS) throw new CatalogueBusy();
      await backOff(attempt, 50);
    }
  }
  return catalogue;
}

/** The table is throttled, and some products could not be read. */
export class CatalogueBusy extends Error {
  override readonly name = 'CatalogueBusy';
  constructor() {
    super('some products could not be read in any attempt');
  }
}
