import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_SETTINGS } from '../../functions/shared/aws/client-settings.ts';
import { signUpload } from '../../functions/upload-image/upload-image.ts';
import { MemoryTables } from '../support/memory-tables.ts';

// `npm test` names the local cloud to every client. On AWS a form is for S3 itself.
delete process.env.AWS_ENDPOINT_URL;

// The desk's Content-Security-Policy admits the bucket's regional domain name and no other address of S3.
test.each(['us-east-1', 'eu-central-1', 'ap-southeast-2'])(
  'a form of %s is posted to the address that the policy of the desk admits',
  async (region) => {
    const { client } = new MemoryTables({ products: [{ productId: 'LAMP' }], operations: [] });
    const { url } = await signUpload(
      { productId: 'LAMP', contentType: 'image/png', uploadId: randomUUID() },
      { operatorId: 'o', at: '2026-01-01T00:00:00.000Z', entryId: randomUUID(), reason: 'new' },
      {
        dynamodb: client,
        productsTable: 'products',
        operationsTable: 'operations',
        s3: new S3Client({
          ...CLIENT_SETTINGS.s3,
          region,
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        }),
        bucket: 'shop-imagesbucket-1a2b3c',
      },
    );
    expect(new URL(url).origin).toBe(`https://shop-imagesbucket-1a2b3c.s3.${region}.amazonaws.com`);
  },
);
