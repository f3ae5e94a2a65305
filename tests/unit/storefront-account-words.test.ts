import { authRequestSchema } from '../../functions/auth/auth-request.schema.ts';
import { EMAIL_PATTERN, NEW_PASSWORD_PATTERN } from '../../storefront/src/shop/account/account-words.ts';

/** The API's schema of a property of the action `register`. */
function schemaOf(name: 'email' | 'password'): { pattern: string } {
  for (const { properties } of authRequestSchema.anyOf) {
    if (properties.action.enum[0] === 'register' && name in properties) {
      return (properties as unknown as Record<typeof name, { pattern: string }>)[name];
    }
  }
  throw new Error(`register has no ${name}`);
}

/** Whether a browser accepts the value of an input with this pattern. */
const accepts = (pattern: string, value: string) => new RegExp(`^(?:${pattern})$`, 'v').test(value);

test.each([
  'ada@example.com',
  'ada+shop@mail.example.co.uk',
  'zoë@example.com',
  'ada@example',
  'ada example@example.com',
  'ada@exa_mple.com',
  '@example.com',
  'ada@example.c',
])('the page and the API agree on the address %s', (value) => {
  expect(accepts(EMAIL_PATTERN, value)).toBe(new RegExp(schemaOf('email').pattern).test(value));
});

test.each([
  'Analytical-Engine-1',
  'analytical-engine-1',
  'ANALYTICAL-ENGINE-1',
  'Analytical-Engine',
  'With spaces Inside 1',
  ' Analytical-Engine-1',
  'Analytical-Engine-1 ',
  'Zoë-Analytical-1',
])('the page and the API agree on the password %j', (value) => {
  expect(accepts(NEW_PASSWORD_PATTERN, value)).toBe(new RegExp(schemaOf('password').pattern).test(value));
});
