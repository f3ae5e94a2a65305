import { callerOf } from '../../functions/shared/api/api-handler.ts';
import { apiEvent } from '../support/api-event.ts';

const event = (claims?: Record<string, unknown>) =>
  apiEvent({ requestContext: { authorizer: claims && { claims } } as never });

it.each(['operators', 'shoppers,operators', '[shoppers operators]', '[operators]'])(
  '%s makes an operator',
  (groups) => {
    const claims = { sub: 'alice', token_use: 'id', 'cognito:groups': groups };
    expect(callerOf(event(claims))).toEqual({ customerId: 'alice', isOperator: true });
  },
);

it.each([undefined, '', 'operators2', 'not-operators', '[my-operators x]', 'Operators', 'operators.eu,customers'])(
  'the groups %s do not',
  (groups) => {
    expect(callerOf(event({ sub: 'alice', 'cognito:groups': groups })).isOperator).toBe(false);
  },
);

it.each([
  [['shop', 'operators'], true],
  [['operators,'], false],
  [['shop,operators'], false],
  [['my operators'], false],
  [undefined, false],
])('a token with the groups %j, written as one string: operator %s', (groups, isOperator) => {
  const payload = Buffer.from(JSON.stringify({ sub: 'alice', 'cognito:groups': groups })).toString('base64url');
  for (const prefix of ['', 'Bearer ']) {
    const asked = {
      ...event({ sub: 'alice', 'cognito:groups': String(groups) }),
      headers: { Authorization: `${prefix}e30.${payload}.signature` },
    };
    expect(callerOf(asked).isOperator).toBe(isOperator);
  }
});

it('is nobody without claims, or with those of an access token', () => {
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED' });
  expect(() => callerOf(event())).toThrow(unauthorized);
  expect(() => callerOf(event({}))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice', token_use: 'access' }))).toThrow(unauthorized);
});
