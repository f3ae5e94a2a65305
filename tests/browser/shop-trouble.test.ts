import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { launchChromium } from '../support/chromium.ts';
import { ordersOf, waitForStatus } from '../support/order-rows.ts';
import { readPayment } from '../support/payments.ts';
import { readStock } from '../support/products.ts';
import {
  fillCheckout,
  orderButton,
  seeOrder,
  sellProducts,
  shop,
  type Visit,
  type VisitOptions,
  visitShop,
} from '../support/shop-page.ts';
import { dynamodb, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

// What may go wrong between a cart and its order: a customer is told, and orders once.

jest.setTimeout(180_000);

/** Where the shop places orders. */
const ORDERS = `${shop}/api/orders`;

let browser: Browser;
let customer: Customer;
let visit: Visit;
/** One product per test, because the tests count what was sold of it. */
let products: Record<
  | 'gone'
  | 'racing'
  | 'dearer'
  | 'rising'
  | 'session'
  | 'failing'
  | 'offline'
  | 'lost'
  | 'moved'
  | 'clicked'
  | 'hurried'
  | 'tabs'
  | 'reloaded'
  | 'followed',
  Product
>;

beforeAll(async () => {
  browser = await launchChromium();
  const few = { price: 1250, available: 10 };
  products = await sellProducts({
    gone: { ...few, available: 0 },
    racing: few,
    dearer: { ...few, price: 1500 },
    rising: few,
    session: few,
    failing: few,
    offline: few,
    lost: few,
    moved: few,
    clicked: few,
    hurried: few,
    tabs: few,
    reloaded: few,
    followed: few,
  });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  customer = await makeCustomer();
});

afterEach(async () => {
  await visit.context.close();
  expect(visit.faults).toEqual([]);
});

/** Opens the check-out of a customer who has this in the cart, with the form filled. */
async function enterCheckout(product: Product, options: VisitOptions = {}): Promise<Page> {
  visit = await visitShop(browser, { customer, cart: [product], ...options });
  await visit.page.goto(`${shop}/checkout`);
  await fillCheckout(visit.page);
  return visit.page;
}

/** Only requests that place an order, and not those that list them. */
function onOrder(handle: (route: Route) => Promise<unknown>) {
  return (route: Route) => (route.request().method() === 'POST' ? handle(route) : route.fallback());
}

/** That there is one order of this customer, paid once and its goods sold once. */
async function expectOneOrder({ productId, price, available }: Product): Promise<void> {
  const orders = await ordersOf(customer.customerId);
  expect(orders).toHaveLength(1);
  const orderId = orders[0]?.orderId ?? '';
  await waitForStatus(orderId, 'COMPLETED');
  expect(await readPayment(orderId)).toMatchObject({ capturedAmount: price, refundedAmount: 0 });
  expect(await readStock(productId)).toEqual({ available: available - 1, reserved: 0, sold: 1 });
}

async function changeProduct({ productId }: Product, field: 'price' | 'available', value: number): Promise<void> {
  await dynamodb.send(
    new UpdateCommand({
      TableName: stack.productsTable,
      Key: { productId },
      UpdateExpression: 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

test('what is sold out while it is in the cart is told, and blocks the check-out until it is removed', async () => {
  const product = products.gone;
  visit = await visitShop(browser, { customer, cart: [{ ...product, available: 10 }, products.followed] });
  const { page } = visit;
  await page.goto(`${shop}/cart`);
  await page.getByText('Sold out meanwhile. Remove it to order the rest.').waitFor();
  const checkOut = page.getByRole('button', { name: 'Check out' });
  expect(await checkOut.getAttribute('aria-disabled')).toBe('true');
  await page.getByText('Something in your cart cannot be ordered as it is. See the lines above.').waitFor();
  await checkOut.press('Enter');
  expect(new URL(page.url()).pathname).toBe('/cart');

  await page.getByRole('button', { name: `Remove ${product.name}` }).click();
  await checkOut.click();
  await page.getByRole('heading', { name: 'Check out' }).waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);
  expect(await readStock(product.productId)).toEqual({ available: 0, reserved: 0, sold: 0 });
});

test('what is sold out between the check-out and the order is told, and costs nothing', async () => {
  const product = products.racing;
  const page = await enterCheckout(product);
  await changeProduct(product, 'available', 0);
  await orderButton(page).click();
  const orderId = await seeOrder(page, 'Not completed');
  await page.getByText('A product was sold out before your order came to it. You pay nothing.').waitFor();
  await page.getByText('Reserved on your card and released').waitFor();
  expect(await waitForStatus(orderId, 'FAILED')).toMatchObject({ error: { code: 'OUT_OF_STOCK' } });
  expect((await readPayment(orderId))?.capturedAmount ?? 0).toBe(0);
  expect(await readStock(product.productId)).toEqual({ available: 0, reserved: 0, sold: 0 });
});

test('a price that changed while the product was in the cart is told, and the new one is paid', async () => {
  const product = products.dearer;
  visit = await visitShop(browser, { customer, cart: [{ ...product, price: 1250 }] });
  const { page } = visit;
  await page.goto(`${shop}/cart`);
  await page.getByText('Prices have changed').waitFor();
  await page.getByText('The price changed from $12.50 to $15.00.').waitFor();
  await page.getByText('Total $15.00', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'I have seen it' }).click();
  await page.getByText('The price changed').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Check out' }).click();
  await fillCheckout(page);
  await page.getByRole('button', { name: 'Order and pay $15.00' }).click();
  await seeOrder(page, 'Completed');
  await expectOneOrder(product);
});

test('a price that changes during the check-out is not paid before the customer has seen it', async () => {
  const product = products.rising;
  const page = await enterCheckout(product);
  await changeProduct(product, 'price', 1300);
  // The edge may show the old price for a while. Each try asks again, and orders nothing at the old one.
  const agreed = page.getByRole('button', { name: 'Order and pay $13.00' });
  await waitFor('the page to show the new price', async () => {
    await Promise.all([page.waitForResponse(ORDERS), orderButton(page).click()]);
    await page
      .getByRole('alert')
      .getByText(/^A price has changed/)
      .waitFor();
    if ((await agreed.count()) > 0) return true;
    await page.getByText('A price has changed a moment ago, and is not shown here yet.').waitFor();
    return false;
  });
  await page.getByText('The price changed from $12.50 to $13.00.').waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);
  await agreed.click();
  await seeOrder(page, 'Completed');
  await expectOneOrder({ ...product, price: 1300 });
});

test('a session that ends in mid-order goes on after signing in: the same cart, one order', async () => {
  const product = products.session;
  const page = await enterCheckout(product);
  // The API refuses the token, and then what it would be refreshed with.
  await page.evaluate(() => localStorage.setItem('refreshToken', 'no longer good'));
  await page.route(
    ORDERS,
    onOrder((route) => route.continue({ headers: { ...route.request().headers(), authorization: 'ended' } })),
    { times: 1 },
  );
  await orderButton(page).click();
  await page.getByText('You were signed out after a while. Sign in to go on; your cart is as you left it.').waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);

  await page.getByLabel('E-mail address').fill(customer.email);
  await page.getByLabel('Password').fill(customer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(`1 × ${product.name}`).waitFor();
  expect(await page.getByLabel('Street and number').inputValue()).toBe('1 Cedar Lane');
  await orderButton(page).click();
  await seeOrder(page, 'Completed');
  await expectOneOrder(product);
});

test('an error of the server is told, and another try becomes one order, even if the first had arrived', async () => {
  const product = products.failing;
  const page = await enterCheckout(product);
  const keys: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.url() === ORDERS && request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
  });
  const problem = { type: 'about:blank', title: 'Internal', status: 500, code: 'INTERNAL', detail: 'internal error' };
  await page.route(
    ORDERS,
    onOrder((route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem })),
    { times: 1 },
  );
  await orderButton(page).click();
  await page.getByText('Something went wrong on our side. Nothing is lost; try again in a moment.').waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);

  // This one arrives, and something between answers for the API.
  await page.route(
    ORDERS,
    onOrder(async (route) => {
      expect((await route.fetch()).status()).toBe(202);
      await route.fulfill({ status: 500, contentType: 'text/html', body: '<h1>Bad gateway</h1>' });
    }),
    { times: 1 },
  );
  await orderButton(page).click();
  await page.getByText(/^We got no answer, so the order may have reached us or not/).waitFor();
  await orderButton(page).click();
  await seeOrder(page, 'Completed');
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  await expectOneOrder(product);
});

test('without a network the page says so and keeps everything, and with it again the order is placed once', async () => {
  const product = products.offline;
  const page = await enterCheckout(product);
  await visit.context.setOffline(true);
  await page.getByText('You are offline. What you see may be old; your cart is kept.').waitFor();
  await orderButton(page).click();
  await page.getByText('You are offline. Try again when you are connected: it becomes one order at most.').waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);

  await visit.context.setOffline(false);
  await page.getByText('You are offline. What you see').waitFor({ state: 'detached' });
  await orderButton(page).click();
  await page.getByRole('heading', { name: 'Your order' }).waitFor();
  // Also while it is followed, the connection may go and come back.
  await visit.context.setOffline(true);
  await page.getByText('You are offline. What you see').waitFor();
  await visit.context.setOffline(false);
  await seeOrder(page, 'Completed');
  await expectOneOrder(product);
});

test('an order whose answer is lost on the way is found again by another try', async () => {
  const product = products.lost;
  const page = await enterCheckout(product);
  await page.route(
    ORDERS,
    onOrder(async (route) => {
      expect((await route.fetch()).status()).toBe(202);
      await route.abort('connectionreset');
    }),
    { times: 1 },
  );
  await orderButton(page).click();
  await page.getByText(/^We got no answer, so the order may have reached us or not/).waitFor();
  await orderButton(page).click();
  await seeOrder(page, 'Completed');
  await expectOneOrder(product);
});

test('when the answer is lost and the address is changed then, the customer is told of the first order', async () => {
  const product = products.moved;
  const page = await enterCheckout(product);
  await page.route(
    ORDERS,
    onOrder(async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    }),
    { times: 1 },
  );
  await orderButton(page).click();
  await page.getByText(/^We got no answer, so the order may have reached us or not/).waitFor();
  await page.getByLabel('Street and number').fill('2 Birch Lane');
  await orderButton(page).click();
  await page.getByText('Your earlier try has reached us after all').waitFor();
  await page.getByRole('link', { name: 'Your orders' }).click();
  await page.getByRole('link', { name: /^Order of/ }).click();
  await seeOrder(page, 'Completed');
  await page.getByText('1 Cedar Lane').waitFor();
  await expectOneOrder(product);
});

test.each([
  { name: 'a double click', product: 'clicked' as const, click: (button: Locator) => button.dblclick() },
  {
    name: 'a second click before the first one is drawn',
    product: 'hurried' as const,
    click: (button: Locator) => button.evaluate('(element) => { element.click(); element.click(); }'),
  },
])('$name on the order button is one request and one order', async ({ product: name, click }) => {
  const product = products[name];
  const page = await enterCheckout(product);
  let tries = 0;
  page.on('request', (request) => {
    if (request.url() === ORDERS && request.method() === 'POST') tries += 1;
  });
  await click(orderButton(page));
  await seeOrder(page, 'Completed');
  expect(tries).toBe(1);
  await expectOneOrder(product);
});

test('two tabs share a cart, which becomes one order, and signing out in one tells the other', async () => {
  const product = products.tabs;
  const first = await enterCheckout(product);
  const second = await visit.context.newPage();
  await second.goto(`${shop}/checkout`);
  await fillCheckout(second);
  await second.getByRole('link', { name: 'Cart, 1 piece' }).waitFor();
  // Both are under way before either is answered.
  let sent = 0;
  await visit.context.route(
    ORDERS,
    onOrder(async (route) => {
      sent += 1;
      await waitFor('both tabs to have sent', async () => sent === 2);
      await route.continue();
    }),
  );
  await Promise.all([orderButton(first).click(), orderButton(second).click()]);
  const orderIds = await Promise.all([seeOrder(first, 'Completed'), seeOrder(second, 'Completed')]);
  expect(orderIds[0]).toBe(orderIds[1]);
  expect(sent).toBe(2);
  await Promise.all([first, second].map((page) => page.getByRole('link', { name: 'Cart, 0 pieces' }).waitFor()));
  await expectOneOrder(product);

  await first.getByRole('button', { name: 'Sign out' }).click();
  await first.getByRole('heading', { name: 'Products' }).waitFor();
  await second.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await second.getByText('1 Cedar Lane').count()).toBe(0);
});

test('a page that is loaded again in mid-order tells of the try, and trying again is one order', async () => {
  const product = products.reloaded;
  const page = await enterCheckout(product);
  let hasArrived = false;
  await page.route(
    ORDERS,
    onOrder(async (route) => {
      hasArrived = (await route.fetch()).status() === 202;
      // The page that waited for this is gone by then.
      await route.abort().catch(() => {});
    }),
    { times: 1 },
  );
  const sent = page.waitForRequest((request) => request.url() === ORDERS && request.method() === 'POST');
  await orderButton(page).click();
  await sent;
  await page.reload();
  await page.getByText('We did not hear back about your last try').waitFor();
  await waitFor('the first try to have arrived', async () => hasArrived);
  await page.getByText(`1 × ${product.name}`).waitFor();
  await fillCheckout(page);
  await orderButton(page).click();
  const orderId = await seeOrder(page, 'Completed');
  await page.reload();
  expect(await seeOrder(page, 'Completed')).toBe(orderId);
  await expectOneOrder(product);
});
