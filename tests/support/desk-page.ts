import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, errors, type Locator, type Page } from 'playwright-core';
import { stack } from './stack.ts';

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

/** Forms are signed for the bucket itself, which the policy admits. Nothing else may be asked there. */
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
  const page = await context.newPage();
  const faults = watch(page);
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
    faults: () => faults,
    close: () => context.close(),
  };
}

/** Collects what must not happen on a page, from now on. */
export function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Permissions-Policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const to = new URL(request.url()).origin;
    const isUpload = to === uploads && request.method() === 'POST';
    if (to !== origin && !isUpload) faults.push(`${request.method()} ${request.url()}`);
  });
  return faults;
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
 * What axe finds on the page: what is serious or worse, and what it could not decide about contrast.
 *
 * @throws Error when axe looked at nothing
 */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations, incomplete, passes } = await page.evaluate<axe.AxeResults>('axe.run()');
  const looked = new Set(passes.map(({ id }) => id));
  for (const rule of ['document-title', 'html-has-lang', 'landmark-one-main']) {
    if (!looked.has(rule)) throw new Error(`axe has not applied ${rule}`);
  }
  return [
    ...violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
    ...incomplete.filter(({ id }) => id === 'color-contrast'),
  ].map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

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
