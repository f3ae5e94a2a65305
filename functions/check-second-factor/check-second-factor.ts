import { AdminGetUserCommand, type CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { PreTokenGenerationTriggerEvent } from 'aws-lambda';
import { GROUPS } from '../shared/api/caller.ts';

/** What Cognito sends before it signs an ID token. The response is null until a trigger fills it in. */
export type BeforeToken = Pick<PreTokenGenerationTriggerEvent, 'userPoolId' | 'userName' | 'request'> & {
  response: { claimsOverrideDetails: PreTokenGenerationTriggerEvent['response']['claimsOverrideDetails'] | null };
};

/**
 * Leaves the groups that give rights out of an ID token unless the account has a second factor. Cognito asks an account
 * that has one for it at every sign-in. Therefore a token with such a group was got with the second factor, and no
 * route has to look.
 *
 * @returns the event with the response for Cognito.
 * @throws what Cognito throws. Nobody with rights gets a token then.
 */
export async function checkSecondFactor<Event extends BeforeToken>(
  event: Event,
  { cognito }: { cognito: Pick<CognitoIdentityProviderClient, 'send'> },
): Promise<Event> {
  const groups = event.request.groupConfiguration.groupsToOverride ?? [];
  const harmless = groups.filter((group) => !GROUPS.some((one) => one === group));
  if (harmless.length === groups.length) return event;
  const { UserMFASettingList = [] } = await cognito.send(
    new AdminGetUserCommand({ UserPoolId: event.userPoolId, Username: event.userName }),
  );
  if (UserMFASettingList.includes('SOFTWARE_TOKEN_MFA')) return event;
  const claimsOverrideDetails = { groupOverrideDetails: { groupsToOverride: harmless } };
  return { ...event, response: { ...event.response, claimsOverrideDetails } };
}
