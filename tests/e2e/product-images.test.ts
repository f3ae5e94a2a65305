import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Customer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { imagesBucket, makeJpeg, makePng, makeWebp, s3, versionsOf } from '../support/images.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

let operator: Customer;

beforeAll(async () => {
  operator = await makeOperator();
});

interface Form {
  url: string;
  fields: Record<string, string>;
  key: string;
  expiresIn: number;
}

const MB = 1024 * 1024;
const uploadPath = (productId: string, contentType: string) =>
  `/products/upload?${new URLSearchParams({ productId, contentType })}`;

async function getForm(productId: string, contentType: string): Promise<Form> {
  const answer = await call('GET', uploadPath(productId, contentType), { token: operator.idToken });
  expect(answer.status).toBe(200);
  return answer.body as unknown as Form;
}

async function post({ url, fields }: Form, file: Buffer): Promise<{ status: number; text: string }> {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', new Blob([new Uint8Array(file)]));
  const response = await fetch(url, { method: 'POST', body: data });
  return { status: response.status, text: await response.text() };
}

const sha256 = (file: Buffer) => createHash('sha256').update(file).digest('hex');
const isGone = (key: string) => async () => (await versionsOf(key)).length === 0;

describe('GET /products/upload', () => {
  test('is for operators alone', async () => {
    const { productId } = await makeProduct();
    await expectOperatorsOnly(operator, 'GET', uploadPath(productId, 'image/png'));
  });

  test('returns a form that no cache may keep', async () => {
    const { productId } = await makeProduct();
    const answer = await call('GET', uploadPath(productId, 'image/png'), { token: operator.idToken });
    expect(answer).toMatchObject({
      status: 200,
      body: { url: expect.stringContaining('http'), fields: { 'Content-Type': 'image/png' }, expiresIn: 300 },
    });
    expect(answer.body.key).toMatch(new RegExp(`^incoming/${productId}/[0-9a-f-]{36}$`));
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    ['no product', '', 400, 'VALIDATION_FAILED'],
    ['no type', '?productId=PROD-001', 400, 'VALIDATION_FAILED'],
    ['a type that can run scripts', '?productId=PROD-001&contentType=image/svg%2Bxml', 400, 'VALIDATION_FAILED'],
    ['an inherited name as type', '?productId=PROD-001&contentType=constructor', 400, 'VALIDATION_FAILED'],
    ['a path as product', '?productId=../images&contentType=image/png', 400, 'VALIDATION_FAILED'],
    ['a product that does not exist', '?productId=T-none&contentType=image/png', 404, 'NOT_FOUND'],
  ])('refuses %s', async (_what, query, status, code) => {
    const answer = await call('GET', `/products/upload${query}`, { token: operator.idToken });
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

describe('an upload', () => {
  test.each([
    ['image/png', 'png', makePng],
    ['image/jpeg', 'jpg', makeJpeg],
    ['image/webp', 'webp', makeWebp],
  ])('that is a good %s becomes the image of the product', async (contentType, ending, make) => {
    const { productId } = await makeProduct();
    const file = make();
    const form = await getForm(productId, contentType);
    expect((await post(form, file)).status).toBe(204);

    const image = `images/${sha256(file)}.${ending}`;
    await waitFor('the image to be set', async () => (await readProduct(productId)).image === image);
    await waitFor('the upload to be removed in all versions', isGone(form.key));
    const kept = await s3.send(new GetObjectCommand({ Bucket: imagesBucket, Key: image }));
    expect(Buffer.from((await kept.Body?.transformToByteArray()) ?? [])).toEqual(file);
    expect(kept).toMatchObject({ ContentType: contentType, CacheControl: 'public, max-age=31536000, immutable' });
  });

  test('shows in the list of products', async () => {
    const { productId } = await makeProduct();
    const file = makePng();
    await post(await getForm(productId, 'image/png'), file);
    await waitFor('the image to be set', async () => (await readProduct(productId)).image);

    const find = async () => {
      for (let nextToken: unknown, page = 0; page < 1000; page += 1) {
        const query = new URLSearchParams({ limit: '100', ...(nextToken ? { nextToken: String(nextToken) } : {}) });
        const { body } = await call('GET', `/products?${query}`);
        const found = (body.items as { productId: string }[]).find((item) => item.productId === productId);
        if (found) return found;
        nextToken = body.nextToken;
        if (!nextToken) break;
      }
      return undefined;
    };
    expect(await find()).toMatchObject({ imageUrl: `/images/${sha256(file)}.png` });
  });

  test('is kept once when two products have the same picture', async () => {
    const [one, other] = await Promise.all([makeProduct(), makeProduct()]);
    const file = makePng();
    await post(await getForm(one.productId, 'image/png'), file);
    await post(await getForm(other.productId, 'image/png'), file);
    const image = `images/${sha256(file)}.png`;
    for (const { productId } of [one, other]) {
      await waitFor('the image to be set', async () => (await readProduct(productId)).image === image);
    }
    expect(await versionsOf(image)).toHaveLength(1);
  });

  test.each([
    ['a page of HTML that says it is a PNG', 'image/png', () => Buffer.from('<script>alert(1)</script>')],
    ['a JPEG that says it is a PNG', 'image/png', makeJpeg],
    ['a PNG that says it is a WebP', 'image/webp', makePng],
    ['a sound that says it is a WebP', 'image/webp', () => Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1')],
    ['half a PNG signature', 'image/png', () => Buffer.from('\x89PNG', 'latin1')],
  ])('that is %s is removed in all versions and never shown', async (_what, contentType, make) => {
    const { productId } = await makeProduct();
    const file = make();
    const form = await getForm(productId, contentType);
    expect((await post(form, file)).status).toBe(204);

    await waitFor('the upload to be removed in all versions', isGone(form.key));
    expect((await readProduct(productId)).image).toBeUndefined();
    for (const ending of ['png', 'jpg', 'webp']) {
      const head = s3.send(new HeadObjectCommand({ Bucket: imagesBucket, Key: `images/${sha256(file)}.${ending}` }));
      await expect(head).rejects.toMatchObject({ name: 'NotFound' });
    }
  });

  test('that is too large is refused by S3 itself', async () => {
    const { productId } = await makeProduct();
    const form = await getForm(productId, 'image/png');
    const answer = await post(form, Buffer.concat([makePng(), Buffer.alloc(5 * MB)]));
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('EntityTooLarge') });
    expect(await versionsOf(form.key)).toEqual([]);
  });

  test('that is empty is refused by S3 itself', async () => {
    const { productId } = await makeProduct();
    const answer = await post(await getForm(productId, 'image/png'), Buffer.alloc(0));
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('EntityTooSmall') });
  });

  test.each([
    ['another key', { key: 'images/0000.png' }],
    ['another type', { 'Content-Type': 'text/html' }],
    ['a field of its own', { 'x-amz-meta-note': 'mine' }],
    [
      'another policy',
      { Policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64') },
    ],
  ])('with %s than was signed is refused by S3 itself', async (_what, changed) => {
    const { productId } = await makeProduct();
    const form = await getForm(productId, 'image/png');
    const answer = await post({ ...form, fields: { ...form.fields, ...changed } }, makePng());
    expect(answer.status).toBe(403);
    expect(await versionsOf(form.key)).toEqual([]);
    expect(await versionsOf('images/0000.png')).toEqual([]);
  });

  test('cannot be read by the public', async () => {
    const { productId } = await makeProduct();
    await post(await getForm(productId, 'image/png'), makePng());
    const { image } = await waitFor('the image to be set', async () => {
      const product = await readProduct(productId);
      return product.image !== undefined && product;
    });
    const form = await getForm(productId, 'image/png');
    expect((await fetch(`${form.url.replace(/\/$/, '')}/${image}`)).status).toBe(403);
  });
});
