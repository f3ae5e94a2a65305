/**
 * npm run preview:emails: writes the e-mail and the SMS of every outcome in every language to .local/emails, and prints
 * the paths.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderEmail } from '../../functions/deliver-notification/render-email.ts';
import { renderSms } from '../../functions/deliver-notification/render-sms.ts';
import { TEXTS } from '../../functions/deliver-notification/texts.ts';
import { sampleNotifications } from '../support/sample-notifications.ts';

const FOLDER = join('.local', 'emails');

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const language of Object.keys(TEXTS.languages)) {
  for (const [name, { event, order }] of Object.entries(sampleNotifications(language))) {
    const { subject, html, text } = renderEmail(event, order, {});
    write(`${name}.${language}.html`, html);
    write(`${name}.${language}.txt`, `Subject: ${subject}\n\n${text}`);
    write(`${name}.${language}.sms.txt`, `${renderSms(event, order)}\n`);
  }
}

function write(file: string, content: string): void {
  const path = join(FOLDER, file);
  writeFileSync(path, content);
  console.log(path);
}
