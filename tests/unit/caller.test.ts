import { callerOf } from '../../functions/shared/api/caller.ts';
import { apiEvent } from '../support/api-event.ts';

const event = (claims?: Record<string, unknown>) =>
  apiEvent({ requestContext: { authorizer: claims && { claims } } as never });

/** An event with these groups as API Gateway writes them, and with a token that lists them. */
const withGroups = (claim: string | undefined, listed: string[] | undefined, prefix = '') => {
  const payload = Buffer.from(JSON.stringify({ sub: 'alice', 'cognito:groups': listed })).toString('base64url');
  return {
    ...event({ sub: 'alice', token_use: 'id', 'cognito:groups': claim }),
    headers: { Authorization: `${prefix}e30.${payload}.signature` },
  };
};

test.each([[['operators']], [['shoppers', 'operators']]])('the groups %j make an operator', (groups) => {
  expect(callerOf(withGroups(groups.join(','), groups))).toEqual({ customerId: 'alice', isOperator: true });
});

test.each([undefined, '', 'operators2', 'not-operators', '[operators]', 'Operators', 'operators.eu,customers'])(
  'the groups %s do not',
  (groups) => {
    expect(callerOf(withGroups(groups, ['operators'])).isOperator).toBe(false);
  },
);

test.each([
  ['no token', {}],
  ['a token that is none', { Authorization: 'operators' }],
  ['a token that cannot be read', { Authorization: 'e30.!.signature' }],
])('the claim alone does not: %s', (_, headers) => {
  const claims = { sub: 'alice', token_use: 'id', 'cognito:groups': 'operators' };
  expect(callerOf({ ...event(claims), headers }).isOperator).toBe(false);
});

test.each([
  [['shop', 'operators'], true],
  [['operators,'], false],
  [['shop,operators'], false],
  [['my operators'], false],
  [undefined, false],
])('a token with the groups %j, written as one string: operator %s', (groups, isOperator) => {
  for (const prefix of ['', 'Bearer ']) {
    expect(callerOf(withGroups(String(groups), groups, prefix)).isOperator).toBe(isOperator);
  }
});

test('is nobody without claims, or with those of a token that is no ID token', () => {
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED' });
  expect(() => callerOf(event())).toThrow(unauthorized);
  expect(() => callerOf(event({}))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice', token_use: 'access' }))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice' }))).toThrow(unauthorized);
});
