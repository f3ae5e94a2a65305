import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';

/**
 * Collects what must not happen on any page of a browser's context, in sentences: violations of the
 * Content-Security-Policy, errors that nobody caught, and requests to another origin.
 */
export async function watchPages(context: BrowserContext, origin: string): Promise<string[]> {
  const faults: string[] = [];
  await context.addInitScript({
    content: `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      console.error('Content-Security-Policy: ' + effectiveDirective + ' ' + blockedURI))`,
  });
  context.on('weberror', (thrown) => faults.push(`not caught: ${thrown.error().message}`));
  context.on('console', (message) => {
    // Chromium reports every answer of 400 or more, and every lost request, in the same way.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`${request.method()} ${request.url()}`);
  });
  return faults;
}

/** What axe finds on a page, and what it could not decide about contrast. @throws Error when it looked at nothing */
export async function barriers(page: Page): Promise<string[]> {
  const hasDialog = (await page.locator('dialog:modal').count()) > 0;
  // axe leaves out what is behind an open dialog, and still takes it for something that may cover the dialog.
  const show = (behind: string, dialog: string) =>
    page.evaluate(
      `document.body.style.visibility = '${behind}'; document.querySelector('dialog:modal').style.visibility = '${dialog}'`,
    );
  if (hasDialog) await show('hidden', 'visible');
  // It comes through the browser's tools, to which the policy of the page does not apply.
  await page.evaluate(axe.source);
  const { violations, incomplete, passes } = await page.evaluate<axe.AxeResults>('axe.run()');
  if (hasDialog) await show('', '');
  for (const rule of hasDialog ? ['color-contrast'] : ['color-contrast', 'document-title', 'landmark-one-main']) {
    if (!passes.some(({ id }) => id === rule)) throw new Error(`axe has not found ${rule} to be right anywhere`);
  }
  const undecided = incomplete.filter(({ id }) => id === 'color-contrast');
  return [...violations, ...undecided].map(
    ({ id, impact, nodes }) =>
      `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary})`).join('; ')}`,
  );
}
