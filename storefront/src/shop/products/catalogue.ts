import { api } from '../../api/client.ts';
import { answerOf } from '../../api/refusal.ts';
import type { Product } from '../cart/cart.ts';

export const PAGE_SIZE = 24;

/**
 * A page of the catalogue.
 *
 * @throws Refusal, or Unanswered
 */
export function loadProducts(nextToken?: string): Promise<{ items: Product[]; nextToken?: string }> {
  return answerOf(
    api.GET('/products', { params: { query: { limit: PAGE_SIZE, ...(nextToken !== undefined && { nextToken }) } } }),
  );
}

/** The most products that a page may have. */
const LARGEST_PAGE = 100;

/**
 * The catalogue's products with these ids. There is no route for one product, so it reads pages until all are found.
 *
 * @throws Refusal, or Unanswered
 */
export async function findProducts(productIds: readonly string[]): Promise<Map<string, Product>> {
  const found = new Map<string, Product>();
  const wanted = new Set(productIds);
  let nextToken: string | undefined;
  do {
    const query = { limit: LARGEST_PAGE, ...(nextToken !== undefined && { nextToken }) };
    const page = await answerOf(api.GET('/products', { params: { query }, cache: 'no-cache' }));
    for (const product of page.items) if (wanted.has(product.productId)) found.set(product.productId, product);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && found.size < wanted.size);
  return found;
}
