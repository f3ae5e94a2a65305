import { randomUUID } from 'node:crypto';
import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { Problem } from '../shared/api/problem.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { s3 } from '../shared/aws/s3.ts';
import { IMAGE_TYPES, isImageType } from '../shared/catalogue/image.ts';
import { readProductId } from '../shared/catalogue/product-id.ts';
import { actingNow } from '../shared/operations/audit.ts';
import { readReason } from '../shared/operations/reason.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { signUpload, type UploadResources } from './upload-image.ts';

const { PRODUCTS_TABLE, OPERATIONS_TABLE, IMAGES_BUCKET } = readEnvironment([
  'PRODUCTS_TABLE',
  'OPERATIONS_TABLE',
  'IMAGES_BUCKET',
]);
const resources: UploadResources = {
  dynamodb,
  productsTable: PRODUCTS_TABLE,
  operationsTable: OPERATIONS_TABLE,
  s3,
  bucket: IMAGES_BUCKET,
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const operatorId = operatorOf(event, 'CHANGE_CATALOGUE');
  const { productId, contentType, reason } = event.queryStringParameters ?? {};
  const request = {
    productId: readProductId(productId),
    contentType: readImageType(contentType),
    uploadId: randomUUID(),
  };
  const form = await signUpload(request, actingNow(operatorId, readReason(reason)), resources);
  logger.info('UPLOAD_SIGNED', { ...request, operatorId });
  return { status: 200, body: form };
});

function readImageType(value: string | undefined) {
  if (isImageType(value)) return value;
  throw new Problem('VALIDATION_FAILED', 'images of this type are not accepted', {
    errors: [{ pointer: '/contentType', detail: `must be one of ${Object.keys(IMAGE_TYPES).join(', ')}` }],
  });
}
