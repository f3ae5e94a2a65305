import type Handlebars from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { formatsOf } from './formats.ts';
import htmlTemplate from './templates/order.html.template.js';
import textTemplate from './templates/order.text.template.js';
import {
  type CustomerEvent,
  chooseLanguage,
  fill,
  type Language,
  type OrderForMail,
  oneLine,
  outcomeTexts,
  required,
  TEXTS,
  TextMissing,
  type Texts,
} from './texts.ts';

export { type CustomerEvent, type OrderForMail, TextMissing } from './texts.ts';

// The package's types of its runtime are empty. Without the compiler, nothing here turns text into code.
const { template } = runtime as unknown as typeof Handlebars;
const asHtml = template(htmlTemplate);
const asText = template(textTemplate);

/**
 * The e-mail about an outcome, in the language of the account.
 *
 * It needs nothing from elsewhere: no image, no font, no link. The subject has one line. Every value in the HTML is
 * escaped.
 *
 * @param shop its name, if it is not the one of texts.json
 * @param texts other words than those of texts.json
 * @throws TextMissing when a text or a value of the order is missing. A repeat does not help.
 */
export function renderEmail(
  event: CustomerEvent,
  order: OrderForMail,
  shop: { name?: string },
  texts: Texts = TEXTS,
): { subject: string; html: string; text: string } {
  const { code, language } = chooseLanguage(order.contact?.locale, texts);
  const { currency } = order;
  const format = formatsOf(code, { currency, timeZone: texts.shop.timeZone, currencyDisplay: 'symbol' });
  const outcome = outcomeTexts(event, language);
  const total = format.minorUnits(order.total, 'total');
  const values = {
    orderId: required(event.orderId, 'orderId'),
    total,
    shop: required(shop.name || texts.shop.name, 'shop.name'),
    ...(event.type === 'OrderCancelled' && { refunded: format.amount(event.refundedAmount, 'refundedAmount') }),
    ...(event.type === 'OrderFailed' && {
      reason: required(language.reasons?.[event.reasonCode], `reasons.${event.reasonCode}`),
    }),
  };
  const text = (key: keyof typeof outcome) => fill(outcome[key], values, key);
  const label = (key: Exclude<keyof Language, 'reasons' | 'outcomes'>) => fill(language[key], values, key);
  const rightToLeft = language.direction === 'rtl';

  const view = {
    language: code,
    direction: required(language.direction, 'direction'),
    start: rightToLeft ? 'right' : 'left',
    end: rightToLeft ? 'left' : 'right',
    outcome: event.type,
    subject: text('subject'),
    preheader: text('preheader'),
    heading: text('heading'),
    message: text('message'),
    next: text('next'),
    greeting: label('greeting'),
    nextHeading: label('nextHeading'),
    footer: label('footer'),
    shop: oneLine(values.shop),
    labels: {
      order: label('order'),
      orderNumber: label('orderNumber'),
      placed: label('placed'),
      product: label('product'),
      quantity: label('quantity'),
      unitPrice: label('unitPrice'),
      lineTotal: label('lineTotal'),
      total: label('total'),
    },
    orderId: values.orderId,
    placedAt: required(order.createdAt, 'createdAt'),
    placed: format.moment(order.createdAt, 'createdAt'),
    total,
    lines: required(order.items, 'items').map(({ name, quantity, unitPrice }, index) => ({
      name: required(oneLine(required(name, `items[${index}].name`)), `items[${index}].name`),
      quantity: format.quantity(quantity, `items[${index}].quantity`),
      unitPrice: format.minorUnits(unitPrice, `items[${index}].unitPrice`),
      lineTotal: format.minorUnits(unitPrice * quantity, `items[${index}].lineTotal`),
    })),
  };
  return { subject: view.subject, html: strictly(asHtml, view), text: strictly(asText, view) };
}

/** What a template gives. The templates are strict: a name in one of them that the view does not have is an error. */
function strictly(render: Handlebars.TemplateDelegate, view: object): string {
  try {
    return render(view);
  } catch (error) {
    throw new TextMissing(`a template: ${(error as Error).message}`, { cause: error });
  }
}
