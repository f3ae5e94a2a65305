import { required } from './texts.ts';

/** How amounts and dates are written in one language. */
export interface Formats {
  /** @param minorUnits an integer of the currency's own minor units: cents, and whole yen */
  minorUnits(minorUnits: number, key: string): string;
  /** @param amount a decimal amount, as events have it */
  amount(amount: number, key: string): string;
  /** @param at ISO 8601 */
  moment(at: string, key: string): string;
  quantity(quantity: number, key: string): string;
}

/**
 * The formats of a language. Each throws TextMissing for a value that is missing, or that is no such value.
 *
 * @param language a BCP 47 code
 * @param currencyDisplay `code` writes USD and no sign, for an SMS: few signs are in its alphabet
 */
export function formatsOf(
  language: string,
  { currency, timeZone, currencyDisplay }: { currency: string; timeZone: string; currencyDisplay: 'symbol' | 'code' },
): Formats {
  const money = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: required(currency, 'currency'),
    currencyDisplay,
  });
  const integer = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  const digits = money.resolvedOptions().maximumFractionDigits ?? 2;
  return {
    minorUnits: (value, key) => money.format(valid(value, Number.isSafeInteger, key) / 10 ** digits),
    amount: (value, key) => money.format(valid(value, Number.isFinite, key)),
    moment: (at, key) => date.format(valid(Date.parse(required(at, key)), Number.isFinite, key)),
    quantity: (value, key) => integer.format(valid(value, Number.isSafeInteger, key)),
  };
}

function valid(value: number, isValid: (value: number) => boolean, key: string): number {
  return required(isValid(value) ? value : undefined, key);
}
