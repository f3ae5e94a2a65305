import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { listProducts } from './list-products.ts';

const { PRODUCTS_TABLE } = readEnvironment(['PRODUCTS_TABLE']);

/** Short, because every order changes the stock. A stale number does no harm: only the reservation decides. */
const CACHE_CONTROL = 'public, max-age=15';

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const query = event.queryStringParameters ?? {};
  const body = await listProducts(query, { dynamodb, productsTable: PRODUCTS_TABLE });
  return { status: 200, body, headers: { 'cache-control': CACHE_CONTROL } };
});
