import type { EventBridgeEvent } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { s3 } from '../shared/aws/s3.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { checkImage, type ImageDecision } from './check-image.ts';

const { PRODUCTS_TABLE, IMAGES_BUCKET } = readEnvironment(['PRODUCTS_TABLE', 'IMAGES_BUCKET']);

/** S3's event on the event bus. Unlike in a bucket's own notifications, the key is not URL-encoded. */
type ObjectCreated = EventBridgeEvent<'Object Created', { bucket: { name: string }; object: { key: string } }>;

/** The event has another form, such as that of a bucket's own notifications. */
class NotAnUploadEvent extends Error {
  override readonly name = 'NotAnUploadEvent';
}

export const handler = lambdaHandler<ObjectCreated, ImageDecision>(async ({ detail }) => {
  const key: unknown = detail?.object?.key;
  if (typeof key !== 'string') throw new NotAnUploadEvent();
  const decision = await checkImage(key, { s3, bucket: IMAGES_BUCKET, dynamodb, productsTable: PRODUCTS_TABLE });
  logger.info('IMAGE_CHECKED', { upload: key, ...decision });
  if (decision.decision === 'ACCEPTED') measure('ImagesAccepted', 1);
  if (decision.decision === 'REFUSED') {
    measure('ImagesRefused', 1, decision.reason);
  }
  return decision;
});
