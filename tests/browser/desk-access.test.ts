import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Browser, Page } from 'playwright-core';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { openBreaker } from '../support/breakers.ts';
import { launchChromium } from '../support/chromium.ts';
import { type DeskVisit, faintTexts, isSeen, openDesk, violations } from '../support/desk-page.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { tokenOnItsOwn } from '../support/sandbox-account.ts';
import { sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(240_000);

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };

let browser: Browser;
let operator: Customer;
/** One whose capture was declined, so that its execution has retries, caught errors and an end. */
let failedOrder: string;
/** One that can be retried and cancelled. */
let waitingOrder: string;
let productName: string;
let productId: string;
let messageId: string;

beforeAll(async () => {
  let customer: Customer;
  [browser, operator, customer] = await Promise.all([launchChromium(), makeOperator(), makeCustomer()]);
  const product = await makeProduct();
  ({ productId, name: productName } = product);
  const { paymentToken } = tokenOnItsOwn('tok_capture_declined');
  failedOrder = await placeOrder(customer, orderRequest([{ productId, quantity: 1 }], { paymentToken }));
  const at = new Date().toISOString();
  const history = [
    { status: 'PENDING' as const, at },
    { status: 'NEEDS_ATTENTION' as const, at, detail: 'a refund did not succeed' },
  ];
  ({ orderId: waitingOrder } = await putOrder({ status: 'NEEDS_ATTENTION', history, announced: 2 }));
  await openBreaker();
  const MessageBody = JSON.stringify({ orderId: randomUUID(), note: 'x'.repeat(300) });
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderDlqUrl, MessageBody }));
  messageId = sent.MessageId ?? '';
  await waitForStatus(failedOrder, 'FAILED', 120);
});

afterAll(async () => {
  await browser?.close();
  const tidyUp = { messageIds: [messageId], reason: 'tidy up' };
  await call('POST', '/admin/dlq/replay', { token: operator.idToken, body: tidyUp });
});

/** A page of the desk, and what has to be seen before it is looked at. */
interface Place {
  name: string;
  path: () => string;
  show: (page: Page) => Promise<unknown>;
}

const PLACES: Place[] = [
  { name: 'today', path: () => '', show: (page) => page.getByRole('table', { name: 'By the status' }).waitFor() },
  {
    name: 'orders',
    path: () => '/orders',
    show: (page) => page.getByRole('table', { name: 'Needs attention' }).waitFor(),
  },
  {
    name: 'a wrong order id',
    path: () => '/orders',
    async show(page) {
      await page.getByRole('button', { name: 'Find the order' }).click();
      await page.getByText('An order id has 36 characters').waitFor();
    },
  },
  {
    name: 'an order with the graph of its execution',
    path: () => `/orders/${failedOrder}`,
    async show(page) {
      await page.getByRole('button', { name: 'CapturePayment: failed, caught' }).click();
      await page.getByRole('heading', { name: 'CapturePayment', level: 4 }).waitFor();
    },
  },
  {
    name: 'the graph in the middle of a replay',
    path: () => `/orders/${failedOrder}`,
    async show(page) {
      await page.getByRole('button', { name: 'First' }).click();
      for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowRight');
      await page.getByText('Step 5 of').waitFor();
    },
  },
  {
    name: 'the question before a retry',
    path: () => `/orders/${waitingOrder}`,
    async show(page) {
      await page.getByRole('button', { name: 'Retry the order' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Retry it' }).click();
      await page.getByText('Say why, in 1 to 500 characters.').waitFor();
    },
  },
  {
    name: 'the products',
    path: () => '/products',
    show: (page) => page.getByRole('article').first().waitFor(),
  },
  {
    name: 'the change of a product',
    path: () => `/products?id=${productId}`,
    async show(page) {
      await appears(page, page.getByRole('article', { name: productName }));
      await page.getByRole('button', { name: `Change ${productName}` }).click();
      await page.getByLabel('Price in USD').fill('nothing');
      await page.getByRole('button', { name: 'Save the change' }).click();
      await page.getByText('An amount such as').waitFor();
    },
  },
  {
    name: 'a new picture',
    path: () => `/products?id=${productId}`,
    async show(page) {
      await appears(page, page.getByRole('article', { name: productName }));
      await page.getByRole('button', { name: `New picture of ${productName}` }).click();
      await page.getByRole('dialog').getByLabel('Picture').waitFor();
    },
  },
  {
    name: 'dead letters',
    path: () => '/dead-letters',
    async show(page) {
      await appears(page, page.getByRole('article'));
      await page.getByText('What it says').first().click();
    },
  },
  {
    name: 'circuit breakers',
    path: () => '/breakers',
    show: (page) => page.getByRole('button', { name: 'Close the breaker of' }).first().waitFor(),
  },
  {
    name: 'the audit log',
    path: () => '/audit',
    show: (page) => page.getByRole('table', { name: 'Newest first' }).waitFor(),
  },
  {
    name: 'an order that does not exist',
    path: () => `/orders/${randomUUID()}`,
    show: (page) => page.getByText('There is no order with this id.').waitFor(),
  },
];

/** Waits for what others on the stack, or a list that the edge has kept, may hide for a moment. */
async function appears(page: Page, locator: ReturnType<Page['locator']>): Promise<void> {
  await waitFor(
    'it to be listed',
    async () => {
      if (await isSeen(locator)) return true;
      await page.getByRole('button', { name: 'Refresh' }).click();
      return false;
    },
    { seconds: 60 },
  );
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ])('on %s', (_, viewport) => {
    let visit: DeskVisit;
    beforeAll(async () => {
      visit = await openDesk(browser, operator, '', { colorScheme, viewport });
      visit.page.setDefaultTimeout(60_000);
    });
    afterAll(() => visit.close());

    test.each(PLACES)('$name has no barrier, and fits the screen', async ({ path, show }) => {
      const { page } = visit;
      await visit.goTo(path());
      await show(page);
      expect(await violations(page)).toEqual([]);
      expect(await faintTexts(page)).toEqual([]);
      // Tables and the graph scroll inside of their frames.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      expect(visit.faults()).toEqual([]);
    });
  });
});

test('what a customer is told at the desk has no barrier either', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const visit = await openDesk(browser, await makeCustomer(), '', { colorScheme });
    await visit.page.getByRole('heading', { name: 'The desk is for the people of the shop' }).waitFor();
    expect(await violations(visit.page)).toEqual([]);
    expect(await faintTexts(visit.page)).toEqual([]);
    expect(visit.faults()).toEqual([]);
    await visit.close();
  }
});
