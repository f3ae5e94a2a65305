/**
 * npm run preview:storefront: takes the pictures of docs/storefront.md and docs/desk.md in a real browser, from the
 * running local cloud, into docs/images/storefront. A cloud that has just been started has the catalogue alone, as the
 * pictures should show it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Customer, claims, logIn } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { openBreaker } from '../support/breakers.ts';
import { launchChromium } from '../support/chromium.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readProduct } from '../support/products.ts';
import { tokenOnItsOwn } from '../support/sandbox-account.ts';
import { fillCheckout, visitShop } from '../support/shop-page.ts';
import { stack } from '../support/stack.ts';
import { stuckOrder } from '../support/stuck-order.ts';

const FOLDER = join('docs', 'images', 'storefront');
const DESKTOP = { width: 1100, height: 760 };
const PHONE = { width: 390, height: 760 };

async function signIn(account: { email: string; password: string }): Promise<Customer> {
  const idToken = await logIn(account);
  return { ...account, idToken, customerId: String(claims(idToken).sub) };
}

const order = (token: string, productId: string, quantity = 1) =>
  placeOrder(
    customer,
    orderRequest([{ productId, quantity }], {
      paymentToken: tokenOnItsOwn(token).paymentToken,
      shippingAddress: { street: '1 Cedar Lane', city: 'Springfield', state: 'IL', zipCode: '62701' },
    }),
  );

interface Shot {
  name: string;
  /** Behind the address of the storefront. */
  path: string;
  who: Customer;
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  deviceScaleFactor?: number;
  cart?: string[];
  /** Only this element, and not what the window shows. */
  part?: string;
  /** Brings the page to what the picture shows. */
  show: (page: Page) => Promise<unknown>;
}

async function take(browser: Browser, { name, path, who, cart = [], part, show, ...look }: Shot): Promise<void> {
  const { context, page, faults } = await visitShop(browser, {
    customer: who,
    cart: await Promise.all(cart.map(readProduct)),
    viewport: DESKTOP,
    reducedMotion: 'reduce',
    ...look,
  });
  await page.goto(`${stack.storefrontUrl}${path}`);
  await show(page);
  // Pictures of products come with the page, or when they are scrolled to.
  await page.waitForLoadState('networkidle');
  const file = join(FOLDER, `${name}.png`);
  await (part === undefined ? page : page.locator(part)).screenshot({ path: file });
  await context.close();
  if (faults.length > 0) throw new Error(`${name}: ${faults.join(', ')}`);
  console.log(file);
}

const [customer, operator] = await Promise.all([signIn(stack.customer), signIn(stack.operator)]);
mkdirSync(FOLDER, { recursive: true });
const browser = await launchChromium();
try {
  const [completed, cancelled, stuck] = await Promise.all([
    order('tok_approved', 'PROD-003'),
    order('tok_approved', 'PROD-005'),
    stuckOrder(customer, { productId: 'PROD-009', quantity: 20 }),
    order('tok_declined', 'PROD-002').then((orderId) => waitForStatus(orderId, 'FAILED')),
  ]);
  await Promise.all([completed, cancelled].map((orderId) => waitForStatus(orderId, 'COMPLETED')));
  await call('POST', `/orders/${cancelled}/cancel`, { token: customer.idToken });
  await Promise.all([waitForStatus(cancelled, 'CANCELLED'), openBreaker()]);
  // Last, because its payment is tried again for a minute or so.
  const running = await order('tok_unavailable', 'PROD-008');
  await waitForStatus(running, 'PROCESSING');

  const graph = {
    path: `/desk/orders/${stuck}`,
    who: operator,
    viewport: { width: 1000, height: 1300 },
    // Small enough for a README.
    deviceScaleFactor: 0.85,
    part: '.graph-frame',
    show: (page: Page) => page.getByRole('button', { name: 'OrderNeedsAttention: failed' }).waitFor(),
  };
  const shots: Shot[] = [
    {
      name: 'order-in-progress',
      path: `/orders/${running}`,
      who: customer,
      show: (page) => page.getByRole('region', { name: 'How it stands' }).waitFor(),
    },
    {
      name: 'shop',
      path: '/',
      who: customer,
      show: (page) =>
        page
          .getByRole('button', { name: /^Add to cart/ })
          .first()
          .waitFor(),
    },
    {
      name: 'check-out',
      path: '/checkout',
      who: customer,
      cart: ['PROD-003', 'PROD-006'],
      show: (page) => fillCheckout(page),
    },
    {
      name: 'order-completed-phone',
      path: `/orders/${completed}`,
      who: customer,
      viewport: PHONE,
      show: (page) => page.getByRole('region', { name: 'How it stands' }).getByText('Completed').waitFor(),
    },
    {
      name: 'desk-today',
      path: '/desk',
      who: operator,
      viewport: { width: 1100, height: 620 },
      show: (page) => page.getByRole('table').waitFor(),
    },
    { name: 'desk-graph-light', ...graph, colorScheme: 'light' },
    { name: 'desk-graph-dark', ...graph, colorScheme: 'dark' },
  ];
  for (const shot of shots) await take(browser, shot);
} finally {
  await browser.close();
}
