import { formatsOf } from './formats.ts';
import {
  type CustomerEvent,
  chooseLanguage,
  fill,
  type OrderForMail,
  outcomeTexts,
  required,
  TEXTS,
  type Texts,
} from './texts.ts';

/** The alphabet of an SMS (GSM 03.38). The second row takes two places for each character. */
const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const GSM_OF_TWO_PLACES = '^{}\\[~]|€';

/** How much one message holds, and each part when there are more. One character outside of GSM makes all UCS-2. */
const GSM_PLACES = { single: 160, part: 153 };
const UCS2_PLACES = { single: 70, part: 67 };

/** Every part is paid for. The texts that are shipped need one. */
export const MOST_PARTS = 2;

/**
 * The SMS about an outcome, in the language of the account: one line without a link, and at most two parts long. A
 * longer one is cut.
 *
 * @throws TextMissing when a text or a value of the order is missing. A repeat does not help.
 */
export function renderSms(event: CustomerEvent, order: OrderForMail, texts: Texts = TEXTS): string {
  const { code, language } = chooseLanguage(order.contact?.locale, texts);
  const { currency } = order;
  const format = formatsOf(code, { currency, timeZone: texts.shop.timeZone, currencyDisplay: 'code' });
  const sms = fill(
    outcomeTexts(event, language).sms,
    {
      orderId: required(event.orderId, 'orderId'),
      total: format.minorUnits(order.total, 'total'),
      shop: required(texts.shop.name, 'shop.name'),
      ...(event.type === 'OrderCancelled' && { refunded: format.amount(event.refundedAmount, 'refundedAmount') }),
      ...(event.type === 'OrderFailed' && {
        reason: required(language.reasons?.[event.reasonCode], `reasons.${event.reasonCode}`),
      }),
    },
    'sms',
    // Amounts have spaces in them that do not break a line, and that GSM does not know.
  ).replace(/\p{Zs}/gu, ' ');
  let kept = sms;
  for (const characters = [...sms]; partsOf(kept) > MOST_PARTS; kept = `${characters.join('')}...`) characters.pop();
  return kept;
}

/** In how many parts an SMS is sent. */
export function partsOf(text: string): number {
  const characters = [...text];
  const isGsm = characters.every((one) => GSM.includes(one) || GSM_OF_TWO_PLACES.includes(one));
  const { single, part } = isGsm ? GSM_PLACES : UCS2_PLACES;
  // A string's length counts characters outside of the basic plane twice, as UCS-2 does.
  const length = isGsm ? text.length + characters.filter((one) => GSM_OF_TWO_PLACES.includes(one)).length : text.length;
  return length <= single ? 1 : Math.ceil(length / part);
}
