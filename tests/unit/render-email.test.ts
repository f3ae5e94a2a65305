import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import {
  type CustomerEvent,
  type OrderForMail,
  renderEmail,
  TextMissing,
} from '../../functions/deliver-notification/render-email.ts';
import { TEXTS, type Texts } from '../../functions/deliver-notification/texts.ts';
import { CURRENCIES } from '../../functions/shared/catalogue/product.ts';
import { outcomeEventSchema } from '../../functions/shared/notifications/outcome-event.schema.ts';
import isOutcomeEvent from '../../functions/shared/notifications/outcome-event.validator.js';
import { SAMPLE_ORDER_ID, sampleNotifications } from '../support/sample-notifications.ts';

const { completed, failed, refunded, cancelled } = sampleNotifications();
const REASON_CODES = outcomeEventSchema.oneOf[1].properties.reasonCode.enum;

const withOrder = (change: Partial<OrderForMail>) =>
  renderEmail(completed.event, { ...completed.order, ...change }, {});
const withName = (name: string) =>
  withOrder({ items: [{ productId: 'PROD-001', name, quantity: 1, unitPrice: 1999 }] });
/** Amounts have spaces that do not break a line. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
/** The texts with one language changed. */
const withTexts = (change: object, language = 'en'): Texts => ({
  ...TEXTS,
  languages: {
    ...TEXTS.languages,
    [language]: { ...TEXTS.languages[language], ...change } as Texts['languages'][string],
  },
});

test.each(Object.entries(sampleNotifications()))('the sample %s is an event as it is published', (_, { event }) => {
  expect({ valid: isOutcomeEvent(event), errors: isOutcomeEvent.errors }).toEqual({ valid: true, errors: null });
});

describe('the text of an e-mail', () => {
  test('can be read alone: the outcome, the order, its lines, the total and what happens next', () => {
    expect(renderEmail(completed.event, completed.order, {}).text).toBe(`Your order is confirmed

Hello,

Thank you. We have received your payment of $89.97.

Order number: ${SAMPLE_ORDER_ID}
Placed on: March 6, 2025 at 4:30 PM UTC

Your order

- Widget Pro
  2 x $19.99 = $39.98

- Super Gadget
  1 x $49.99 = $49.99

Total: $89.97

What happens next
We are getting your order ready. You do not need to do anything.

-- 
Our shop sends this e-mail because an order was placed with your account.
`);
  });

  test('is in the language of the account, and so are its amounts and dates', () => {
    const { event, order } = sampleNotifications('de').failed;
    const { subject, text } = renderEmail(event, order, {});
    expect(subject).toBe(`Ihre Bestellung ${SAMPLE_ORDER_ID} konnte nicht ausgeführt werden`);
    expect(plain(text)).toContain('Die Zahlung wurde abgelehnt. Sie zahlen nichts für diese Bestellung.');
    expect(plain(text)).toContain('Bestellt am: 6. März 2025 um 16:30 UTC');
    expect(plain(text)).toContain('- Widget Pro\n  2 x 19,99 $ = 39,98 $\n');
    expect(plain(text)).toContain('Summe: 89,97 $');
  });
});

describe('each outcome', () => {
  test.each([
    ['completed', completed, `Your order ${SAMPLE_ORDER_ID} is confirmed`, 'We have received your payment of $89.97.'],
    ['failed', failed, `Your order ${SAMPLE_ORDER_ID} could not be completed`, 'The payment was declined.'],
    ['refunded', refunded, `Your order ${SAMPLE_ORDER_ID} is cancelled`, 'We have refunded $89.97 for this order.'],
    ['cancelled', cancelled, `Your order ${SAMPLE_ORDER_ID} is cancelled`, 'You were not charged for this order.'],
  ])(
    '%s has its subject with the order, and says the same in HTML and text',
    (_, { event, order }, subject, message) => {
      const email = renderEmail(event, order, {});
      expect(email.subject).toBe(subject);
      for (const part of [email.html, email.text]) {
        for (const said of [
          message,
          SAMPLE_ORDER_ID,
          'Widget Pro',
          '$19.99',
          '$39.98',
          'Super Gadget',
          '$49.99',
          '$89.97',
        ]) {
          expect(part).toContain(said);
        }
      }
    },
  );

  test.each(
    REASON_CODES.flatMap((reasonCode) => Object.keys(TEXTS.languages).map((language) => ({ reasonCode, language }))),
  )('a failure with $reasonCode has a reason in $language', ({ reasonCode, language }) => {
    const { order } = sampleNotifications(language).failed;
    const { html, text } = renderEmail({ ...failed.event, reasonCode } as CustomerEvent, order, {});
    const reason = TEXTS.languages[language]?.reasons[reasonCode] ?? 'no reason';
    expect(text).toContain(reason);
    expect(html).toContain(reason);
    expect(text).not.toContain(reasonCode);
  });

  test('a part of the price that was refunded is what the e-mail says', () => {
    const { text } = renderEmail({ ...refunded.event, refundedAmount: 12.5 } as CustomerEvent, refunded.order, {});
    expect(text).toContain('We have refunded $12.50 for this order.');
    expect(text).toContain('Total: $89.97');
  });
});

describe('names of products', () => {
  test('are escaped in the HTML, and plain in the text', () => {
    const name = `<script>alert("1")</script> & 'x' {{html}} {total}`;
    const { html, text } = withName(name);
    expect(html).not.toMatch(/<script/i);
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;x&#x27; {{html}} {total}');
    expect(text).toContain(`- ${name}\n`);
  });

  test.each([
    ['accents, ideographs and pictures', 'Crème brûlée 焼き菓子 👩‍🍳'],
    ['letters from right to left', 'أداة رائعة'],
    ['200 characters', 'x'.repeat(200)],
  ])('with %s stay as they are', (_, name) => {
    const { html, text } = withName(name);
    expect(html).toContain(`<bdi>${name}</bdi>`);
    expect(text).toContain(`- ${name}\n`);
  });

  test.each([
    ['line breaks', 'Widget\r\n\r\nTotal: $0.00', 'Widget Total: $0.00'],
    ['separators of lines', 'Widget\u2028Total\u2029Pro', 'Widget Total Pro'],
    ['changes of direction', 'Widget \u202eorP', 'Widget orP'],
    ['control characters', 'Widget\u0000\u001b[31m Pro', 'Widget [31m Pro'],
  ])('with %s get no line of their own', (_, name, shown) => {
    const { html, text } = withName(name);
    expect(html).toContain(`<bdi>${shown}</bdi>`);
    expect(text).toContain(`- ${shown}\n`);
  });

  test('are all there in an order of 50 lines', () => {
    const items = Array.from({ length: 50 }, (_, n) => ({
      productId: `P-${n}`,
      name: `Widget ${n};`,
      quantity: 999,
      unitPrice: n,
    }));
    const { html, text } = withOrder({ items, total: 999 * 1225 });
    for (const { name } of items) {
      expect(html).toContain(name);
      expect(text).toContain(name);
    }
    expect(text).toContain('999 x $0.49 = $489.51');
    expect(text).toContain('Total: $12,237.75');
  });
});

describe('amounts', () => {
  test('have the minor digits of their currency', () => {
    const items = [{ productId: 'P', name: 'Widget', quantity: 3, unitPrice: 1999 }];
    expect(withOrder({ currency: 'JPY', items, total: 5997 }).text).toMatch(/3 x ¥1,999 = ¥5,997\n\nTotal: ¥5,997\n/);
    expect(withOrder({ currency: 'KWD', items, total: 5997 }).text).toContain('Total: KWD\u00a05.997');
  });

  test.each(CURRENCIES)('in %s are hundredths, as everywhere in the shop', (currency) => {
    expect(withOrder({ currency, total: 1234567 }).text).toMatch(/^Total: \D*12,345\.67$/m);
  });

  test('say which dollar it is', () => {
    expect(withOrder({ currency: 'CAD' }).text).toContain('Total: CA$89.97');
  });
});

describe('the subject', () => {
  test('has one line, whatever the texts have', () => {
    const outcomes = structuredClone(TEXTS.languages.en?.outcomes) as Texts['languages'][string]['outcomes'];
    outcomes.completed.subject = '{shop}\r\nBcc: all@example.com\n{orderId}';
    const { subject } = renderEmail(completed.event, completed.order, { name: 'A\r\nShop' }, withTexts({ outcomes }));
    expect(subject).toBe(`A Shop Bcc: all@example.com ${SAMPLE_ORDER_ID}`);
  });
});

describe('the name of the shop', () => {
  test.each([
    ['texts.json, when none is given', {}, 'Our shop sends this e-mail'],
    ['texts.json, when an empty one is given', { name: '' }, 'Our shop sends this e-mail'],
    ['the deployment', { name: 'Ships & Sails' }, 'Ships & Sails sends this e-mail'],
  ])('comes from %s', (_, shop, footer) => {
    expect(renderEmail(completed.event, completed.order, shop).text).toContain(footer);
  });
});

describe('the language', () => {
  const languageOf = (locale: string | undefined) => {
    const { contact: _, ...order } = completed.order;
    return /<html lang="([^"]*)"/.exec(
      renderEmail(completed.event, { ...order, contact: locale === undefined ? {} : { locale } }, {}).html,
    )?.[1];
  };

  test.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['de_DE', 'de'],
    ['DE-de-u-nu-arab', 'de'],
    ['en-GB', 'en'],
    ['fr-CA', 'en'],
    ['toString', 'en'],
    ['constructor', 'en'],
    ['../../de', 'en'],
    ['"><script>', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('for the locale %p is %s', (locale, language) => {
    expect(languageOf(locale)).toBe(language);
  });

  test('is English for an order without a contact', () => {
    const { contact: _, ...order } = completed.order;
    expect(renderEmail(completed.event, order, {}).html).toContain('<html lang="en" dir="ltr">');
  });

  test('is a new one as soon as the texts have it', () => {
    const greeting = 'Bonjour,';
    const texts: Texts = {
      ...TEXTS,
      languages: { ...withTexts({ greeting }).languages, 'fr-CA': withTexts({ greeting }).languages.en as never },
    };
    const order = { ...completed.order, contact: { locale: 'fr_ca' } };
    const { html, text } = renderEmail(completed.event, order, {}, texts);
    expect(html).toContain('<html lang="fr-CA"');
    expect(text).toContain('Bonjour,');
    expect(plain(text)).toContain('Total: 89,97 $ US');
  });
});

describe('what is missing is TextMissing, and its message has no value in it', () => {
  const [widget, gadget] = completed.order.items;
  const ORDERS: [string, object][] = [
    ['items', { items: undefined }],
    ['items[1].name', { items: [widget, { ...gadget, name: undefined }] }],
    ['items[1].name', { items: [widget, { ...gadget, name: '\n' }] }],
    ['items[0].quantity', { items: [{ ...widget, quantity: undefined }] }],
    ['items[0].unitPrice', { items: [{ ...widget, unitPrice: Number.NaN }] }],
    ['total', { total: undefined }],
    ['total', { total: 89.97 }],
    ['currency', { currency: undefined }],
    ['createdAt', { createdAt: undefined }],
    ['createdAt', { createdAt: 'yesterday' }],
  ];
  test.each(ORDERS)('%s of the order (%j)', (key, change) => {
    const rendering = () => withOrder(change as Partial<OrderForMail>);
    expect(rendering).toThrow(TextMissing);
    expect(rendering).toThrow(new TextMissing(`there is no ${key}`));
  });

  const EVENTS: [string, CustomerEvent, object][] = [
    ['orderId', completed.event, { orderId: undefined }],
    ['reasons.undefined', failed.event, { reasonCode: undefined }],
    ['reasons.NEW_REASON', failed.event, { reasonCode: 'NEW_REASON' }],
    ['refundedAmount', cancelled.event, { refundedAmount: undefined }],
  ];
  test.each(EVENTS)('%s of the event', (key, event, change) => {
    expect(() => renderEmail({ ...event, ...change } as CustomerEvent, completed.order, {})).toThrow(
      new TextMissing(`there is no ${key}`),
    );
  });

  test('a type of event that customers do not hear of', () => {
    const event = { ...completed.event, type: 'OrderNeedsAttention' } as unknown as CustomerEvent;
    expect(() => renderEmail(event, completed.order, {})).toThrow(
      new TextMissing('no text for events of type OrderNeedsAttention'),
    );
  });

  test.each([
    ['a text', { greeting: undefined }, 'there is no greeting'],
    ['an empty text', { total: '' }, 'there is no total'],
    ['all texts of an outcome', { outcomes: {} }, 'there is no outcomes.completed'],
    ['a placeholder without a value', { footer: 'Dear {customerName}' }, 'there is no {customerName} in footer'],
    ['a placeholder of another outcome', { footer: '{refunded}' }, 'there is no {refunded} in footer'],
    ['a placeholder that every object has', { footer: '{constructor}' }, 'there is no {constructor} in footer'],
  ])('%s', (_, change, message) => {
    expect(() => renderEmail(completed.event, completed.order, {}, withTexts(change))).toThrow(
      new TextMissing(message),
    );
  });
});

describe('an e-mail', () => {
  test('names nobody and asks nobody for anything', () => {
    const order = {
      ...completed.order,
      customerName: 'Ada Lovelace',
      shippingAddress: { street: '12 Secret Street', city: 'Hidden', state: 'XX', zipCode: '99999' },
      contact: { email: 'ada@example.com', phone: '+4712345678', locale: 'en' },
    };
    const { subject, html, text } = renderEmail(completed.event, order, {});
    for (const part of [subject, html, text]) {
      expect(part).not.toMatch(/Ada|Secret|Hidden|99999|@example|4712345678/);
      expect(part).not.toMatch(/https?:|src=|href=|url\(|@import/i);
    }
  });

  test('says what color schemes it has, its language, and a line for the list of e-mails', () => {
    const { html, subject } = renderEmail(failed.event, failed.order, {});
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).toContain('@media (prefers-color-scheme: dark)');
    expect(html).toContain(`<title>${subject}</title>`);
    expect(html).toMatch(
      /<body>\s*<div style="display: none[^>]*>The payment was declined\. You do not pay anything\.<\/div>/,
    );
  });

  test('is rendered where no text may become code, and without the compiler of templates', () => {
    const { outputFiles, metafile } = buildSync({
      stdin: {
        contents: `
          import { renderEmail } from './functions/deliver-notification/render-email.ts';
          const { event, order } = JSON.parse(process.argv[1]);
          console.log(renderEmail(event, order, {}).subject);
          try { renderEmail(event, { ...order, total: undefined }, {}); } catch ({ name }) { console.log(name); }`,
        resolveDir: join(__dirname, '../..'),
      },
      // As template.yaml has it built.
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      minify: true,
      mainFields: ['module', 'main'],
      supported: { 'dynamic-import': false },
      metafile: true,
      write: false,
    });
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('/compiler/'))).toEqual([]);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '-e', outputFiles[0]?.text ?? '', JSON.stringify(completed)],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr }).toEqual({
      stdout: `Your order ${SAMPLE_ORDER_ID} is confirmed\nTextMissing\n`,
      stderr: '',
    });
  });
});
