import type { Browser } from 'playwright-core';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { makeCustomer } from '../support/accounts.ts';
import { launchChromium } from '../support/chromium.ts';
import { orderButton, seeOrder, sellProducts, shop, type Visit, visitShop } from '../support/shop-page.ts';

// Check-out where Stripe takes the payments. Stripe itself is not reached: a stub stands in for its script, whose element
// is a frame of Stripe's own. What is shown is what the page does with it.

jest.setTimeout(180_000);

const SCRIPT = 'https://js.stripe.com/';
const KEY = 'pk_test_stub';
const CARD_NUMBER = '4242424242424242';

/** As js.stripe.com defines it: what the page calls of it, with a text field in the place of the frame. */
const STUB = `window.Stripe = Object.assign((key) => {
  window.stubbedKey = key;
  return {
    _registerWrapper() {},
    elements: () => ({
      create(type) {
        const listeners = {};
        return {
          on(name, listener) { listeners[name] = listener; },
          mount(place) {
            const field = document.createElement('input');
            field.setAttribute('aria-label', 'Number of the ' + type);
            field.addEventListener('input', () => listeners.change({
              error: field.value.length < 16 ? { message: 'Your card number is incomplete.' } : undefined,
            }));
            place.append(field);
          },
          destroy() {},
        };
      },
    }),
    createPaymentMethod: async ({ type }) => ({ paymentMethod: { id: type === 'card' ? 'tok_approved' : 'wrong' } }),
  };
}, { version: 'stub' });`;

let browser: Browser;
let lamp: Product;
let visit: Visit;
let sent: string[];

beforeAll(async () => {
  browser = await launchChromium();
  ({ lamp } = await sellProducts({ lamp: { price: 1999, available: 100 } }));
});
afterAll(() => browser?.close());

/**
 * Opens the check-out as a deployment with Stripe would serve it.
 *
 * @param answers whether the script can be had at an attempt, which count from 1
 */
async function openCheckout(answers: (attempt: number) => boolean) {
  visit = await visitShop(browser, { customer: await makeCustomer(), cart: [lamp] });
  const { page, context } = visit;
  sent = [];
  context.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.route('**/config.json', (route) =>
    route.fulfill({ json: { paymentProvider: 'stripe', stripePublishableKey: KEY } }),
  );
  await page.route(`${shop}/checkout`, async (route) => {
    const response = await route.fetch();
    const policy = (response.headers()['content-security-policy'] ?? '')
      .replace("script-src 'self'", "script-src 'self' https://js.stripe.com")
      .replace("frame-src 'none'", 'frame-src https://js.stripe.com');
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  let attempt = 0;
  await page.route(`${SCRIPT}**`, (route) => {
    attempt += 1;
    return answers(attempt) ? route.fulfill({ contentType: 'text/javascript', body: STUB }) : route.abort();
  });
  await page.goto(`${shop}/checkout`);
  await page.getByLabel('Street and number').fill('1 Cedar Lane');
  await page.getByLabel('City').fill('Springfield');
  await page.getByLabel('State or region').fill('IL');
  await page.getByLabel('Postal code').fill('62701');
  return page;
}

afterEach(() => visit.context.close());

test("the card goes into Stripe's element, and the order carries only the token that Stripe made of it", async () => {
  const page = await openCheckout(() => true);
  const number = page.getByLabel('Number of the card');
  await number.fill('4242');
  await page.getByText('Your card number is incomplete.').waitFor();
  await number.fill(CARD_NUMBER);
  await page.getByText('Your card number is incomplete.').waitFor({ state: 'detached' });
  expect(await page.evaluate('window.stubbedKey')).toBe(KEY);
  // The sandbox's test cards are not offered.
  expect(await page.getByRole('radio', { name: 'Approved card' }).count()).toBe(0);

  await orderButton(page).click();
  await seeOrder(page, 'Completed');
  const orders = sent.filter((request) => request.startsWith(`${shop}/api/orders {`));
  expect(orders).toHaveLength(1);
  expect(JSON.parse(orders[0]?.slice(`${shop}/api/orders `.length) ?? '')).toMatchObject({
    paymentToken: 'tok_approved',
  });
  expect(sent.filter((request) => request.includes(CARD_NUMBER))).toEqual([]);
  // One request to another origin, and nothing that the policy refuses.
  expect(visit.faults.map((fault) => fault.replace(/(js\.stripe\.com).*/, '$1'))).toEqual([
    'GET https://js.stripe.com',
  ]);
});

test("when Stripe's script cannot be loaded the page says so, and loads it at another try", async () => {
  // Stripe's loader tries twice by itself.
  const page = await openCheckout((attempt) => attempt > 2);
  const again = page.getByRole('button', { name: 'Try again' });
  await again.waitFor();
  expect(await page.getByLabel('Number of the card').count()).toBe(0);
  await again.click();
  await page.getByLabel('Number of the card').waitFor();
});
