import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { PRODUCTS } from '../../local/products.ts';
import { makeCustomer, makeOperator } from '../support/accounts.ts';
import { readBody } from '../support/api.ts';
import { s3 } from '../support/images.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const MAX_AGE_SECONDS = 15;
const siteBucket = stack.outputs.StorefrontBucketName ?? '';
const imagesBucket = stack.outputs.ImagesBucketName ?? '';

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** A request to the storefront, as a page there sends it: without an API key. */
async function ask(path: string, { token, ...options }: RequestInit & { token?: string } = {}): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set('authorization', token);
  const response = await fetch(`${stack.storefrontUrl}${path}`, { ...options, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function publishedKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: siteBucket }))
    keys.push(...Contents.map(({ Key = '' }) => Key));
  return keys;
}

/** Whether the edge answered by itself. */
const isHit = ({ headers }: Answer) => headers.get('x-cache')?.startsWith('Hit') === true;

/** The address of an object at S3 itself. */
const atS3 = (bucket: string, key: string) =>
  stack.endpoint === undefined
    ? `https://${bucket}.s3.${stack.region}.amazonaws.com/${key}`
    : `${stack.endpoint}/${bucket}/${key}`;

/** A path of every kind of answer: page, page below, file, API, API's error, image. */
async function onePathOfEachKind(): Promise<string[]> {
  const { items } = JSON.parse((await ask('/api/products')).text) as { items: { imageUrl?: string }[] };
  const image = items.find(({ imageUrl }) => imageUrl !== undefined)?.imageUrl ?? '';
  expect(image).toMatch(/^\/images\//);
  const asset = (await publishedKeys()).find((key) => key.startsWith('assets/'));
  return [
    '/',
    '/orders/4711',
    '/desk',
    `/${asset}`,
    '/config.json',
    '/api/products',
    '/api/orders',
    '/api/nothing',
    image,
  ];
}

describe('the pages', () => {
  test('are asked for every time, and name files that may be kept for a year', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const named = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(0);
    for (const path of named) {
      const file = await ask(path);
      expect([path, file.status, file.headers.get('cache-control')]).toEqual([
        path,
        200,
        'public, max-age=31536000, immutable',
      ]);
      expect(file.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
    }
  });

  test('are one file at every address that is no file, also at that of an order and of the desk', async () => {
    const { text } = await ask('/');
    for (const path of ['/cart', '/orders/b5d2f8c4-0000-4000-8000-000000000000', '/desk', '/desk/orders?status=FAILED'])
      expect(await ask(path)).toMatchObject({ status: 200, text });
  });

  test('are not sent again to a browser that has them', async () => {
    const etag = (await ask('/')).headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect(await ask('/', { headers: { 'if-none-match': etag } })).toMatchObject({ status: 304, text: '' });
  });

  test('have files that are sent compressed', async () => {
    const script = (await publishedKeys()).find((key) => /^assets\/index-.*\.js$/.test(key));
    const plain = await ask(`/${script}`, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const response = await fetch(`${stack.storefrontUrl}/${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(await response.text()).toBe(plain.text);
  });

  test('are told who takes the payments, and nothing that is secret', async () => {
    const config = readBody((await ask('/config.json')).text);
    expect(Object.keys(config).filter((key) => !['paymentProvider', 'stripePublishableKey'].includes(key))).toEqual([]);
    expect(['sandbox', 'stripe']).toContain(config.paymentProvider);
  });

  test('do not exist where a file does not', async () => {
    expect((await ask('/assets/nothing-1a2b3c.js')).status).toBe(403);
  });
});

describe('the API key', () => {
  test('is added at the edge: a page calls the API without it', async () => {
    expect((await fetch(`${stack.apiUrl}/products`)).status).toBe(403);
    expect((await ask('/api/products')).status).toBe(200);
  });

  test('of a request is replaced, so that nobody needs one', async () => {
    const { idToken: token } = await makeCustomer();
    expect((await ask('/api/orders', { token, headers: { 'x-api-key': 'none' } })).status).toBe(200);
  });

  test('is in no file that is published, and in no answer', async () => {
    expect(stack.apiKey.length).toBeGreaterThan(20);
    const paths = [...(await publishedKeys()).map((key) => `/${key}`), ...(await onePathOfEachKind())];
    for (const path of paths) {
      const answer = await ask(path);
      expect([path, answer.text.includes(stack.apiKey)]).toEqual([path, false]);
      expect([path, JSON.stringify([...answer.headers]).includes(stack.apiKey)]).toEqual([path, false]);
    }
  });
});

describe('the buckets', () => {
  test('refuse everybody who does not come through the edge', async () => {
    const asset = (await publishedKeys()).find((key) => key.startsWith('assets/')) ?? '';
    for (const key of ['index.html', asset]) {
      expect((await ask(`/${key}`)).status).toBe(200);
      expect((await fetch(atS3(siteBucket, key))).status).toBe(403);
    }
    expect((await fetch(atS3(siteBucket, ''))).status).toBe(403);
    const image = (await onePathOfEachKind()).at(-1) ?? '';
    expect((await ask(image)).status).toBe(200);
    expect((await fetch(atS3(imagesBucket, image.slice(1)))).status).toBe(403);
  });

  test('show the picture of every product that a new stack has', async () => {
    const shown = new Map<string, string | undefined>();
    let nextToken: string | undefined;
    do {
      const query = new URLSearchParams({ limit: '100', ...(nextToken !== undefined && { nextToken }) });
      const page = JSON.parse((await ask(`/api/products?${query}`)).text) as {
        items: { productId: string; imageUrl?: string }[];
        nextToken?: string;
      };
      for (const { productId, imageUrl } of page.items) shown.set(productId, imageUrl);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    for (const { productId } of PRODUCTS) {
      const picture = await fetch(`${stack.storefrontUrl}${shown.get(productId)}`);
      expect([productId, picture.status, picture.headers.get('content-type')]).toEqual([productId, 200, 'image/webp']);
      expect(picture.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  test('show no upload that is not checked', async () => {
    expect((await ask('/incoming/PROD-001/b5d2f8c4-0000-4000-8000-000000000000')).headers.get('content-type')).toBe(
      'text/html; charset=utf-8',
    );
    expect((await ask('/images/../incoming/x.png')).status).toBe(403);
  });
});

test('every answer has the security headers, wherever it comes from', async () => {
  for (const path of await onePathOfEachKind()) {
    const { headers } = await ask(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect([path, policy]).toEqual([path, expect.stringMatching(/^default-src 'none'; script-src 'self'/)]);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect([path, Object.fromEntries(headers)]).toEqual([
      path,
      expect.objectContaining({
        'strict-transport-security': 'max-age=63072000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'strict-origin-when-cross-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      }),
    ]);
  }
});

test('a page of another origin may neither send nor read anything', async () => {
  const origin = 'https://elsewhere.example.com';
  const { idToken: token } = await makeCustomer();
  const preflight = await ask('/api/orders', {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  const answers = [
    preflight,
    await ask('/api/orders', { token, headers: { origin } }),
    await ask('/api/products', { headers: { origin } }),
    await ask('/api/nothing', { headers: { origin } }),
    await ask('/', { headers: { origin } }),
  ];
  for (const { headers } of answers)
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

describe('the API', () => {
  test('takes an order through the edge, and tells where to follow it there', async () => {
    const [{ idToken: token }, product] = await Promise.all([makeCustomer(), makeProduct()]);
    const { method, headers, body } = post(orderRequest([{ productId: product.productId, quantity: 1 }]));
    const placed = await ask('/api/orders', {
      token,
      ...(method && { method }),
      ...(headers && { headers }),
      ...(body && { body }),
    });
    expect(placed.status).toBe(202);
    const { pathname } = new URL(placed.headers.get('location') ?? '', `${stack.storefrontUrl}/api/orders`);
    expect(pathname).toMatch(/^\/api\/orders\/[0-9a-f-]{36}$/);
    expect((await ask(pathname, { token })).status).toBe(200);
  });

  test.each([
    ['GET', '/api/nothing'],
    ['GET', '/api/'],
    ['POST', '/api/products'],
    ['DELETE', '/api/orders'],
  ])('answers %s %s itself with its own problem', async (method, path) => {
    const answer = await ask(path, { method });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect([answer.status, readBody(answer.text).code]).toEqual([404, 'NOT_FOUND']);
  });

  test('shows a page of the catalogue from the edge for its max-age, and each page by itself', async () => {
    // One that nobody else asks for.
    const path = `/api/products?limit=${50 + Math.floor(50 * Math.random())}`;
    const first = await waitFor('an answer of the API', async () => {
      const answer = await ask(path);
      return isHit(answer) ? undefined : answer;
    });
    const since = Date.now();
    expect(first.headers.get('cache-control')).toBe(`public, max-age=${MAX_AGE_SECONDS}`);
    const again = await ask(path);
    expect(isHit(again)).toBe(true);
    expect(Number(again.headers.get('age'))).toBeLessThanOrEqual(MAX_AGE_SECONDS);
    expect(again.text).toBe(first.text);
    // What is no part of a page does not reach the API, and makes no other page.
    expect(isHit(await ask(`${path}&colour=red`, { headers: { cookie: 'a=b' } }))).toBe(true);
    await waitFor('the page to be read again', async () => !isHit(await ask(path)), { seconds: 20, everyMs: 250 });
    expect(Date.now() - since).toBeGreaterThan((MAX_AGE_SECONDS - 1) * 1000);
  });

  test('has nothing else of it kept: not what one customer sees, not a form, not an error', async () => {
    const [one, other, operator] = await Promise.all([makeCustomer(), makeCustomer(), makeOperator()]);
    const product = await makeProduct();
    const order = { ...post(orderRequest([{ productId: product.productId, quantity: 1 }])), token: one.idToken };
    const { orderId } = readBody((await ask('/api/orders', order)).text);
    const form = `/api/products/upload?productId=${product.productId}&contentType=image%2Fpng&reason=test`;
    const asked: [path: string, token: string | undefined, status: number][] = [
      ['/api/orders', one.idToken, 200],
      ['/api/orders', other.idToken, 200],
      [`/api/orders/${orderId}`, one.idToken, 200],
      [`/api/orders/${orderId}`, other.idToken, 404],
      [`/api/orders/${orderId}`, undefined, 401],
      [form, operator.idToken, 200],
      [form, one.idToken, 403],
      ['/api/nothing', undefined, 404],
      ['/api/products?limit=0', undefined, 400],
    ];
    for (const _ of ['first', 'second']) {
      for (const [path, token, status] of asked) {
        const answer = await ask(path, token === undefined ? {} : { token });
        expect([path, answer.status, isHit(answer)]).toEqual([path, status, false]);
      }
    }
  });
});
