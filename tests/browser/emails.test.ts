import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { renderEmail } from '../../functions/deliver-notification/render-email.ts';
import { TEXTS, type Texts } from '../../functions/deliver-notification/texts.ts';
import { launchChromium } from '../support/chromium.ts';
import { type Sample, sampleNotifications } from '../support/sample-notifications.ts';

const SCHEMES = ['light', 'dark'] as const;
const SAMPLES = Object.keys(TEXTS.languages).flatMap((language) =>
  Object.entries(sampleNotifications(language)).map(([name, sample]) => ({ name, language, sample })),
);
const RIGHT_TO_LEFT: Texts = {
  ...TEXTS,
  languages: { ...TEXTS.languages, ar: { ...(TEXTS.languages.en as Texts['languages'][string]), direction: 'rtl' } },
};

let browser: Browser;
let page: Page;
let requests: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  page = await browser.newPage();
  requests = [];
  page.on('request', (request) => requests.push(request.url()));
});
afterEach(() => page.close());

interface Look {
  width?: number;
  colorScheme?: (typeof SCHEMES)[number];
  texts?: Texts;
}

async function show({ event, order }: Sample, { width = 680, colorScheme = 'light', texts }: Look = {}) {
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme });
  await page.setContent(renderEmail(event, order, {}, texts).html, { waitUntil: 'load' });
}

/** The sample of a completed order with other products. */
function withProducts(products: { name: string; quantity?: number; unitPrice?: number }[], language = 'en'): Sample {
  const { event, order } = sampleNotifications(language).completed;
  const items = products.map(({ name, quantity = 1, unitPrice = 1999 }, index) => ({
    productId: `PROD-${index}`,
    name,
    quantity,
    unitPrice,
  }));
  return {
    event,
    order: { ...order, items, total: items.reduce((sum, one) => sum + one.quantity * one.unitPrice, 0) },
  };
}

const LONG_WORD = 'W'.repeat(200);
const LONG_NAME = 'Super Gadget with a very long name '.repeat(6).slice(0, 200);
const DEAR = { quantity: 999, unitPrice: 999_999_99 };

/** What axe finds. Only what is serious or worse, and what it could not decide about contrast. */
async function barriers(): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations, incomplete, passes } = await page.evaluate<axe.AxeResults>('axe.run()');
  // A rule that looked at nothing has found nothing.
  expect(passes.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['color-contrast', 'document-title', 'html-has-lang']),
  );
  return [
    ...violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
    ...incomplete.filter(({ id }) => id === 'color-contrast'),
  ].map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const backgroundOf = (selector: string) =>
  page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);

describe.each(SCHEMES)('in %s', (colorScheme) => {
  test.each(SAMPLES)(
    '$name ($language) has nothing that keeps people from reading it, contrast included',
    async ({ sample }) => {
      await show(sample, { colorScheme });
      expect(await barriers()).toEqual([]);
    },
  );
});

test('is dark where the reader wants it dark', async () => {
  const { completed } = sampleNotifications();
  await show(completed, { colorScheme: 'light' });
  const light = [await backgroundOf('body'), await backgroundOf('.card')];
  await show(completed, { colorScheme: 'dark' });
  const dark = [await backgroundOf('body'), await backgroundOf('.card')];
  expect(light).toEqual(['rgb(244, 244, 245)', 'rgb(255, 255, 255)']);
  expect(dark).toEqual(['rgb(17, 17, 19)', 'rgb(30, 30, 33)']);
});

test.each(SAMPLES)('$name ($language) asks nobody for anything, and runs no script', async ({ sample }) => {
  await show(sample);
  expect(requests).toEqual([]);
  expect(await page.locator('script, img, link, iframe, object, a').count()).toBe(0);
});

describe('on a phone of 320 px', () => {
  test.each(SAMPLES)('$name ($language) needs no scrolling to the side', async ({ sample }) => {
    await show(sample, { width: 320 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  });

  test.each([
    ['a name of 200 letters', withProducts([{ name: LONG_WORD }])],
    ['a name of 200 characters', withProducts([{ name: LONG_NAME }], 'de')],
    ['the largest amounts', withProducts([{ name: LONG_NAME, ...DEAR }])],
    ['the largest amounts in German', withProducts([{ name: LONG_WORD, ...DEAR }], 'de')],
    ['50 lines', withProducts(Array.from({ length: 50 }, (_, index) => ({ name: `Widget ${index}` })))],
  ])('%s does not need it either', async (_, sample) => {
    await show(sample, { width: 320 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    expect(await page.getByRole('rowheader').count()).toBe(sample.order.items.length + 1);
  });

  test('the name of a product has a line of its own, and the amounts stand beside one another below', async () => {
    await show(withProducts([{ name: 'Super Gadget', quantity: 12, unitPrice: 1_249_99 }], 'de'), { width: 320 });
    const name = await page.getByRole('rowheader', { name: 'Super Gadget' }).boundingBox();
    const cells = await page.getByRole('row').nth(1).getByRole('cell').all();
    const boxes = await Promise.all(cells.map((cell) => cell.boundingBox()));
    const bottom = (name?.y ?? Number.NaN) + (name?.height ?? Number.NaN);
    expect(boxes.map((box) => box?.y)).toEqual([bottom, bottom, bottom]);
    expect(boxes.map((box) => box?.x)).toEqual(boxes.map((box) => box?.x).toSorted((a, b) => Number(a) - Number(b)));
  });
});

describe.each([320, 680])('for a screen reader on %i px', (width) => {
  test('it has a language, a title, headings in order, and one table: that of the products', async () => {
    await show(sampleNotifications('de').failed, { width });
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    expect(await page.title()).toMatch(/^Ihre Bestellung [0-9a-f-]{36} konnte nicht ausgeführt werden$/);
    expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual([
      'Wir konnten Ihre Bestellung nicht ausführen',
    ]);
    expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual([
      'Ihre Bestellung',
      'Wie es weitergeht',
    ]);
    expect(await page.getByRole('table').count()).toBe(1);
    expect(await page.getByRole('table', { name: 'Ihre Bestellung' }).count()).toBe(1);
  });

  test('each amount has a header for its column and for its row', async () => {
    await show(sampleNotifications('en').completed, { width });
    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual(['Product', 'Quantity', 'Price', 'Amount']);
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(['Widget Pro', 'Super Gadget', 'Total']);
    expect(await page.getByRole('cell').allInnerTexts()).toEqual([
      '2',
      '$19.99',
      '$39.98',
      '1',
      '$49.99',
      '$49.99',
      '$89.97',
    ]);
  });

  test('the line for the list of e-mails is not shown', async () => {
    await show(sampleNotifications('en').failed);
    expect(
      await page.getByText('The payment was declined. You do not pay anything.', { exact: true }).isVisible(),
    ).toBe(false);
    expect(await page.getByText('We are sorry. The payment was declined.').isVisible()).toBe(true);
  });
});

test('a name that is HTML is shown as it is written', async () => {
  const name = `<img src="https://attacker.example/x.png" onerror="window.hit=1"></bdi></td><script>window.hit=1</script>'"&amp;`;
  await show(withProducts([{ name }]));
  expect(await page.getByRole('rowheader').first().textContent()).toBe(name);
  expect(await page.evaluate('window.hit')).toBeUndefined();
  expect(requests).toEqual([]);
});

test('a name that is written from right to left does not turn what stands beside it', async () => {
  const name = '\u202eأداة رائعة 3';
  await show(withProducts([{ name }]));
  const cells = page.getByRole('row').nth(1).getByRole('cell');
  expect(await cells.allInnerTexts()).toEqual(['1', '$19.99', '$19.99']);
  const [amount, header] = [await cells.last().boundingBox(), await page.getByRole('rowheader').first().boundingBox()];
  expect(amount?.x).toBeGreaterThan(header?.x ?? Number.NaN);
});

test('a language that is written from right to left begins on the right', async () => {
  const sample = sampleNotifications('ar').completed;
  await show(sample, { texts: RIGHT_TO_LEFT, width: 320 });
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  const cells = page.getByRole('row').nth(1).getByRole('cell');
  const [quantity, amount] = [await cells.first().boundingBox(), await cells.last().boundingBox()];
  expect(amount?.x).toBeLessThan(quantity?.x ?? Number.NaN);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  expect(await barriers()).toEqual([]);
});
