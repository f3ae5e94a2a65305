import { execFileSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

test('the API document is a page that shows every route without a network', async () => {
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  const printed = execFileSync('node', ['local/api-document.ts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await page.goto(printed.trim());
  await page.getByRole('heading', { name: 'Order processing' }).waitFor();
  for (const route of ['/auth', '/orders/{orderId}/cancel', '/admin/dlq/replay']) {
    await page.getByText(route, { exact: true }).first().waitFor();
  }
  await page.getByText('/orders', { exact: true }).first().click();
  await page.getByRole('heading', { name: 'Place an order' }).waitFor();
  await page.getByText('tok_declined').first().waitFor();
  expect(errors).toEqual([]);
  // Redoc's own logo is all that it asks the network for.
  const asked = requests.filter((url) => !/^(file|data|blob):/.test(url));
  expect(asked.filter((url) => !url.endsWith('/redoc/logo-mini-full.svg'))).toEqual([]);
  await context.close();
});
