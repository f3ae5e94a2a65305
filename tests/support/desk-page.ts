import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, errors, type Locator, type Page } from 'playwright-core';
import { stack } from './stack.ts';
import { watchPages } from './watch-pages.ts';

/** The desk in a browser of its own, where nobody else is signed in. */
export interface DeskVisit {
  page: Page;
  /** Goes to a page of the desk, such as `/orders`, without leaving the app's origin. */
  goTo(path: string): Promise<void>;
  /** What must not happen: violations of the policy, errors of the page, requests to others. In sentences. */
  faults(): string[];
  close(): Promise<void>;
}

const origin = new URL(stack.deskUrl).origin;

/** A form for a picture is signed for the bucket itself, which the policy admits. Nothing else is sent there. */
const uploads = stack.endpoint === undefined ? undefined : new URL(stack.endpoint).origin;

/**
 * Opens a page of the desk as a person does who has its address: signs in, and is back at that page.
 *
 * @param path behind the desk's address, such as `/orders`
 */
export async function openDesk(
  browser: Browser,
  person: { email: string; password: string },
  path = '',
  options: BrowserContextOptions = {},
): Promise<DeskVisit> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'UTC', ...options });
  const faults = await watchPages(context, origin);
  const page = await context.newPage();
  await page.goto(`${stack.deskUrl}${path}`);
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${stack.deskUrl}${path}`);
  return {
    page,
    async goTo(to) {
      await page.goto(`${stack.deskUrl}${to}`);
    },
    faults: () => faults.filter((fault) => uploads === undefined || !fault.startsWith(`POST ${uploads}/`)),
    close: () => context.close(),
  };
}

/** Does what a button of the desk offers: opens its question, says why and confirms. Returns the open dialog. */
export async function act(
  page: Page,
  button: Locator,
  { doIt, reason, fill }: { doIt: string; reason: string; fill?: (dialog: Locator) => Promise<unknown> },
): Promise<Locator> {
  await button.click();
  const dialog = page.getByRole('dialog');
  await fill?.(dialog);
  await dialog.getByLabel('Why').fill(reason);
  await dialog.getByRole('button', { name: doIt, exact: true }).click();
  // Either it was done, or the dialog says why not.
  await dialog.getByRole('button', { name: 'Close', exact: true }).or(dialog.getByRole('alert')).first().waitFor();
  return dialog;
}

/** The facts of a list of terms: what stands beside each term. */
export async function factsOf(list: Locator): Promise<Record<string, string>> {
  const [terms, facts] = await Promise.all([list.locator('dt').allInnerTexts(), list.locator('dd').allInnerTexts()]);
  return Object.fromEntries(terms.map((term, index) => [term, facts[index] ?? '']));
}

/**
 * What axe finds on the page that is serious or worse. What it cannot decide about contrast, such as text that is
 * scrolled out of its frame, in a drawing, or in a modal question, is for `faintTexts`.
 *
 * @throws Error when axe looked at no text
 */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found, passes } = await page.evaluate<axe.AxeResults>('axe.run()');
  // A modal question hides the rest of the page from axe, and with it most other rules.
  if (!passes.some(({ id }) => id === 'color-contrast')) throw new Error('axe has looked at no text');
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/**
 * The texts whose contrast with what is behind them is below 4.5 to 1, with their contrast. Behind a text is the
 * nearest background around it, or its state's shape in the graph. Controls that cannot be used are left out.
 *
 * @throws Error when there is no text
 */
export async function faintTexts(page: Page): Promise<string[]> {
  const measured = await page.evaluate<[text: string, contrast: number][]>(MEASURE_CONTRAST);
  if (measured.length === 0) throw new Error('there is no text on the page');
  return measured.filter(([, contrast]) => !(contrast >= 4.5)).map(([text, contrast]) => `${text}: ${contrast}`);
}

// Text, because the tests have no types of the DOM. The canvas turns a colour of any notation into red, green and blue.
const MEASURE_CONTRAST = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const pixel = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [red, green, blue] = pixel(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    const box = element.closest('.graph-state')?.querySelector('.graph-box');
    if (box) return getComputedStyle(box).fill;
    for (let around = element; around; around = around.parentElement) {
      const { backgroundColor } = getComputedStyle(around);
      if (pixel(backgroundColor)[3] === 255) return backgroundColor;
    }
    return 'white';
  };
  const hasText = ({ childNodes }) => [...childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim() !== '');
  const isMeasured = (element) =>
    hasText(element) &&
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.closest('[aria-disabled="true"], script, style, title');
  return [...document.body.querySelectorAll('*')].filter(isMeasured).map((element) => {
    const { fill, color } = getComputedStyle(element);
    const front = luminance(element.localName === 'text' ? fill : color);
    const behind = luminance(backgroundOf(element));
    const contrast = (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05);
    return [element.outerHTML.slice(0, 120), Math.round(contrast * 100) / 100];
  });
})()`;

/** Whether something is seen within the time, for what others on the same stack may delay. */
export async function isSeen(locator: Locator, milliseconds = 5000): Promise<boolean> {
  try {
    await locator.first().waitFor({ timeout: milliseconds });
    return true;
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false;
    throw error;
  }
}
