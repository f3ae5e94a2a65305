import { type BeforeToken, checkSecondFactor } from '../../functions/check-second-factor/check-second-factor.ts';
import { GROUPS } from '../../functions/shared/api/caller.ts';
import { named } from '../support/memory-tables.ts';

type Resources = Parameters<typeof checkSecondFactor>[1];

/** The event after the trigger, at a pool where the account has these factors. */
async function tokenFor(groups: string[] | undefined, factors: string[] | Error | undefined) {
  const asked: unknown[] = [];
  const send = async ({ input }: { input: unknown }) => {
    asked.push(input);
    if (factors instanceof Error) throw factors;
    return { UserMFASettingList: factors };
  };
  const event: BeforeToken = {
    userPoolId: 'pool',
    userName: 'olga',
    request: { userAttributes: {}, groupConfiguration: { ...(groups && { groupsToOverride: groups }) } },
    response: { claimsOverrideDetails: null },
  };
  const answer = await checkSecondFactor(event, { cognito: { send } as unknown as Resources['cognito'] });
  expect(answer).toEqual({ ...event, response: answer.response });
  return { override: answer.response.claimsOverrideDetails, asked };
}

test.each(GROUPS)('a member of %s without a second factor gets a token without the group', async (group) => {
  for (const factors of [undefined, [], ['SMS_MFA']]) {
    expect(await tokenFor([group, 'shoppers'], factors)).toEqual({
      override: { groupOverrideDetails: { groupsToOverride: ['shoppers'] } },
      asked: [{ UserPoolId: 'pool', Username: 'olga' }],
    });
  }
});

test.each(GROUPS)('a member of %s with a second factor gets the token as it is', async (group) => {
  expect((await tokenFor([group, 'shoppers'], ['SOFTWARE_TOKEN_MFA'])).override).toBeNull();
});

test.each([[undefined], [[]], [['shoppers', 'not-operators']]])(
  'for a customer in the groups %j nothing is asked and nothing is changed',
  async (groups) => {
    expect(await tokenFor(groups, named('NobodyAskedForThis'))).toEqual({ override: null, asked: [] });
  },
);

test('an account with rights gets no token when its factors cannot be read', async () => {
  await expect(tokenFor(['operators'], named('TooManyRequestsException'))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
  });
});
