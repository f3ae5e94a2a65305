import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import type { Order } from '../shared/orders/order.ts';
import shipped from './texts.json' with { type: 'json' };

/** An outcome that a customer is told about. */
export type CustomerEvent = Exclude<OutcomeEvent, { type: 'OrderNeedsAttention' }>;

/** What a notification says of an order besides its outcome. */
export type OrderForMail = Pick<Order, 'orderId' | 'createdAt' | 'items' | 'total' | 'currency' | 'contact'>;

/** The words of one language. docs/emails.md explains them. */
export type Language = (typeof shipped)['languages']['en'];

/** Everything that a shop may change: its name, the time zone of the dates, and the words of each language. */
export interface Texts {
  shop: { name: string; timeZone: string };
  languages: Record<string, Language>;
}

/** What texts.json holds. The annotation makes a language that lacks a key an error of the compiler. */
export const TEXTS: Texts = shipped;

const DEFAULT_LANGUAGE = 'en';

/** A text, or a value that a text or a template needs, is not there. The message has no value in it. */
export class TextMissing extends Error {
  override readonly name = 'TextMissing';
}

/** What a text may say between braces. */
export interface Values {
  orderId: string;
  total: string;
  shop: string;
  refunded?: string;
  reason?: string;
}

/**
 * The language for a customer: the locale of the account, then what is left when its last parts are taken away (`de-AT`,
 * then `de`), and English when there are no words for any of them.
 *
 * @param locale what the account says. It may be any text, also one that is no locale.
 */
export function chooseLanguage(
  locale: string | undefined,
  { languages }: Pick<Texts, 'languages'>,
): { code: string; language: Language } {
  const codes = Object.keys(languages);
  for (let wanted = canonical(locale); wanted !== ''; wanted = wanted.replace(/-?[^-]*$/, '')) {
    const code = codes.find((one) => one.toLowerCase() === wanted.toLowerCase());
    if (code !== undefined) return { code, language: required(languages[code], code) };
  }
  return { code: DEFAULT_LANGUAGE, language: required(languages[DEFAULT_LANGUAGE], DEFAULT_LANGUAGE) };
}

/** The texts of an outcome. A cancelled order has two: something was refunded, or nothing was charged. */
export function outcomeTexts(event: CustomerEvent, { outcomes }: Language): Language['outcomes']['completed'] {
  switch (event.type) {
    case 'OrderCompleted':
      return required(outcomes?.completed, 'outcomes.completed');
    case 'OrderFailed':
      return required(outcomes?.failed, 'outcomes.failed');
    case 'OrderCancelled':
      return event.refundedAmount > 0
        ? required(outcomes?.refunded, 'outcomes.refunded')
        : required(outcomes?.cancelled, 'outcomes.cancelled');
    default:
      throw new TextMissing(`no text for events of type ${(event satisfies never as OutcomeEvent).type}`);
  }
}

/**
 * A text with its `{placeholders}` replaced, as plain text on one line.
 *
 * @throws TextMissing when the text is not there, or when it names a value that is not there
 */
export function fill(text: string | undefined, values: Values, key: string): string {
  return oneLine(
    required(text, key).replace(/\{(\w+)\}/g, (_match, name: string) =>
      required(Object.hasOwn(values, name) ? values[name as keyof Values] : undefined, `{${name}} in ${key}`),
    ),
  );
}

/** A value that must be there. */
export function required<Value>(value: Value | undefined | null, key: string): Value {
  if (value === undefined || value === null || value === '') throw new TextMissing(`there is no ${key}`);
  return value;
}

/**
 * A text on one line. A name with line breaks in it could otherwise add lines of its own to an e-mail, or headers to it.
 * Characters that turn the direction of what follows go too.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

/** The locale as BCP 47 writes it. Empty when it is none. Cognito does not check what a client writes there. */
function canonical(locale: string | undefined): string {
  try {
    return new Intl.Locale((locale ?? '').replaceAll('_', '-')).baseName;
  } catch {
    return '';
  }
}
