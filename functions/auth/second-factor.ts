import {
  AssociateSoftwareTokenCommand,
  SetUserMFAPreferenceCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Problem } from '../shared/api/problem.ts';
import { ACCESS_REFUSED, codeProblem, ignoring, throwTotpProblem } from './cognito-refusals.ts';
import type { UserPool } from './user-pool.ts';

/** What an authenticator app needs. */
export interface Enrolment {
  /** Base 32. */
  secret: string;
  /** The same for a QR code. */
  uri: string;
}

/** What an authenticator app shows beside the code. */
const ISSUER = 'Order processing';

/**
 * Gives the account a new secret for an authenticator app. It counts only after `confirmSecondFactor`.
 *
 * @throws Problem UNAUTHORIZED when the access token is refused.
 */
export async function enrolSecondFactor(accessToken: string, { cognito }: UserPool): Promise<Enrolment> {
  const answer = await ignoring(
    ACCESS_REFUSED,
    cognito.send(new AssociateSoftwareTokenCommand({ AccessToken: accessToken })),
  );
  if (!answer?.SecretCode) throw accessRefused();
  const query = new URLSearchParams({ secret: answer.SecretCode, issuer: ISSUER });
  // An authenticator app reads %20 as a space, and not every one reads +.
  const uri = `otpauth://totp/${encodeURIComponent(ISSUER)}?${query.toString().replaceAll('+', '%20')}`;
  return { secret: answer.SecretCode, uri };
}

/**
 * Switches the second factor on. Every later sign-in asks for a code.
 *
 * @param code what the authenticator app shows.
 * @throws Problem UNAUTHORIZED when the access token is refused, VALIDATION_FAILED when the code is wrong.
 */
export async function confirmSecondFactor(accessToken: string, code: string, { cognito }: UserPool): Promise<void> {
  const verified = await ignoring(
    ACCESS_REFUSED,
    cognito.send(new VerifySoftwareTokenCommand({ AccessToken: accessToken, UserCode: code })).catch(throwTotpProblem),
  );
  if (!verified) throw accessRefused();
  if (verified.Status !== 'SUCCESS') throw codeProblem();
  // A verified token is not asked for at sign-in before it is preferred.
  await cognito.send(
    new SetUserMFAPreferenceCommand({
      AccessToken: accessToken,
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    }),
  );
}

function accessRefused(): Problem {
  return new Problem('UNAUTHORIZED', 'the access token is not valid or has expired: sign in again');
}
