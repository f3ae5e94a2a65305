import { createHash, randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { checkImage } from '../../functions/check-image/check-image.ts';
import { imagesBucket, makePng, s3, versionsOf } from '../support/images.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const stores = { s3, bucket: imagesBucket, dynamodb, productsTable: stack.productsTable };

const put = (key: string, file: Buffer, contentType = 'image/png') =>
  s3.send(new PutObjectCommand({ Bucket: imagesBucket, Key: key, Body: file, ContentType: contentType }));

describe('checkImage', () => {
  test('does nothing when the event comes again', async () => {
    expect(await checkImage(`incoming/T-1/${randomUUID()}`, stores)).toEqual({ decision: 'GONE' });
  });

  test('removes every version and delete marker of an unknown key', async () => {
    // Outside incoming/, so that the deployed function does not remove it first.
    const key = `elsewhere/${randomUUID()}`;
    await put(key, makePng());
    await put(key, makePng());
    await s3.send(new DeleteObjectCommand({ Bucket: imagesBucket, Key: key }));
    await put(key, makePng());
    expect(await versionsOf(key)).toHaveLength(4);

    expect(await checkImage(key, stores)).toEqual({ decision: 'REFUSED', reason: 'UNKNOWN_KEY' });
    expect(await versionsOf(key)).toEqual([]);
  });

  test('keeps an object whose key only begins like that of the upload', async () => {
    const key = `elsewhere/${randomUUID()}`;
    await put(key, makePng());
    await put(`${key}-2`, makePng());
    await checkImage(key, stores);
    expect(await versionsOf(`${key}-2`)).toHaveLength(1);
    await checkImage(`${key}-2`, stores);
  });

  test('makes a good upload the image once when its event is delivered several times at the same moment', async () => {
    const { productId } = await makeProduct();
    const file = makePng();
    const key = `incoming/${productId}/${randomUUID()}`;
    await put(key, file);
    const decisions = await Promise.all(Array.from({ length: 5 }, () => checkImage(key, stores)));
    expect(decisions.filter(({ decision }) => decision === 'REFUSED')).toEqual([]);
    const image = `images/${createHash('sha256').update(file).digest('hex')}.png`;
    await waitFor('the image to be set', async () => (await readProduct(productId)).image === image);
    expect(await versionsOf(key)).toEqual([]);
    expect(await versionsOf(image)).toHaveLength(1);
  });

  test('removes an upload for a product that does not exist', async () => {
    const key = `incoming/T-${randomUUID()}/${randomUUID()}`;
    await put(key, makePng());
    // The deployed function may have been quicker.
    expect([{ decision: 'REFUSED', reason: 'NO_SUCH_PRODUCT' }, { decision: 'GONE' }]).toContainEqual(
      await checkImage(key, stores),
    );
    expect(await versionsOf(key)).toEqual([]);
  });

  test('does not replace the image by an upload that is older', async () => {
    const { productId } = await makeProduct();
    await dynamodb.send(
      new UpdateCommand({
        TableName: stack.productsTable,
        Key: { productId },
        UpdateExpression: 'SET image = :image, imageUploadedAt = :at',
        ExpressionAttributeValues: { ':image': 'images/newer.png', ':at': '2999-01-01T00:00:00.000Z' },
      }),
    );
    const key = `incoming/${productId}/${randomUUID()}`;
    await put(key, makePng());
    expect(['SUPERSEDED', 'GONE']).toContain((await checkImage(key, stores)).decision);
    expect(await readProduct(productId)).toMatchObject({ image: 'images/newer.png' });
    expect(await versionsOf(key)).toEqual([]);
  });
});
