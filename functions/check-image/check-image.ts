import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type ImageType, imageKey, MAX_IMAGE_BYTES, productOfIncoming } from '../shared/catalogue/image.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import { errorName, isNamed } from '../shared/runtime/error-name.ts';
import { checkContent } from './image-content.ts';

export interface ImageStores extends ProductsTable {
  s3: S3Client;
  bucket: string;
}

export type RefusalReason = 'UNKNOWN_KEY' | 'WRONG_SIZE' | 'WRONG_TYPE' | 'TOO_MANY_PIXELS' | 'NO_SUCH_PRODUCT';

export type ImageDecision =
  | { decision: 'ACCEPTED'; key: string; productId: string }
  /** The image is good, but the product already has the image of a newer upload. */
  | { decision: 'SUPERSEDED'; key: string; productId: string }
  | { decision: 'REFUSED'; reason: RefusalReason }
  /** The upload does not exist any more, because the event came twice. */
  | { decision: 'GONE' };

/**
 * Checks an upload and makes it the product's image if it is good. Every version of the upload itself is deleted. It
 * may run again after any failure, and events may come twice or in the wrong order.
 *
 * @throws what S3 and DynamoDB throw, so that the event is retried.
 */
export async function checkImage(key: string, stores: ImageStores): Promise<ImageDecision> {
  const page = await listVersions(key, stores);
  // Versions come newest first, so the latest one is on the first page.
  const decision = page.latest ? await decide(key, page.latest, stores) : ({ decision: 'GONE' } as const);
  for (let rest = page; ; rest = await listVersions(key, stores)) {
    await removeVersions(key, rest.versions, stores);
    if (!rest.hasMore) return decision;
  }
}

async function decide(key: string, upload: ObjectVersion, stores: ImageStores): Promise<ImageDecision> {
  const productId = productOfIncoming(key);
  if (productId === undefined) return { decision: 'REFUSED', reason: 'UNKNOWN_KEY' };
  // Checked before it is read: a file that did not come through our form may be too large for the memory.
  if (!upload.Size || upload.Size > MAX_IMAGE_BYTES) return { decision: 'REFUSED', reason: 'WRONG_SIZE' };

  const file = await readUpload(key, upload.VersionId, stores);
  if (!file) return { decision: 'GONE' };
  const { bytes, declaredType } = file;
  const content = checkContent(bytes, declaredType);
  if ('reason' in content) return { decision: 'REFUSED', reason: content.reason };

  const image = imageKey(createHash('sha256').update(bytes).digest('hex'), content.type);
  await storeImage(image, bytes, content.type, stores);
  return setImage(productId, image, (upload.LastModified ?? new Date(0)).toISOString(), stores);
}

/**
 * Undefined when another run has deleted the upload, because the event was delivered twice. A caller that may not list
 * the bucket's objects (s3:ListBucket) gets AccessDenied for an object that does not exist. The listing of versions,
 * which the role does allow, tells that from a right that is missing.
 */
async function readUpload(key: string, VersionId: string | undefined, stores: ImageStores) {
  const { s3, bucket } = stores;
  try {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), declaredType: ContentType };
  } catch (error) {
    if (isNamed(error, ['NoSuchKey', 'NoSuchVersion'])) return undefined;
    if (errorName(error) !== 'AccessDenied') throw error;
    const { versions } = await listVersions(key, stores);
    if (versions.includes(VersionId)) throw error;
    return undefined;
  }
}

async function storeImage(key: string, bytes: Uint8Array, type: ImageType, { s3, bucket }: ImageStores): Promise<void> {
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentType: type,
        CacheControl: 'public, max-age=31536000, immutable',
        IfNoneMatch: '*',
      }),
    );
  } catch (error) {
    // The key is the image's hash, so the object that exists is the same image.
    if (errorName(error) === 'PreconditionFailed') return;
    throw error;
  }
}

async function setImage(
  productId: string,
  image: string,
  uploadedAt: string,
  { dynamodb, productsTable }: ImageStores,
): Promise<ImageDecision> {
  try {
    await dynamodb.send(
      new UpdateCommand({
        TableName: productsTable,
        Key: { productId },
        UpdateExpression: 'SET image = :image, imageUploadedAt = :at',
        ConditionExpression:
          'attribute_exists(productId) AND (attribute_not_exists(imageUploadedAt) OR imageUploadedAt <= :at)',
        ExpressionAttributeValues: { ':image': image, ':at': uploadedAt },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { decision: 'ACCEPTED', key: image, productId };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item
      ? { decision: 'SUPERSEDED', key: image, productId }
      : { decision: 'REFUSED', reason: 'NO_SUCH_PRODUCT' };
  }
}

/** Up to 1,000 versions and delete markers of exactly this key, newest first. */
async function listVersions(key: string, { s3, bucket }: ImageStores) {
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }));
  // The prefix also finds longer keys, which come after this one.
  const versions = (page.Versions ?? []).filter((version) => version.Key === key);
  const deleteMarkers = (page.DeleteMarkers ?? []).filter((marker) => marker.Key === key);
  return {
    latest: versions.find((version) => version.IsLatest),
    versions: [...versions, ...deleteMarkers].map(({ VersionId }) => VersionId),
    hasMore: page.IsTruncated === true && versions.length + deleteMarkers.length > 0,
  };
}

/** One by one, because there is nearly always only one. */
async function removeVersions(
  key: string,
  versions: readonly (string | undefined)[],
  { s3, bucket }: ImageStores,
): Promise<void> {
  for (const VersionId of versions) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
  }
}
