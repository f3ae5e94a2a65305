/** npm run preview:screenshots: takes the pictures of docs/emails.md in a real browser, into docs/images/emails. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderEmail } from '../../functions/deliver-notification/render-email.ts';
import { launchChromium } from '../support/chromium.ts';
import { sampleNotifications } from '../support/sample-notifications.ts';

const FOLDER = join('docs', 'images', 'emails');
const DESKTOP = { width: 680, height: 400 };
const PHONE = { width: 360, height: 400 };

const PICTURES = [
  { sample: 'completed', language: 'en', viewport: DESKTOP, colorScheme: 'light' },
  { sample: 'completed', language: 'en', viewport: DESKTOP, colorScheme: 'dark' },
  { sample: 'failed', language: 'en', viewport: DESKTOP, colorScheme: 'light' },
  { sample: 'refunded', language: 'de', viewport: PHONE, colorScheme: 'light' },
  { sample: 'refunded', language: 'de', viewport: PHONE, colorScheme: 'dark' },
] as const;

mkdirSync(FOLDER, { recursive: true });
const browser = await launchChromium();
try {
  for (const { sample, language, viewport, colorScheme } of PICTURES) {
    const { event, order } = sampleNotifications(language)[sample];
    const page = await browser.newPage({ viewport, colorScheme });
    await page.setContent(renderEmail(event, order, {}).html);
    const path = join(FOLDER, `${sample}-${viewport === PHONE ? 'phone' : 'desktop'}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: true });
    await page.close();
    console.log(path);
  }
} finally {
  await browser.close();
}
