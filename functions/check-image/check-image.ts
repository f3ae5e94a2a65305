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
import { imageTypeOf } from './image-type.ts';

export interface ImageStores extends ProductsTable {
  s3: S3Client;
  bucket: string;
}

export type RefusalReason = 'UNKNOWN_KEY' | 'WRONG_SIZE' | 'WRONG_TYPE' | 'NO_SUCH_PRODUCT';

export type ImageDecision =
  | { decision: 'ACCEPTED'; key: string; productId: string }
  /** Good, but a newer upload is the product's image already. */
  | { decision: 'SUPERSEDED'; key: string; productId: string }
  | { decision: 'REFUSED'; reason: RefusalReason }
  /** Nothing is there any more: the event came again. */
  | { decision: 'GONE' };

/**
 * Checks an upload and makes it the product's image, or removes it; the upload itself is gone afterwards in every
 * version that was there. It may run again after any failure, and for events that come twice or in the wrong order.
 *
 * Whatever fails is thrown on, for the event to be retried.
 */
export async function checkImage(key: string, stores: ImageStores): Promise<ImageDecision> {
  const page = await listVersions(key, stores);
  // Newest first, so that the first page has it.
  const decision = page.latest ? await decide(key, page.latest, stores) : ({ decision: 'GONE' } as const);
  for (let rest = page; ; rest = await listVersions(key, stores)) {
    await removeVersions(key, rest.versions, stores);
    if (!rest.hasMore) return decision;
  }
}

async function decide(key: string, upload: ObjectVersion, stores: ImageStores): Promise<ImageDecision> {
  const productId = productOfIncoming(key);
  if (productId === undefined) return { decision: 'REFUSED', reason: 'UNKNOWN_KEY' };
  // Before it is read: somebody else's rights may have put a file here that does not fit into memory.
  if (!upload.Size || upload.Size > MAX_IMAGE_BYTES) return { decision: 'REFUSED', reason: 'WRONG_SIZE' };

  const file = await read(key, upload.VersionId, stores);
  if (!file) return { decision: 'GONE' };
  const { bytes, declaredType } = file;
  const type = imageTypeOf(bytes);
  if (type === undefined || type !== declaredType) return { decision: 'REFUSED', reason: 'WRONG_TYPE' };

  const image = imageKey(createHash('sha256').update(bytes).digest('hex'), type);
  await keep(image, bytes, type, stores);
  return setImage(productId, image, (upload.LastModified ?? new Date(0)).toISOString(), stores);
}

/** Undefined when another run, for the same event delivered twice, was quicker. */
async function read(key: string, VersionId: string | undefined, { s3, bucket }: ImageStores) {
  try {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), declaredType: ContentType };
  } catch (error) {
    if (isNamed(error, ['NoSuchKey', 'NoSuchVersion'])) return undefined;
    throw error;
  }
}

async function keep(key: string, bytes: Uint8Array, type: ImageType, { s3, bucket }: ImageStores): Promise<void> {
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
    // The same picture is there already, and it cannot be another one under its hash.
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
  // The prefix also finds longer keys, which sort behind this one.
  const versions = (page.Versions ?? []).filter((version) => version.Key === key);
  const markers = (page.DeleteMarkers ?? []).filter((marker) => marker.Key === key);
  return {
    latest: versions.find((version) => version.IsLatest),
    versions: [...versions, ...markers].map(({ VersionId }) => VersionId),
    hasMore: page.IsTruncated === true && versions.length + markers.length > 0,
  };
}

/** One by one, because nearly always there is just one. */
async function removeVersions(
  key: string,
  versions: readonly (string | undefined)[],
  { s3, bucket }: ImageStores,
): Promise<void> {
  for (const VersionId of versions) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
  }
}
