import { randomUUID } from 'node:crypto';
import { type ApiAnswer, apiHandler, header, readBody } from '../shared/api-handler.ts';
import { dynamodb } from '../shared/dynamodb.ts';
import { readEnvironment } from '../shared/environment.ts';
import { readIdempotencyKey } from '../shared/idempotency-key.ts';
import { logger } from '../shared/logging.ts';
import { operatorOf } from '../shared/operator.ts';
import { readProductId } from '../shared/product-id.ts';
import { toProductView } from '../shared/product-view.ts';
import validateProductChange from './product-change.validator.js';
import { putProduct } from './put-product.ts';

const { PRODUCTS_TABLE, OPERATIONS_TABLE } = readEnvironment(['PRODUCTS_TABLE', 'OPERATIONS_TABLE']);

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const operatorId = operatorOf(event);
  const productId = readProductId(event.pathParameters?.productId);
  const idempotencyKey = readIdempotencyKey(header(event, 'idempotency-key'));
  const change = readBody(event, validateProductChange);
  const by = { operatorId, reason: change.reason, at: new Date().toISOString(), entryId: randomUUID() };
  const product = await putProduct(
    { productId, change, by, idempotencyKey },
    { dynamodb, productsTable: PRODUCTS_TABLE, operationsTable: OPERATIONS_TABLE },
  );
  logger.info('PRODUCT_CHANGED', { productId, operatorId, changed: Object.keys(change) });
  return {
    status: 200,
    body: { ...toProductView(product), reserved: product.reserved, sold: product.sold },
  };
});
