import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { launchChromium } from '../support/chromium.ts';
import { makePng } from '../support/images.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(60_000);

const shop = stack.storefrontUrl;

/** What somebody else's pages hold, by their paths. */
const PAGES: Record<string, string> = {
  '/form': `<form method="post" enctype="text/plain" action="${shop}/api/orders"><button>Win a prize!</button></form>`,
  '/frame': `<iframe src="${shop}/"></iframe>`,
  '/open': `<button onclick="opened = window.open('${shop}/')">Win a prize!</button>`,
};

let browser: Browser;
let context: BrowserContext;
let elsewhere: Server;
/** The address of the pages of somebody else. */
let elsewhereUrl: string;

beforeAll(async () => {
  browser = await launchChromium();
  elsewhere = createServer(({ url = '/' }, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><title>Elsewhere</title>${PAGES[url] ?? ''}`);
  });
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
  // Another site than 127.0.0.1, and not only another port of it.
  elsewhereUrl = `http://localhost:${(elsewhere.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  elsewhere?.close();
});

beforeEach(async () => {
  context = await browser.newContext();
});

afterEach(() => context.close());

async function signIn({ email, password }: Customer): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${shop}/sign-in`);
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('form button[type=submit]').click();
  await page.waitForFunction(() => Object.keys(localStorage).length > 0);
  return page;
}

async function ordersOf({ idToken }: Customer): Promise<unknown> {
  return (await call('GET', '/orders', { token: idToken })).body.items;
}

test('a page of another origin cannot act for a signed-in customer, nor see that there is one', async () => {
  const customer = await makeCustomer();
  await signIn(customer);
  const product = await makeProduct();
  const page = await context.newPage();
  await page.goto(elsewhereUrl);

  const tried = await page.evaluate(
    async ([url, order]) => {
      const outcome = (request: Promise<Response>) =>
        request.then(
          (response) => `${response.type} ${response.status}`,
          () => 'refused',
        );
      const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: order };
      return {
        read: await outcome(fetch(url, { credentials: 'include' })),
        'read of what everybody may read': await outcome(fetch(url.replace('/orders', '/products'))),
        order: await outcome(fetch(url, { ...json, credentials: 'include' })),
        'order without asking first': await outcome(
          fetch(url, { method: 'POST', body: order, mode: 'no-cors', credentials: 'include' }),
        ),
      };
    },
    [`${shop}/api/orders`, JSON.stringify(orderRequest([{ productId: product.productId, quantity: 1 }]))] as const,
  );
  expect(tried).toEqual({
    read: 'refused',
    'read of what everybody may read': 'refused',
    order: 'refused',
    'order without asking first': 'refused',
  });

  // A form needs no allowance, so that it arrives: without a token, which no page but the shop's has.
  await page.goto(`${elsewhereUrl}/form`);
  const [answer] = await Promise.all([page.waitForResponse(`${shop}/api/orders`), page.getByRole('button').click()]);
  expect([401, 415]).toContain(answer.status());
  expect(await ordersOf(customer)).toEqual([]);
  expect((await readProduct(product.productId)).available).toBe(product.available);
});

test('a page of another origin can neither frame the shop nor reach into its window', async () => {
  const customer = await makeCustomer();
  await signIn(customer);
  const page = await context.newPage();
  await page.goto(`${elsewhereUrl}/frame`);
  await waitFor('the frame to be refused', async () =>
    page.frames().some((frame) => frame.url().startsWith('chrome-error:')),
  );

  await page.goto(`${elsewhereUrl}/open`);
  const [opened] = await Promise.all([context.waitForEvent('page'), page.getByRole('button').click()]);
  await opened.waitForLoadState();
  expect(await opened.evaluate('window.opener')).toBeNull();
  // As for a window that is closed, the other page has nothing of it.
  expect(await page.evaluate('opened.closed')).toBe(true);
});

test('the shop loads everything from its own origin, and violates no policy', async () => {
  const page = await context.newPage();
  const requests: string[] = [];
  const violations: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).origin));
  page.on('console', (message) => {
    if (/Content Security Policy|Permissions-Policy/i.test(message.text())) violations.push(message.text());
  });
  for (const path of ['/', '/cart', '/sign-in', '/sign-up', '/desk']) {
    await page.goto(`${shop}${path}`, { waitUntil: 'networkidle' });
  }
  expect([...new Set(requests)]).toEqual([shop]);
  expect(violations).toEqual([]);
});

test('a page of the shop may post an image to the bucket, and nothing to anybody else', async () => {
  const [operator, product] = await Promise.all([makeOperator(), makeProduct()]);
  const query = new URLSearchParams({ productId: product.productId, contentType: 'image/png', reason: 'test' });
  const form = (await call('GET', `/products/upload?${query}`, { token: operator.idToken })).body;
  const page = await context.newPage();
  await page.goto(shop);
  const posted = await page.evaluate(
    async ([{ url, fields }, bytes, other]) => {
      const data = new FormData();
      for (const [name, value] of Object.entries(fields)) data.append(name, value);
      data.append('file', new Blob([new Uint8Array(bytes)]));
      const status = (address: string) =>
        fetch(address, { method: 'POST', body: data }).then(
          (response) => response.status,
          () => 'refused',
        );
      return [await status(url), await status(other)];
    },
    [form as { url: string; fields: Record<string, string> }, [...makePng()], elsewhereUrl] as const,
  );
  expect(posted).toEqual([204, 'refused']);
  const image = await waitFor('the image to be checked', async () => (await readProduct(product.productId)).image);
  expect((await fetch(`${shop}/${image}`)).status).toBe(200);
});
