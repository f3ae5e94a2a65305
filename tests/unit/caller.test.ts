import { callerOf } from '../../functions/shared/api-handler.ts';
import { apiEvent } from './api-event.ts';

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

it('is nobody without claims, or with those of an access token', () => {
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED' });
  expect(() => callerOf(event())).toThrow(unauthorized);
  expect(() => callerOf(event({}))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice', token_use: 'access' }))).toThrow(unauthorized);
});
