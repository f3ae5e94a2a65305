import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { launchChromium } from '../support/chromium.ts';
import { mailed, mailsTo } from '../support/mailbox.ts';
import { ordersOf, readOrderRow } from '../support/order-rows.ts';
import { readPayment } from '../support/payments.ts';
import { readStock } from '../support/products.ts';
import {
  addToCart,
  fillCheckout,
  orderButton,
  seeOrder,
  sellProducts,
  shop,
  type Visit,
  type VisitOptions,
  visitShop,
} from '../support/shop-page.ts';

// What customers do in the shop, from the first look to the refund.

jest.setTimeout(180_000);

let browser: Browser;
let lamp: Product;
let visit: Visit;

beforeAll(async () => {
  browser = await launchChromium();
  ({ lamp } = await sellProducts({ lamp: { price: 1999, available: 100 } }));
});
afterAll(() => browser?.close());

async function enter(options?: VisitOptions): Promise<Visit> {
  visit = await visitShop(browser, options);
  return visit;
}

afterEach(async () => {
  await visit.context.close();
  expect(visit.faults).toEqual([]);
});

/** Orders one lamp, by way of the check-out. Returns the order's id once the page says how it ended. */
async function orderLamp(customer: Customer, standing = 'Completed'): Promise<string> {
  const { page } = await enter({ customer, cart: [lamp] });
  await page.goto(`${shop}/checkout`);
  await fillCheckout(page);
  await orderButton(page).click();
  return seeOrder(page, standing);
}

test('a person signs up on the way to the check-out, orders, and sees the order completed', async () => {
  const account = { email: `${randomUUID()}@example.com`, password: `Aa1-${randomUUID()}` };
  const { page } = await enter();
  const before = await readStock(lamp.productId);
  await addToCart(page, lamp);
  await page.getByText('1 in your cart').waitFor();
  await page.getByRole('link', { name: 'Cart, 1 piece' }).click();
  await page.getByRole('heading', { name: lamp.name }).waitFor();
  await page.getByRole('button', { name: `One ${lamp.name} more` }).click();
  await page.getByText('Total $39.98', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Check out' }).click();

  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Confirm your address' }).waitFor();
  const [mail] = await mailed(account.email, 1);
  await page.getByLabel('Code', { exact: true }).fill(/\b\d{6}\b/.exec(mail?.BodyText ?? '')?.[0] ?? '');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page.getByRole('heading', { name: 'Check out' }).waitFor();
  await fillCheckout(page);
  await page.getByLabel('Name (optional)').fill('Ada Baker');
  await orderButton(page).click();
  const orderId = await seeOrder(page, 'Completed');
  expect(
    await page
      .getByRole('listitem')
      .filter({ hasText: /^(Order received|Goods and|Paid and)/ })
      .allInnerTexts(),
  ).toEqual([
    expect.stringMatching(/^Order received/),
    expect.stringMatching(/^Goods and payment under way/),
    expect.stringMatching(/^Paid and completed/),
  ]);
  await page.getByText('Ada Baker').waitFor();
  await page.getByRole('link', { name: 'Cart, 0 pieces' }).waitFor();

  const order = await readOrderRow(orderId);
  expect(order).toMatchObject({
    status: 'COMPLETED',
    total: 3998,
    customerName: 'Ada Baker',
    shippingAddress: { street: '1 Cedar Lane', city: 'Springfield', state: 'IL', zipCode: '62701' },
    stock: 'SOLD',
  });
  expect(await ordersOf(order.customerId)).toHaveLength(1);
  expect(await readPayment(orderId)).toMatchObject({ capturedAmount: 3998, refundedAmount: 0 });
  const after = await readStock(lamp.productId);
  expect(after).toEqual({ available: before.available - 2, reserved: 0, sold: before.sold + 2 });

  await page.getByRole('link', { name: 'All orders' }).click();
  await page.getByRole('link', { name: /^Order of/ }).waitFor();
  expect(await page.getByRole('listitem').filter({ hasText: 'Completed' }).textContent()).toContain('$39.98');
});

test('a declined card is told in words, costs nothing, and the goods are in the cart again for another card', async () => {
  const customer = await makeCustomer();
  const { page } = await enter({ customer, cart: [lamp] });
  const before = await readStock(lamp.productId);
  await page.goto(`${shop}/checkout`);
  await fillCheckout(page, 'Declined card');
  await orderButton(page).click();
  const declined = await seeOrder(page, 'Not completed');
  await page.getByText('Your bank declined the payment. You pay nothing. Order again with another card.').waitFor();
  await page.getByText('You have paid nothing.').waitFor();
  expect(await readOrderRow(declined)).toMatchObject({ status: 'FAILED', error: { code: 'PAYMENT_DECLINED' } });
  expect((await readPayment(declined))?.capturedAmount ?? 0).toBe(0);
  expect(await readStock(lamp.productId)).toEqual(before);

  await page.getByRole('button', { name: 'Put the goods into the cart again' }).click();
  await page.getByRole('button', { name: 'Check out' }).click();
  // The address is still there, and the card that was declined is not chosen again.
  expect(await page.getByLabel('City').inputValue()).toBe('Springfield');
  expect(await page.getByRole('radio', { name: 'Declined card' }).isChecked()).toBe(false);
  await page.getByRole('radio', { name: 'Approved card' }).check();
  await orderButton(page).click();
  const paid = await seeOrder(page, 'Completed');
  expect(paid).not.toBe(declined);
  expect(await readPayment(paid)).toMatchObject({ capturedAmount: 1999 });
  expect(await ordersOf(customer.customerId)).toHaveLength(2);
});

/** Keeps the order, and asks to cancel it in the moment in which the first question is gone. */
const ANSWERED_AND_ASKED_AGAIN = `new Promise((done) => {
  const button = (words) => [...document.querySelectorAll('button')].find(({ textContent }) => textContent === words);
  const again = button('Cancel order');
  new MutationObserver((_changes, observer) => {
    if (document.querySelector('dialog')) return;
    observer.disconnect();
    again.click();
    done();
  }).observe(document.body, { childList: true, subtree: true });
  button('Keep the order').click();
})`;

test('a completed order is cancelled, and the money and the goods are given back', async () => {
  const customer = await makeCustomer();
  const before = await readStock(lamp.productId);
  const orderId = await orderLamp(customer);
  const { page } = visit;
  await page.getByRole('button', { name: 'Cancel order' }).click();
  // The question is put before anything happens, and may be answered with no.
  await page.getByRole('button', { name: 'Keep the order' }).click();
  expect((await readOrderRow(orderId)).status).toBe('COMPLETED');
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('button', { name: 'Keep the order' }).waitFor();
  await page.evaluate(ANSWERED_AND_ASKED_AGAIN);
  await page.getByRole('button', { name: 'Yes, cancel it' }).click();
  await seeOrder(page, 'Cancelled');
  await page.getByText('Your order is cancelled, and everything is given back.').waitFor();
  const payment = page.getByRole('region', { name: 'Payment' });
  expect(await payment.getByRole('definition').allInnerTexts()).toEqual(['$19.99', '$19.99']);
  await payment.getByText('Given back').waitFor();
  expect(await page.getByRole('button', { name: 'Cancel order' }).count()).toBe(0);

  expect(await readOrderRow(orderId)).toMatchObject({ status: 'CANCELLED', stock: 'RELEASED' });
  expect(await readPayment(orderId)).toMatchObject({ capturedAmount: 1999, refundedAmount: 1999 });
  expect(await readStock(lamp.productId)).toEqual(before);
});

test('who wants no e-mail gets none, and who wants one gets it', async () => {
  const customer = await makeCustomer();
  const { page } = await enter({ customer, cart: [lamp] });
  await page.goto(`${shop}/checkout`);
  await fillCheckout(page);
  await page.getByRole('checkbox', { name: 'Tell me the outcome by e-mail' }).uncheck();
  await orderButton(page).click();
  const silent = await seeOrder(page, 'Completed');
  expect((await readOrderRow(silent)).notify).toEqual({ email: false });

  await addToCart(page, lamp);
  await page.goto(`${shop}/checkout`);
  await fillCheckout(page);
  await page.getByRole('checkbox', { name: 'Tell me the outcome by e-mail' }).check();
  await orderButton(page).click();
  const told = await seeOrder(page, 'Completed');
  expect((await readOrderRow(told)).notify).toEqual({ email: true });
  await mailed(customer.email, 1);
  const mails = await mailsTo(customer.email);
  expect(mails.map(({ Subject }) => [Subject.includes(told), Subject.includes(silent)])).toEqual([[true, false]]);
});

test('a customer who opens the desk is told that it is for others, and the API refuses its routes', async () => {
  const customer = await makeCustomer();
  const { page } = await enter({ customer });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${shop}/desk`);
  await page.getByRole('heading', { name: 'The desk is for the people of the shop' }).waitFor();
  for (const path of ['/desk/orders', '/desk/dead-letters', '/desk/audit']) {
    await page.goto(`${shop}${path}`);
    await page.getByRole('heading', { name: 'The desk is for the people of the shop' }).waitFor();
  }
  expect(await page.getByRole('link', { name: 'Desk' }).count()).toBe(0);
  expect(asked.filter((path) => path.startsWith('/api/') && path !== '/api/auth')).toEqual([]);
  for (const path of ['/admin/overview', '/admin/audit', '/admin/dlq', '/orders?status=NEEDS_ATTENTION']) {
    const answer = await call('GET', path, { token: customer.idToken });
    expect({ path, ...answer.body }).toMatchObject(path.startsWith('/admin') ? { code: 'FORBIDDEN' } : { items: [] });
  }
  await page.getByRole('link', { name: 'See your orders' }).click();
  await page.getByText('You have not ordered yet.').waitFor();
  expect(await ordersOf(customer.customerId)).toEqual([]);
});
