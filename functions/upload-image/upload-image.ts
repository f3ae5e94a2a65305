import type { S3Client } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Problem } from '../shared/api/problem.ts';
import { type ImageType, incomingKey, MAX_IMAGE_BYTES } from '../shared/catalogue/image.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import { type Actor, auditEntry, writeAuditEntry } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';

export interface UploadResources extends ProductsTable, OperationsTable {
  s3: S3Client;
  bucket: string;
}

/** The form with which a browser posts an image: first all fields, in any order, then the file as `file`. */
export interface UploadForm {
  url: string;
  fields: Record<string, string>;
  key: string;
  /** Seconds. */
  expiresIn: number;
}

const EXPIRES_IN_SECONDS = 300;

/**
 * Signs a form for one image of one product. A presigned POST is used and not a presigned PUT, because only a POST can
 * limit the size. Key, type and size are signed, so that S3 itself refuses everything else. The audit entry is written
 * first, because an upload and its entry cannot be one transaction.
 *
 * @throws Problem NOT_FOUND when there is no such product.
 */
export async function signUpload(
  { productId, contentType, uploadId }: { productId: string; contentType: ImageType; uploadId: string },
  by: Actor,
  { dynamodb, productsTable, operationsTable, s3, bucket }: UploadResources,
): Promise<UploadForm> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: productsTable, Key: { productId }, ProjectionExpression: 'productId' }),
  );
  if (!Item) throw new Problem('NOT_FOUND', 'there is no such product');
  const key = incomingKey(productId, uploadId);
  const entry = auditEntry('IMAGE_UPLOAD_SIGNED', productId, by);
  await writeAuditEntry({ ...entry, request: { key, contentType } }, { dynamodb, operationsTable });
  const { url, fields } = await createPresignedPost(s3, {
    Bucket: bucket,
    Key: key,
    Fields: { 'Content-Type': contentType },
    Conditions: [['content-length-range', 1, MAX_IMAGE_BYTES]],
    Expires: EXPIRES_IN_SECONDS,
  });
  return { url, fields, key, expiresIn: EXPIRES_IN_SECONDS };
}
