import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { header } from '../shared/api/header.ts';
import { readIdempotencyKey } from '../shared/api/idempotency-key.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { readProductId } from '../shared/catalogue/product-id.ts';
import { toProductView } from '../shared/catalogue/product-view.ts';
import { actingNow } from '../shared/operations/audit.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import validateProductChange from './product-change.validator.js';
import { putProduct } from './put-product.ts';

const { PRODUCTS_TABLE, OPERATIONS_TABLE } = readEnvironment(['PRODUCTS_TABLE', 'OPERATIONS_TABLE']);

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const operatorId = operatorOf(event, 'CHANGE_CATALOGUE');
  const productId = readProductId(event.pathParameters?.productId);
  const idempotencyKey = readIdempotencyKey(header(event, 'idempotency-key'));
  const change = readBody(event, validateProductChange);
  const product = await putProduct(
    { productId, change, by: actingNow(operatorId, change.reason), idempotencyKey },
    { dynamodb, productsTable: PRODUCTS_TABLE, operationsTable: OPERATIONS_TABLE },
  );
  logger.info('PRODUCT_CHANGED', { productId, operatorId, changed: Object.keys(change) });
  return {
    status: 200,
    body: { ...toProductView(product), reserved: product.reserved, sold: product.sold },
  };
});
