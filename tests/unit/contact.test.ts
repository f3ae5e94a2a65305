import { contactOf } from '../../functions/create-order/contact.ts';
import { apiEvent } from '../support/api-event.ts';

const verified = {
  email: 'zoe+orders@example.co.uk',
  email_verified: 'true',
  phone_number: '+4712345678',
  phone_number_verified: 'true',
  locale: 'nb-NO',
};
const contact = (claims: Record<string, unknown> | undefined) =>
  contactOf(apiEvent({ requestContext: { authorizer: claims && { claims } } as never }));

test('takes the verified addresses and the language of the account', () => {
  expect(contact(verified)).toEqual({ email: 'zoe+orders@example.co.uk', phone: '+4712345678', locale: 'nb-NO' });
});

test('takes a boolean as the token has it', () => {
  expect(contact({ ...verified, email_verified: true, phone_number_verified: true })).toEqual(contact(verified));
});

test.each([undefined, false, 'false', 'TRUE', '', 1, 'true '])('takes no address whose proof is %j', (proof) => {
  expect(contact({ ...verified, email_verified: proof })).toEqual({ phone: '+4712345678', locale: 'nb-NO' });
  expect(contact({ ...verified, phone_number_verified: proof })).toEqual({
    email: 'zoe+orders@example.co.uk',
    locale: 'nb-NO',
  });
  expect(contact({ ...verified, email_verified: proof, phone_number_verified: proof })).toBeUndefined();
});

test.each([
  ['nobody'],
  ['a@example'],
  ['a@example.com\nBcc: b@example.com'],
  ['a@example.com,b@example.com'],
  ['Somebody <a@example.com>'],
  ['a@@example.com'],
  ['a\u202e@example.com'],
  [`${'a'.repeat(65)}@example.com`],
  [['a@example.com']],
  [{ $ne: null }],
])('takes no e-mail address like %j', (email) => {
  expect(contact({ ...verified, email })).toEqual({ phone: '+4712345678', locale: 'nb-NO' });
});

test.each(['12', '004712345678', '+0712345678', '+47 12 34 56 78', '+47123456789012345', '+4712345678,+4787654321'])(
  'takes no telephone number like %s',
  (phone) => {
    expect(contact({ ...verified, phone_number: phone })).not.toHaveProperty('phone');
  },
);

test.each([
  ['en_US', 'en-US'],
  ['EN-us', 'en-US'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['../../etc', undefined],
  ['english language', undefined],
  ['en-US-US', undefined],
  [7, undefined],
])('the language %j is %j', (locale, expected) => {
  expect(contact({ ...verified, locale })?.locale).toBe(expected);
});

test('finds nothing in a request without claims', () => {
  expect(contact(undefined)).toBeUndefined();
  expect(contactOf(apiEvent({}))).toBeUndefined();
});
