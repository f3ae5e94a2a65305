import type { Browser, Locator, Page } from 'playwright-core';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { launchChromium } from '../support/chromium.ts';
import { ordersOf, putOrder, readOrderRow } from '../support/order-rows.ts';
import { readPayment } from '../support/payments.ts';
import {
  fillCheckout,
  orderButton,
  seeOrder,
  sellProducts,
  shop,
  type Visit,
  visitShop,
} from '../support/shop-page.ts';
import { waitFor } from '../support/wait-for.ts';
import { barriers } from '../support/watch-pages.ts';

// The shop by keyboard, with a screen reader's eyes, on a small phone, in both themes, and without motion.

jest.setTimeout(180_000);

let browser: Browser;
let customer: Customer;
let products: Record<'mug' | 'pen' | 'dearer' | 'gone', Product>;
let visit: Visit;

beforeAll(async () => {
  browser = await launchChromium();
  customer = await makeCustomer();
  products = await sellProducts({ mug: {}, pen: {}, dearer: { price: 1500 }, gone: { available: 0 } });
});
afterAll(() => browser?.close());

afterEach(async () => {
  await visit.context.close();
  expect(visit.faults).toEqual([]);
});

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();

/** Every page of the shop, in the states that look different. */
const PAGES: Record<string, (page: Page) => Promise<void>> = {
  products: async (page) => {
    await page.goto(shop);
    await page
      .getByRole('button', { name: /^Add to cart/ })
      .first()
      .click();
    await page
      .getByText(/^\d+ in your cart$/)
      .first()
      .waitFor();
  },
  'a cart in which prices and stock changed': async (page) => {
    await page.goto(`${shop}/cart`);
    await page.getByText('Prices have changed').waitFor();
    await page.getByText('Sold out meanwhile. Remove it to order the rest.').waitFor();
  },
  'an empty cart': async (page) => {
    await page.goto(`${shop}/cart`);
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .waitFor();
    while ((await page.getByRole('button', { name: /^Remove/ }).count()) > 0) {
      await page
        .getByRole('button', { name: /^Remove/ })
        .first()
        .click();
    }
    await page.getByText('Your cart is empty.').waitFor();
  },
  'the check-out with faults beside its fields': async (page) => {
    await page.goto(`${shop}/checkout`);
    await page.getByRole('radio', { name: 'Approved card' }).waitFor();
    await orderButton(page).click();
    await page.getByText('Enter street and number.').waitFor();
  },
  'the check-out without a network': async (page) => {
    await page.goto(`${shop}/checkout`);
    await fillCheckout(page);
    await visit.context.setOffline(true);
    await page.getByText('You are offline. What you see').waitFor();
  },
  'the list of orders': async (page) => {
    const { customerId } = customer;
    await Promise.all([putOrder({ customerId, status: 'FAILED' }), putOrder({ customerId, status: 'CANCELLED' })]);
    await page.goto(`${shop}/orders`);
    await page
      .getByRole('link', { name: /^Order of/ })
      .first()
      .waitFor();
  },
  'an order that nobody has started': async (page) => {
    const { orderId } = await putOrder({ customerId: customer.customerId });
    await page.goto(`${shop}/orders/${orderId}`);
    await seeOrder(page, 'Received');
  },
  'an order that somebody looks into, with the question whether to cancel': async (page) => {
    const { orderId } = await putOrder({ customerId: customer.customerId, status: 'NEEDS_ATTENTION' });
    await page.goto(`${shop}/orders/${orderId}`);
    await seeOrder(page, 'We look into it');
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('button', { name: 'Keep the order' }).waitFor();
  },
  'an order that failed': async (page) => {
    const error = { code: 'PAYMENT_DECLINED', message: 'the payment was declined', state: 'AuthorizePayment' } as const;
    const { orderId } = await putOrder({ customerId: customer.customerId, status: 'FAILED', error });
    await page.goto(`${shop}/orders/${orderId}`);
    await seeOrder(page, 'Not completed');
  },
  'an order that does not exist': async (page) => {
    await page.goto(`${shop}/orders/00000000-0000-4000-8000-000000000000`);
    await page.getByText('There is no such order in your account.').waitFor();
  },
  'no such page': async (page) => {
    await page.goto(`${shop}/no-such-page`);
    await heading(page, 'No such page');
  },
  'the desk, to a customer': async (page) => {
    await page.goto(`${shop}/desk`);
    await heading(page, 'The desk is for the people of the shop');
  },
};

/** Pages for people who are not signed in. */
const PAGES_BEFORE: Record<string, (page: Page) => Promise<void>> = {
  'signing in with a wrong password': async (page) => {
    await page.goto(`${shop}/sign-in`);
    await page.getByLabel('E-mail address').fill(customer.email);
    await page.getByLabel('Password').fill('Wrong-password-1');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('E-mail address and password do not match').waitFor();
  },
  'signing up with faults beside the fields': async (page) => {
    await page.goto(`${shop}/sign-up`);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Enter an e-mail address such as').waitFor();
  },
  'confirming an address': async (page) => {
    await page.goto(`${shop}/confirm`);
    await page.getByText('No code has come').click();
    await page.getByRole('button', { name: 'Send another code' }).waitFor();
  },
  'a forgotten password': async (page) => {
    await page.goto(`${shop}/forgot`);
    await page.getByLabel('E-mail address').fill(customer.email);
    await page.getByRole('button', { name: 'Send a code' }).click();
    await heading(page, 'Choose a new password');
  },
};

const ALL = [
  ...Object.entries(PAGES).map(([name, open]) => ({ name, open, isSignedIn: true })),
  ...Object.entries(PAGES_BEFORE).map(([name, open]) => ({ name, open, isSignedIn: false })),
];

test.each(ALL)(
  '$name: nothing keeps people out in either theme, and a phone of 320 px needs no scrolling to the side',
  async ({ open, isSignedIn }) => {
    const cart = [products.mug, { ...products.dearer, price: 1250 }, { ...products.gone, available: 5 }];
    const orderable = [products.mug];
    const isCart = open === PAGES['a cart in which prices and stock changed'];
    visit = await visitShop(browser, {
      cart: isCart ? cart : orderable,
      ...(isSignedIn && { customer }),
      reducedMotion: 'reduce',
    });
    const { page } = visit;
    await open(page);
    expect(await barriers(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  },
);

test('a violation of the policy and an error of a page do not pass unseen', async () => {
  visit = await visitShop(browser);
  const { page, faults } = visit;
  await page.goto(shop);
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p style="color: red">inline</p>')`);
  await page.evaluate(`fetch('https://elsewhere.example/').catch(() => {})`);
  await page.evaluate(`setTimeout(() => { throw new Error('nobody catches this') })`);
  await waitFor('the error to be seen', async () => faults.some((fault) => fault.startsWith('not caught')));
  expect(faults.splice(0)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('style-src'),
      expect.stringContaining('connect-src'),
      'not caught: nobody catches this',
    ]),
  );
});

/** Goes on with the Tab key until this has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 2000; presses += 1) {
    if ((await target.count()) > 0 && (await target.evaluate((element) => element.matches(':focus')))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the Tab key does not come to ${target}`);
}

test('an order is placed and cancelled by keyboard alone, and the focus is always seen', async () => {
  const buyer = await makeCustomer();
  visit = await visitShop(browser);
  const { page } = visit;
  const press = async (target: Locator, key = 'Enter') => {
    await tabTo(page, target);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press(key);
  };
  const write = async (label: string, text: string) => {
    await tabTo(page, page.getByLabel(label));
    await page.keyboard.type(text);
  };

  await page.goto(shop);
  const add = page.getByRole('button', { name: `Add to cart: ${products.mug.name}`, exact: true });
  const more = page.getByRole('button', { name: 'Show more products' });
  await page
    .getByRole('button', { name: /^Add to cart/ })
    .first()
    .waitFor();
  // The first stop of the keyboard passes the navigation by.
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  await page.keyboard.press('Enter');
  while ((await add.count()) === 0) {
    const shown = await page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading') })
      .count();
    await press(more);
    const next = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading') })
      .nth(shown);
    await next.waitFor();
    // The focus goes to the first of the new products, which stand before the button.
    await waitFor('it to have the focus', () => next.evaluate((element) => element.matches(':focus')));
  }
  await press(add);
  await page.getByText('1 in your cart').waitFor();
  await page.goto(`${shop}/cart`);
  await press(page.getByRole('button', { name: `One ${products.mug.name} more` }));
  await press(page.getByRole('button', { name: 'Check out' }));

  await heading(page, 'Sign in');
  await write('E-mail address', buyer.email);
  await write('Password', buyer.password);
  await page.keyboard.press('Enter');
  await heading(page, 'Check out');
  await page.getByRole('radio', { name: 'Approved card' }).waitFor();
  await write('Street and number', '1 Cedar Lane');
  await write('City', 'Springfield');
  await write('State or region', 'IL');
  await page.keyboard.press('Enter');
  // What is missing is told beside the field, and the field has the focus.
  await page.getByText('Enter the postal code, at most 20 characters.').waitFor();
  const zip = page.getByLabel('Postal code');
  await waitFor('the field to have the focus', () => zip.evaluate((element) => element.matches(':focus')));
  expect(await zip.getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.type('62701');
  await press(orderButton(page));
  const orderId = await seeOrder(page, 'Completed');
  expect(await ordersOf(buyer.customerId)).toHaveLength(1);
  expect(await readPayment(orderId)).toMatchObject({ capturedAmount: 2 * products.mug.price });

  await press(page.getByRole('button', { name: 'Cancel order' }));
  await waitFor('the safe answer to have the focus', () =>
    page.getByRole('button', { name: 'Keep the order' }).evaluate((element) => element.matches(':focus')),
  );
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press(page.getByRole('button', { name: 'Cancel order' }));
  await press(page.getByRole('button', { name: 'Yes, cancel it' }), 'Space');
  await seeOrder(page, 'Cancelled');
  expect((await readOrderRow(orderId)).status).toBe('CANCELLED');
});

test.each([
  { reducedMotion: 'no-preference' as const, moving: true },
  { reducedMotion: 'reduce' as const, moving: false },
])('with a wish for motion of $reducedMotion, something moves: $moving', async ({ reducedMotion, moving }) => {
  const { orderId } = await putOrder({ customerId: customer.customerId });
  visit = await visitShop(browser, { customer, reducedMotion });
  const { page } = visit;
  await page.goto(`${shop}/orders/${orderId}`);
  await seeOrder(page, 'Received');
  expect(await page.evaluate<number>('document.getAnimations().length')).toBe(moving ? 1 : 0);
});
