import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readLimit } from '../shared/api/page-limit.ts';
import { queryFrom, readPageToken, writePageToken } from '../shared/api/page-token.ts';
import { PRODUCT_ID_PATTERN, type Product } from '../shared/catalogue/product.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import { type ProductView, toProductView } from '../shared/catalogue/product-view.ts';

export interface ProductPage {
  items: ProductView[];
  nextToken?: string;
}

/** A page ends at a product. */
const POSITION = [new RegExp(PRODUCT_ID_PATTERN)];

/**
 * A page of the catalogue. The products are in no meaningful order, but always in the same. Only a missing `nextToken`
 * means that the page is the last.
 *
 * @throws Problem VALIDATION_FAILED
 */
export async function listProducts(
  query: { limit?: string | undefined; nextToken?: string | undefined },
  { dynamodb, productsTable }: ProductsTable,
): Promise<ProductPage> {
  const limit = readLimit(query.limit);
  const position = query.nextToken === undefined ? undefined : readPageToken(query.nextToken, POSITION);
  const { Items, LastEvaluatedKey } = await queryFrom(position, () =>
    dynamodb.send(
      new ScanCommand({
        TableName: productsTable,
        Limit: limit,
        ...(position && { ExclusiveStartKey: { productId: position[0] } }),
      }),
    ),
  );
  return {
    items: ((Items ?? []) as Product[]).map(toProductView),
    ...(LastEvaluatedKey && { nextToken: writePageToken([String(LastEvaluatedKey.productId)]) }),
  };
}
