import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { checkImage } from '../../functions/check-image/check-image.ts';
import { MemoryTables, named } from '../support/memory-tables.ts';

const KEY = 'incoming/T-1/5f0c2a52-7f0b-4a0e-9a58-0c9a7b8f2e11';

/**
 * S3 as a role without s3:ListBucket sees it: an object that is not there is AccessDenied.
 *
 * @param deletedBy when another run has deleted the upload; `nobody` means that the right to read it is missing.
 */
function bucketWithoutListing(deletedBy: 'another run' | 'nobody') {
  let isThere = true;
  const deleted: (string | undefined)[] = [];
  const send = async (command: unknown) => {
    if (command instanceof ListObjectVersionsCommand) {
      const version = { Key: KEY, VersionId: 'v1', IsLatest: true, Size: 100, LastModified: new Date(0) };
      return { Versions: isThere ? [version] : [] };
    }
    if (command instanceof GetObjectCommand) {
      if (deletedBy === 'another run') isThere = false;
      throw named('AccessDenied');
    }
    if (command instanceof DeleteObjectCommand) deleted.push(command.input.VersionId);
    return {};
  };
  const stores = {
    s3: { send } as unknown as S3Client,
    bucket: 'images',
    dynamodb: new MemoryTables({ products: [] }).client,
    productsTable: 'products',
  };
  return { stores, deleted };
}

test('an upload that another run deleted is gone, although S3 says AccessDenied', async () => {
  const { stores } = bucketWithoutListing('another run');
  expect(await checkImage(KEY, stores)).toEqual({ decision: 'GONE' });
});

test('a missing right to read an upload is an error, and the upload stays', async () => {
  const { stores, deleted } = bucketWithoutListing('nobody');
  await expect(checkImage(KEY, stores)).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(deleted).toEqual([]);
});
