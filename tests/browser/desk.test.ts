import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { type Customer, makeCustomer, makeMember, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { breakers, openBreaker } from '../support/breakers.ts';
import { launchChromium } from '../support/chromium.ts';
import { act, type DeskVisit, factsOf, isSeen, openDesk } from '../support/desk-page.ts';
import { makePng } from '../support/images.ts';
import { putOrder, readOrderRow, reread, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct, readStock } from '../support/products.ts';
import { heal } from '../support/sandbox-account.ts';
import { dynamodb, sqs, stack } from '../support/stack.ts';
import { stuckOrder } from '../support/stuck-order.ts';
import { waitFor } from '../support/wait-for.ts';

// What a person sees appears after a poll of the page, and the machine of the local cloud may be busy.
jest.setTimeout(300_000);
const SLOW = { timeout: 60_000 };

let browser: Browser;
let operator: Customer;
let customer: Customer;
let visit: DeskVisit;

beforeAll(async () => {
  [browser, operator, customer] = await Promise.all([launchChromium(), makeOperator(), makeCustomer()]);
});
afterAll(() => browser?.close());

afterEach(async () => {
  const { faults, close } = visit;
  await close();
  expect(faults()).toEqual([]);
});

async function open(person: Customer, path = '', options: BrowserContextOptions = {}) {
  visit = await openDesk(browser, person, path, options);
  visit.page.setDefaultTimeout(SLOW.timeout);
  return visit.page;
}

const because = () => `a test of the desk, ${randomUUID()}`;

/** The entries of the audit log about a subject, for a reason. */
async function entriesFor(subject: string, reason: string) {
  return (await auditOf(subject)).filter((entry) => entry.reason === reason);
}

describe('an order', () => {
  test('that needs attention is found by its id and retried to its end', async () => {
    const { productId } = await makeProduct({ available: 1 });
    const orderId = await stuckOrder(customer, { productId, quantity: 2 });
    const { total } = await readOrderRow(orderId);
    const page = await open(operator, '/orders');
    await page.getByLabel('Order id').fill(`  ${orderId.toUpperCase()} `);
    await page.getByRole('button', { name: 'Find the order' }).click();
    await page.waitForURL(`**/desk/orders/${orderId}`);
    const standing = page.getByRole('region', { name: 'How it stands' });
    await standing.getByText('Needs attention').waitFor();
    const money = page.getByRole('region', { name: 'Money' }).locator('dl');
    // An amount that nobody noted is not shown as zero: the payment is authorized.
    expect(await factsOf(money)).toEqual({ Payment: 'not known here: see the payment provider' });
    expect(await readPayment(orderId)).toMatchObject({ authorizedAmount: total, capturedAmount: 0 });

    await heal(orderId);
    const reason = because();
    const dialog = await act(page, page.getByRole('button', { name: 'Retry the order' }), {
      doIt: 'Retry it',
      reason,
    });
    await dialog.getByText('The order goes on.').waitFor();
    const entry = dialog.getByRole('region', { name: 'Audit entry' });
    await entry.getByText('Retried an order').waitFor();
    expect(await factsOf(entry.locator('dl'))).toMatchObject({
      On: orderId,
      By: operator.customerId,
      Why: reason,
    });
    await dialog.getByRole('button', { name: 'Close' }).click();

    await standing.getByText('Failed', { exact: true }).waitFor();
    await expect(waitForStatus(orderId, 'FAILED')).resolves.toMatchObject({
      attempts: 1,
      error: { code: 'OUT_OF_STOCK' },
      payment: { status: 'VOIDED', captured: 0 },
    });
    expect(await readPayment(orderId)).toMatchObject({ capturedAmount: 0, voided: true });
    expect(await readStock(productId)).toEqual({ available: 1, reserved: 0, sold: 0 });
    expect(await entriesFor(orderId, reason)).toMatchObject([
      { action: 'ORDER_RETRIED', operatorId: operator.customerId },
    ]);
    await page.getByRole('button', { name: 'Retry 1, failed' }).waitFor();
    expect(await factsOf(money)).toMatchObject({ Payment: 'voided', Captured: '$0.00' });
    expect(await page.getByRole('button', { name: 'Retry the order' }).count()).toBe(0);
    const statuses = await page.getByRole('region', { name: 'History' }).locator('li').allInnerTexts();
    expect(statuses.map((words) => /^\w+( attention)?/.exec(words)?.[0])).toEqual([
      'Pending',
      'Processing',
      'Needs attention',
      'Processing',
      'Failed',
    ]);
  });

  test('is cancelled by a member of support, who says why and is not offered a retry', async () => {
    const { productId } = await makeProduct({ available: 3 });
    const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 2 }]));
    const { total } = await waitForStatus(orderId, 'COMPLETED');
    const support = await makeMember('support');
    const page = await open(support, `/orders/${orderId}`);
    const standing = page.getByRole('region', { name: 'How it stands' });
    await standing.getByText('Completed').waitFor();

    const cancel = page.getByRole('button', { name: 'Cancel the order' });
    // Without a reason nothing is done, and it says so beside the field.
    await cancel.click();
    const question = page.getByRole('dialog');
    await question.getByLabel('Why').fill(' ');
    await question.getByRole('button', { name: 'Cancel it' }).click();
    await question.getByText('Say why, in 1 to 500 characters.').waitFor();
    expect(await question.getByLabel('Why').getAttribute('aria-invalid')).toBe('true');
    expect(await readOrderRow(orderId)).toMatchObject({ status: 'COMPLETED' });

    const reason = because();
    await question.getByLabel('Why').fill(reason);
    await question.getByRole('button', { name: 'Cancel it' }).click();
    await question.getByText('The order will end as cancelled').waitFor();
    await question.getByText('Operators read it in the audit log.').waitFor();
    await question.getByRole('button', { name: 'Close' }).click();
    await standing.getByText('Cancelled', { exact: true }).waitFor();
    await waitForStatus(orderId, 'CANCELLED');
    expect(await readPayment(orderId)).toMatchObject({ capturedAmount: total, refundedAmount: total });
    expect(await readStock(productId)).toEqual({ available: 3, reserved: 0, sold: 0 });
    expect(await entriesFor(orderId, reason)).toMatchObject([
      { action: 'ORDER_CANCELLED', operatorId: support.customerId },
    ]);
    expect(await page.getByRole('button', { name: 'Cancel the order' }).count()).toBe(0);
  });

  test('that needs attention is not retried by support, and the entry of a cancel is shown to an operator', async () => {
    const order = await putOrder({
      customerId: customer.customerId,
      status: 'NEEDS_ATTENTION',
      history: [
        { status: 'PENDING', at: new Date().toISOString() },
        { status: 'NEEDS_ATTENTION', at: new Date().toISOString() },
      ],
      announced: 2,
    });
    const page = await open(await makeMember('support'), `/orders/${order.orderId}`);
    await page.getByRole('button', { name: 'Cancel the order' }).waitFor();
    expect(await page.getByRole('button', { name: 'Retry the order' }).count()).toBe(0);
    expect(await reread(order)).toEqual(order);
    await visit.close();
    expect(visit.faults()).toEqual([]);

    const own = await open(operator, `/orders/${order.orderId}`);
    const reason = because();
    const dialog = await act(own, own.getByRole('button', { name: 'Cancel the order' }), {
      doIt: 'Cancel it',
      reason,
    });
    const entry = dialog.getByRole('region', { name: 'Audit entry' });
    await entry.getByText('Cancelled an order').waitFor();
    expect(await factsOf(entry.locator('dl'))).toMatchObject({ On: order.orderId, Why: reason });
    await dialog.getByRole('button', { name: 'Close' }).click();

    // The same entry stands in the log, and leads to the order.
    await own.getByRole('link', { name: 'Audit log' }).click();
    const row = own.getByRole('row').filter({ hasText: reason });
    await row.waitFor();
    const cells = await row.getByRole('cell').allInnerTexts();
    expect([await row.getByRole('rowheader').textContent(), ...cells.slice(1)]).toEqual([
      'Cancelled an order',
      order.orderId,
      reason,
      operator.customerId,
    ]);
    await row.getByRole('link', { name: order.orderId }).click();
    await own.waitForURL(`**/desk/orders/${order.orderId}`);
    expect(await reread(order)).toMatchObject({ status: 'NEEDS_ATTENTION', cancelRequested: true });
  });

  test('that does not exist is told in words', async () => {
    const page = await open(operator, `/orders/${randomUUID()}`);
    await page.getByText('There is no order with this id.').waitFor();
    await page.goto(`${stack.deskUrl}/orders`);
    await page.getByLabel('Order id').fill('4711');
    await page.getByRole('button', { name: 'Find the order' }).click();
    await page.getByText('An order id has 36 characters').waitFor();
    expect(new URL(page.url()).pathname).toBe('/desk/orders');
  });
});

describe('what waits for somebody', () => {
  test('is counted on the first page as the tables have it', async () => {
    const order = await putOrder({ status: 'NEEDS_ATTENTION', announced: 1 });
    const page = await open(operator);
    const seen = async () => {
      const figures = page.getByRole('region', { name: 'What waits for somebody' }).locator('dl');
      await figures.waitFor();
      return Number((await factsOf(figures))['Orders that need attention']?.replace('at least ', ''));
    };
    // Others change these orders at the same time, and an answer may be some seconds old.
    const { shown, held } = await waitFor(
      'the figure of a moment without changes',
      async () => {
        const before = await needAttention();
        await page.reload();
        const found = await seen();
        return found === before && (await needAttention()) === before && { shown: found, held: before };
      },
      { seconds: 120 },
    );
    expect(shown).toBe(held);
    expect(shown).toBeGreaterThan(0);

    await page.getByRole('region', { name: 'What waits for somebody' }).getByRole('link').first().click();
    await page.getByRole('table', { name: 'Needs attention, newest first' }).waitFor();
    await page.getByRole('link', { name: order.orderId }).waitFor();
  });

  test('and today’s orders, with what they are worth', async () => {
    const { productId } = await makeProduct();
    await waitForStatus(await placeOrder(customer, orderRequest([{ productId, quantity: 1 }])), 'COMPLETED');
    const page = await open(operator);
    const [answer] = await Promise.all([page.waitForResponse('**/api/admin/overview'), page.reload()]);
    const told = (await answer.json()) as {
      placedToday: number;
      orders: Record<string, number>;
      valueToday: { currency: string; amount: number }[];
    };
    expect(told.orders.COMPLETED).toBeGreaterThan(0);
    const section = page.getByRole('region', { name: 'Orders placed today' });
    const dollars = told.valueToday.find(({ currency }) => currency === 'USD')?.amount ?? 0;
    const facts = await factsOf(section.locator('dl'));
    expect(facts.Placed?.replace('at least ', '')).toBe(String(told.placedToday));
    expect(facts['Value in USD']?.replace('at least ', '')).toBe(
      new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(dollars),
    );
    const rows = await section
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader') })
      .allInnerTexts();
    const byStatus = Object.fromEntries(rows.map((row) => row.replace('at least ', '').split(/\t+/)));
    expect(byStatus).toEqual({
      'Needs attention': String(told.orders.NEEDS_ATTENTION),
      Pending: String(told.orders.PENDING),
      Processing: String(told.orders.PROCESSING),
      Completed: String(told.orders.COMPLETED),
      Failed: String(told.orders.FAILED),
      Cancelled: String(told.orders.CANCELLED),
    });
  });
});

/** How many orders need attention, by the index. */
async function needAttention(): Promise<number> {
  let count = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new QueryCommand({
        TableName: stack.ordersTable,
        IndexName: 'status-index',
        KeyConditionExpression: '#status = :status',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'NEEDS_ATTENTION' },
        Select: 'COUNT',
        ExclusiveStartKey,
      }),
    );
    count += page.Count ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return count;
}

test('a dead letter is read, replayed with a reason, and its order is completed', async () => {
  const { productId, name, price } = await makeProduct({ available: 5 });
  const order = await putOrder({ items: [{ productId, name, quantity: 1, unitPrice: price }] });
  const { orderId, createdAt } = order;
  const body = JSON.stringify({ orderId, createdAt });
  const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderDlqUrl, MessageBody: body }));
  const page = await open(operator, '/dead-letters');
  const letter = page.getByRole('article', { name: `Message ${MessageId}` });
  const refresh = page.getByRole('button', { name: 'Refresh' });
  const reason = because();

  // A message is hidden for a moment while another test looks at the queue.
  await waitFor(
    'the message to be replayed',
    async () => {
      if (!(await isSeen(letter))) {
        await refresh.click();
        return false;
      }
      expect(await letter.getByRole('link', { name: orderId }).getAttribute('href')).toBe(`/desk/orders/${orderId}`);
      await letter.getByText('What it says').click();
      expect(await letter.locator('pre').textContent()).toBe(body);
      await letter.getByRole('checkbox').check();
      const dialog = await act(page, page.getByRole('button', { name: 'Replay the chosen (1)' }), {
        doIt: 'Replay',
        reason,
      });
      const isReplayed = await dialog.getByText('1 message was sent to the order queue again.').isVisible();
      if (isReplayed) {
        const entry = dialog.getByRole('region', { name: 'Audit entry' });
        await entry.getByText('Replayed dead letters').waitFor();
        expect(await factsOf(entry.locator('dl'))).toMatchObject({ Why: reason, By: operator.customerId });
      }
      await dialog.getByRole('button', { name: 'Close' }).click();
      return isReplayed;
    },
    { seconds: 120 },
  );

  await letter.waitFor({ state: 'detached' });
  await waitForStatus(orderId, 'COMPLETED');
  expect(await readStock(productId)).toEqual({ available: 4, reserved: 0, sold: 1 });
  const listed = await call('GET', '/admin/dlq?limit=100', { token: operator.idToken });
  expect((listed.body.items as { messageId: string }[]).map(({ messageId }) => messageId)).not.toContain(MessageId);
  expect((await entriesFor('orders dead-letter queue', reason)).at(-1)).toMatchObject({
    action: 'DEAD_LETTERS_REPLAYED',
    result: { replayed: [{ messageId: MessageId, orderId }] },
  });
});

test('an open breaker is shown on the first page, and closed', async () => {
  const breaker = await openBreaker();
  const { account } = breaker;
  const page = await open(operator);
  // The first page may be some seconds old.
  const shown = page.getByRole('listitem').filter({ hasText: account });
  await waitFor('the breaker to be shown', async () => {
    if (await isSeen(shown)) return true;
    await page.reload();
    return false;
  });
  expect(await shown.textContent()).toContain('open, nobody asks the provider until');

  await page.getByRole('link', { name: 'Circuit breakers' }).click();
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: account }) });
  await row.getByText('open, nobody asks the provider').waitFor();
  const reason = because();
  const dialog = await act(page, row.getByRole('button', { name: `Close the breaker of ${account}` }), {
    doIt: 'Close the breaker',
    reason,
  });
  await dialog.getByText('The breaker is closed.').waitFor();
  await dialog.getByRole('region', { name: 'Audit entry' }).getByText('Closed a circuit breaker').waitFor();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await row.getByText('closed, payments go through').waitFor();
  expect(await row.getByRole('button').count()).toBe(0);
  expect(await breakers.read(breaker)).toMatchObject({ state: 'CLOSED', failures: 0 });
  const log = await call('GET', '/admin/audit?limit=50', { token: operator.idToken });
  expect((log.body.items as { reason?: string }[]).filter((entry) => entry.reason === reason)).toMatchObject([
    { action: 'BREAKER_CLOSED', operatorId: operator.customerId },
  ]);
});

/** The card of a product. The edge may have kept a list of the catalogue that is some seconds older than the product. */
async function showProduct(page: Page, name: string): Promise<Locator> {
  const card = page.getByRole('article', { name });
  await waitFor(
    'the product to be listed',
    async () => {
      if (await isSeen(card)) return true;
      await page.getByRole('button', { name: 'Refresh' }).click();
      return false;
    },
    { seconds: 60 },
  );
  return card;
}

describe('a product', () => {
  test('gets another price, and stock by difference, while somebody buys', async () => {
    const product = await makeProduct({ available: 10, price: 1250 });
    const { productId, name } = product;
    const page = await open(operator, '/products');
    await page.getByLabel('Product id').fill(productId);
    await page.getByRole('button', { name: 'Find the product' }).click();
    const card = await showProduct(page, name);
    await card.getByText('$12.50, 10 in stock').waitFor();

    // The form was opened before these two were sold. What is typed is how many come, so that they stay sold.
    const change = page.getByRole('button', { name: `Change ${name}` });
    await change.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Price in USD').fill('19,90');
    await dialog.getByLabel('Change of stock').fill('5');
    await waitForStatus(await placeOrder(customer, orderRequest([{ productId, quantity: 2 }])), 'COMPLETED');
    const reason = because();
    await dialog.getByLabel('Why').fill(reason);
    await dialog.getByRole('button', { name: 'Save the change' }).dblclick();
    await dialog.getByText(`Saved. ${name} costs 19.9 USD, and 13 are in stock.`).waitFor();
    const entry = dialog.getByRole('region', { name: 'Audit entry' });
    await entry.getByText('Changed a product').waitFor();
    expect(await factsOf(entry.locator('dl'))).toMatchObject({ On: productId, Why: reason });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await card.getByText('$19.90, 13 in stock, 0 reserved, 2 sold').waitFor();

    expect(await readProduct(productId)).toMatchObject({ price: 1990, available: 13, reserved: 0, sold: 2, name });
    expect(await entriesFor(productId, reason)).toMatchObject([{ action: 'PRODUCT_CHANGED' }]);

    // No more can be taken off than there are, and that is said beside the field.
    await change.click();
    await dialog.getByLabel('Change of stock').fill('-14');
    await dialog.getByLabel('Why').fill(because());
    await dialog.getByRole('button', { name: 'Save the change' }).click();
    await dialog.getByText('No more can be taken off than are in stock.').waitFor();
    expect(await readStock(productId)).toEqual({ available: 13, reserved: 0, sold: 2 });
  });

  test('gets a picture, sent to the bucket with its progress shown, and the edge serves it', async () => {
    const { productId, name } = await makeProduct();
    const page = await open(await makeMember('catalogue'), `/products?id=${productId}`);
    await showProduct(page, name);
    const posts: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && new URL(request.url()).origin !== new URL(stack.deskUrl).origin)
        posts.push(request.url());
    });
    const png = makePng();
    await page.getByRole('button', { name: `New picture of ${name}` }).click();
    const dialog = page.getByRole('dialog');
    const reason = because();
    await dialog.getByLabel('Why').fill(reason);
    const upload = dialog.getByRole('button', { name: 'Upload the picture' });
    const picture = dialog.getByLabel('Picture');

    await picture.setInputFiles({ name: 'picture.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') });
    await upload.click();
    await dialog.getByText('Choose a PNG, JPEG or WebP picture of at most 5 MB.').waitFor();
    expect(posts).toEqual([]);

    // Every value that the bar had, because it is gone when all was sent.
    await page.evaluate(`
      window.seen = [];
      new MutationObserver(() => {
        const bar = document.querySelector('progress');
        if (bar) seen.push(bar.value);
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    `);
    await picture.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: png });
    await upload.click();
    await dialog.getByText('The picture is uploaded.').waitFor();
    const seen = await page.evaluate<number[]>('seen');
    expect([seen.at(0), seen.at(-1)]).toEqual([0, 1]);
    expect(posts).toHaveLength(1);
    await dialog.getByRole('button', { name: 'Close' }).click();

    const image = await waitFor('the picture to be checked', async () => (await readProduct(productId)).image, {
      seconds: 60,
    });
    expect(await entriesFor(productId, reason)).toMatchObject([{ action: 'IMAGE_UPLOAD_SIGNED' }]);
    await waitFor('the picture to be listed', async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      return isSeen(page.getByRole('article', { name }).locator(`img[src$="${image}"]`));
    });
    const shown = page.getByRole('article', { name }).locator('img');
    await waitFor('the picture to be drawn', () =>
      shown.evaluate((element: { naturalWidth?: number }) => element.naturalWidth === 1),
    );
    const served = await fetch(new URL((await shown.getAttribute('src')) ?? '', stack.storefrontUrl));
    expect(Buffer.from(await served.arrayBuffer()).equals(png)).toBe(true);
  });
});

describe('the desk shows', () => {
  const areas = async () => visit.page.getByRole('navigation', { name: 'Desk' }).getByRole('link').allInnerTexts();

  test('everything to an operator, orders to support, and products to catalogue', async () => {
    const page = await open(operator);
    await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    expect(await areas()).toEqual(['Today', 'Orders', 'Products', 'Dead letters', 'Circuit breakers', 'Audit log']);
    await visit.close();
    expect(visit.faults()).toEqual([]);

    const supports = await open(await makeMember('support'));
    await supports.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    expect(await areas()).toEqual(['Today', 'Orders']);
    for (const path of ['/products', '/dead-letters', '/breakers', '/audit']) {
      await visit.goTo(path);
      await supports.getByRole('heading', { name: 'Not for your role' }).waitFor();
    }
    await visit.close();
    expect(visit.faults()).toEqual([]);

    const catalogues = await open(await makeMember('catalogue'));
    await catalogues.getByRole('heading', { name: 'Products', level: 1 }).waitFor();
    expect(await areas()).toEqual(['Products']);
    for (const path of ['/orders', `/orders/${randomUUID()}`, '/dead-letters', '/breakers', '/audit']) {
      await visit.goTo(path);
      await catalogues.getByRole('heading', { name: 'Not for your role' }).waitFor();
    }
  });

  test('nothing to a customer, and asks nothing for one', async () => {
    const order = await putOrder({ customerId: randomUUID() });
    const page = await open(customer);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const refusal = page.getByRole('heading', { name: 'The desk is for the people of the shop' });
    for (const path of [
      '',
      '/orders',
      `/orders/${order.orderId}`,
      '/products',
      '/dead-letters',
      '/breakers',
      '/audit',
    ]) {
      await visit.goTo(path);
      await refusal.waitFor();
      expect(await page.getByRole('navigation', { name: 'Desk' }).count()).toBe(0);
    }
    expect(asked.filter((path) => /^\/api\/(admin|orders|products)/.test(path))).toEqual([]);
    expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Desk' }).count()).toBe(0);
    // What the page does not ask, the API refuses.
    const answers = await page.evaluate(
      async ([orderId, token]) =>
        Promise.all(
          ['/admin/overview', '/admin/dlq', '/admin/breaker', '/admin/audit', `/orders/${orderId}/executions`].map(
            async (path) => (await fetch(`/api${path}`, { headers: { authorization: token } })).status,
          ),
        ),
      [order.orderId, customer.idToken] as const,
    );
    expect(answers).toEqual([403, 403, 403, 403, 403]);
    expect(await reread(order)).toEqual(order);
  });
});
