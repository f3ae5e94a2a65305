import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, tokensFor } from './accounts.ts';
import { makeProduct } from './products.ts';
import { stack } from './stack.ts';
import { waitFor } from './wait-for.ts';
import { watchPages } from './watch-pages.ts';

export const shop = stack.storefrontUrl;

/** Long, because the machine may have much to do. */
const LONGEST_WAIT_MS = 45_000;

/** A browser of its own that has been at the shop before. */
export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What must not have happened on any page of it. */
  faults: string[];
}

export interface VisitOptions extends BrowserContextOptions {
  /** Who is signed in. */
  customer?: Customer;
  /** What is in the cart, at the price and stock that the product had then. */
  cart?: Product[];
}

/** Opens the browser of a person. The caller closes the context. */
export async function visitShop(
  browser: Browser,
  { customer, cart = [], ...options }: VisitOptions = {},
): Promise<Visit> {
  const localStorage = [{ name: 'cart', value: JSON.stringify({ key: randomUUID(), lines: cart.map(cartLine) }) }];
  if (customer) localStorage.push({ name: 'refreshToken', value: (await tokensFor(customer)).RefreshToken ?? '' });
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'UTC',
    storageState: { cookies: [], origins: [{ origin: shop, localStorage }] },
    ...options,
  });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  const faults = await watchPages(context, shop);
  return { context, page: await context.newPage(), faults };
}

function cartLine({ productId, name, price, currency, available }: Product) {
  return { productId, name, price: price / 100, currency, stock: available, quantity: 1 };
}

/** Makes products and waits until the edge, which keeps the catalogue for some seconds, shows them all. */
export async function sellProducts<Name extends string>(
  wanted: Record<Name, Partial<Product>>,
): Promise<Record<Name, Product>> {
  const made = await Promise.all(
    Object.entries<Partial<Product>>(wanted).map(
      async ([name, product]) =>
        [name, await makeProduct({ name: `${name} ${randomUUID().slice(0, 8)}`, ...product })] as const,
    ),
  );
  await waitFor('the edge to show the new products', async () => {
    const shown = await productsAtTheEdge();
    return made.every(([, { productId }]) => shown.has(productId));
  });
  return Object.fromEntries(made) as Record<Name, Product>;
}

/** The ids of the catalogue's products, as the shop's cart asks for them. */
async function productsAtTheEdge(): Promise<Set<string>> {
  const ids = new Set<string>();
  let nextToken: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '100', ...(nextToken !== undefined && { nextToken }) });
    const response = await fetch(`${shop}/api/products?${query}`);
    const page = (await response.json()) as { items: { productId: string }[]; nextToken?: string };
    for (const { productId } of page.items) ids.add(productId);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return ids;
}

/** Finds a product among the others as a person does, and puts it into the cart. */
export async function addToCart(page: Page, { name }: Product): Promise<void> {
  const add = page.getByRole('button', { name: `Add to cart: ${name}`, exact: true });
  const more = page.getByRole('button', { name: 'Show more products' });
  await waitFor(`${name} to be among the products`, async () => {
    await page.goto(shop);
    await page
      .getByRole('button', { name: /^Add to cart/ })
      .first()
      .waitFor();
    while ((await add.count()) === 0) {
      if ((await more.count()) === 0) return false;
      await Promise.all([page.waitForResponse(/\/api\/products\?/), more.click()]);
      await page.locator('button[aria-disabled=true]').waitFor({ state: 'detached' });
    }
    return true;
  });
  await add.click();
}

export type Card = 'Approved card' | 'Declined card' | 'Card without funds';

/** Fills the check-out. The name stays empty, as it may. */
export async function fillCheckout(page: Page, card: Card = 'Approved card', street = '1 Cedar Lane'): Promise<void> {
  await page.getByLabel('Street and number').fill(street);
  await page.getByLabel('City').fill('Springfield');
  await page.getByLabel('State or region').fill('IL');
  await page.getByLabel('Postal code').fill('62701');
  await page.getByRole('radio', { name: card }).check();
}

export function orderButton(page: Page) {
  return page.getByRole('button', { name: /^Order and pay/ });
}

/** Waits until the page of the order says how it stands, such as `Completed`. Returns the order's id. */
export async function seeOrder(page: Page, standing: string): Promise<string> {
  await page.getByRole('region', { name: 'How it stands' }).getByText(standing, { exact: true }).waitFor();
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}
