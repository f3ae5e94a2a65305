import { TextMissing } from '../../functions/deliver-notification/render-email.ts';
import { MOST_PARTS, partsOf, renderSms } from '../../functions/deliver-notification/render-sms.ts';
import { type CustomerEvent, TEXTS, type Texts } from '../../functions/deliver-notification/texts.ts';
import { outcomeEventSchema } from '../../functions/shared/notifications/outcome-event.schema.ts';
import { SAMPLE_ORDER_ID, sampleNotifications } from '../support/sample-notifications.ts';

const { completed, failed, refunded, cancelled } = sampleNotifications();
const REASON_CODES = outcomeEventSchema.oneOf[1].properties.reasonCode.enum;

/** The texts with another name of the shop, and with another SMS for completed orders. */
function textsWith({ shop = 'Our shop', sms }: { shop?: string; sms?: string }): Texts {
  const texts = structuredClone(TEXTS);
  texts.shop.name = shop;
  if (sms !== undefined && texts.languages.en) texts.languages.en.outcomes.completed.sms = sms;
  return texts;
}

describe('an SMS', () => {
  test.each([
    ['completed', completed, `Our shop: your order ${SAMPLE_ORDER_ID} is confirmed. Paid: USD 89.97.`],
    ['failed', failed, `Our shop: your order ${SAMPLE_ORDER_ID} could not be completed. The payment was declined.`],
    ['refunded', refunded, `Our shop: your order ${SAMPLE_ORDER_ID} is cancelled. Refunded: USD 89.97.`],
    ['cancelled', cancelled, `Our shop: your order ${SAMPLE_ORDER_ID} is cancelled. You were not charged.`],
  ])('says what became of the order: %s', (_, { event, order }, sms) => {
    expect(renderSms(event, order)).toBe(sms);
  });

  test.each(Object.keys(TEXTS.languages))('is one part in %s, with any reason and a long amount', (language) => {
    const samples = sampleNotifications(language);
    const events = [
      ...Object.values(samples).map(({ event }) => event),
      ...REASON_CODES.map((reasonCode) => ({ ...samples.failed.event, reasonCode }) as CustomerEvent),
      { ...samples.refunded.event, refundedAmount: 99_999.99 } as CustomerEvent,
    ];
    for (const event of events) {
      const sms = renderSms(event, { ...samples.completed.order, total: 9_999_999 });
      expect({ sms, parts: partsOf(sms) }).toEqual({ sms, parts: 1 });
      expect(sms).toContain(SAMPLE_ORDER_ID);
      expect(sms).not.toMatch(/https?:|www\.|\n/);
    }
  });

  test('is cut when it would need more than two parts', () => {
    const sms = renderSms(completed.event, completed.order, textsWith({ sms: `{orderId} ${'x'.repeat(500)}` }));
    expect(sms).toHaveLength(306);
    expect(sms).toMatch(/^7c9e6679.*xx\.\.\.$/);
    expect(partsOf(sms)).toBe(MOST_PARTS);
  });

  test('is cut between characters, and earlier when they are not in the alphabet of an SMS', () => {
    const sms = renderSms(completed.event, completed.order, textsWith({ sms: '👩'.repeat(200) }));
    expect(sms).toBe(`${'👩'.repeat(65)}...`);
  });

  test('has one line', () => {
    const texts = textsWith({ shop: 'A\r\nshop', sms: '{shop}\n{orderId}' });
    expect(renderSms(completed.event, completed.order, texts)).toBe(`A shop ${SAMPLE_ORDER_ID}`);
  });

  test.each([
    ['a text', completed, textsWith({ sms: '' }), 'there is no sms'],
    ['a value', completed, textsWith({ sms: '{refunded}' }), 'there is no {refunded} in sms'],
    [
      'a reason',
      { ...failed, event: { ...failed.event, reasonCode: 'NEW' } as never },
      TEXTS,
      'there is no reasons.NEW',
    ],
  ])('is not made without %s', (_, { event, order }, texts, message) => {
    expect(() => renderSms(event, order, texts)).toThrow(new TextMissing(message));
  });
});

test.each([
  ['160 letters', 'x'.repeat(160), 1],
  ['161 letters', 'x'.repeat(161), 2],
  ['306 letters', 'x'.repeat(306), 2],
  ['307 letters', 'x'.repeat(307), 3],
  ['80 euro signs', '€'.repeat(80), 1],
  ['81 euro signs', '€'.repeat(81), 2],
  ['160 umlauts', 'ü'.repeat(160), 1],
  ['70 letters with one outside of the alphabet', `${'x'.repeat(69)}ł`, 1],
  ['71 letters with one outside of the alphabet', `${'x'.repeat(70)}ł`, 2],
  ['36 pictures', '👩'.repeat(36), 2],
])('%s need so many parts', (_, text, parts) => {
  expect(partsOf(text)).toBe(parts);
});
