import { callerOf, GROUPS, may, operatorOf, type Right } from '../../functions/shared/api/caller.ts';
import { apiEvent } from '../support/api-event.ts';

const event = (claims?: Record<string, unknown>) =>
  apiEvent({ requestContext: { authorizer: claims && { claims } } as never });

/** An event whose claim and whose token name groups. The token has a list, the claim one string. */
const withGroups = (claim: string | undefined, listed: string[] | undefined, prefix = '') => {
  const payload = Buffer.from(JSON.stringify({ sub: 'alice', 'cognito:groups': listed })).toString('base64url');
  return {
    ...event({ sub: 'alice', token_use: 'id', 'cognito:groups': claim }),
    headers: { Authorization: `${prefix}e30.${payload}.signature` },
  };
};

describe.each(GROUPS)('the group %s', (group) => {
  test.each([[[group]], [['shoppers', group]]])('is known among %j', (groups) => {
    expect(callerOf(withGroups(groups.join(','), groups))).toEqual({ customerId: 'alice', groups: [group] });
  });

  test.each([undefined, '', `${group}2`, `not-${group}`, `[${group}]`, group.toUpperCase(), `${group}.eu,customers`])(
    'is not %s',
    (groups) => {
      expect(callerOf(withGroups(groups, [group])).groups).toEqual([]);
    },
  );

  test.each([
    ['no token', {}],
    ['a token that is none', { Authorization: group }],
    ['a token that cannot be read', { Authorization: 'e30.!.signature' }],
  ])('is not known by the claim alone: %s', (_, headers) => {
    const claims = { sub: 'alice', token_use: 'id', 'cognito:groups': group };
    expect(callerOf({ ...event(claims), headers }).groups).toEqual([]);
  });

  test.each([
    [['shop', group], [group]],
    [[`${group},`], []],
    [[`shop,${group}`], []],
    [[`my ${group}`], []],
    [undefined, []],
  ])('of a token with the groups %j, written as one string: %j', (groups, known) => {
    for (const prefix of ['', 'Bearer ']) {
      expect(callerOf(withGroups(String(groups), groups, prefix)).groups).toEqual(known);
    }
  });
});

test.each<[string[], Right[]]>([
  [['operators'], ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS', 'RETRY_ORDERS', 'CHANGE_CATALOGUE', 'OPERATE']],
  [['support'], ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS']],
  [['catalogue'], ['CHANGE_CATALOGUE']],
  [
    ['support', 'catalogue'],
    ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS', 'CHANGE_CATALOGUE'],
  ],
  [['shoppers'], []],
])('a member of %j has the rights %j and no others', (groups, rights) => {
  const asked = withGroups(groups.join(','), groups);
  const all: Right[] = ['SEE_ALL_ORDERS', 'CANCEL_ALL_ORDERS', 'RETRY_ORDERS', 'CHANGE_CATALOGUE', 'OPERATE'];
  for (const right of all) {
    expect({ right, may: may(callerOf(asked), right) }).toEqual({ right, may: rights.includes(right) });
    if (rights.includes(right)) expect(operatorOf(asked, right)).toBe('alice');
    else expect(() => operatorOf(asked, right)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  }
});

test('a caller without claims, or with the claims of another kind of token, is refused', () => {
  const unauthorized = expect.objectContaining({ code: 'UNAUTHORIZED' });
  expect(() => callerOf(event())).toThrow(unauthorized);
  expect(() => callerOf(event({}))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice', token_use: 'access' }))).toThrow(unauthorized);
  expect(() => callerOf(event({ sub: 'alice' }))).toThrow(unauthorized);
});
