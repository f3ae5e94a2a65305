import {
  InitiateAuthCommand,
  type InitiateAuthCommandInput,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { Problem } from '../shared/api/problem.ts';
import { CHALLENGE_REFUSED, ignoring, SIGN_IN_REFUSED, throwPasswordProblem } from './cognito-refusals.ts';
import type { UserPool } from './user-pool.ts';

/** The tokens of a signed-in customer or operator. */
export interface Tokens {
  idToken: string;
  accessToken: string;
  /** Absent after a refresh. The caller goes on using the token that it has. */
  refreshToken?: string;
  /** Seconds for which the ID token and the access token are valid. */
  expiresIn: number;
}

/** What Cognito asks for before there are tokens. */
export interface Challenge {
  challenge: AnswerableChallenge;
  /** Goes back with the answer. It is good for three minutes. */
  session: string;
}

const ANSWERABLE_CHALLENGES = ['NEW_PASSWORD_REQUIRED', 'SOFTWARE_TOKEN_MFA'] as const;
type AnswerableChallenge = (typeof ANSWERABLE_CHALLENGES)[number];

/**
 * Begins a sign-in, or renews the tokens of one.
 *
 * @param refusal what the caller reads when the pool refuses.
 * @throws Problem UNAUTHORIZED
 */
export async function signIn(
  flow: Pick<InitiateAuthCommandInput, 'AuthFlow' | 'AuthParameters'>,
  refusal: string,
  { cognito, clientId }: UserPool,
): Promise<Tokens | Challenge> {
  const answer = await ignoring(
    SIGN_IN_REFUSED,
    cognito.send(new InitiateAuthCommand({ ClientId: clientId, ...flow })),
  );
  return tokensOrChallenge(answer, refusal);
}

/**
 * Answers what Cognito asked for at a sign-in.
 *
 * @throws Problem UNAUTHORIZED, or VALIDATION_FAILED when the new password is refused.
 */
export async function answerChallenge(
  answer: Pick<RespondToAuthChallengeCommandInput, 'ChallengeName' | 'Session' | 'ChallengeResponses'>,
  { cognito, clientId }: UserPool,
): Promise<Tokens | Challenge> {
  const next = await ignoring(
    CHALLENGE_REFUSED,
    cognito.send(new RespondToAuthChallengeCommand({ ClientId: clientId, ...answer })).catch(throwPasswordProblem),
  );
  return tokensOrChallenge(next, 'the code is wrong, or the session is not valid any more: sign in again');
}

/** @throws Problem UNAUTHORIZED after a refusal, and for a challenge that this API cannot answer. */
function tokensOrChallenge(answer: InitiateAuthCommandOutput | undefined, refusal: string): Tokens | Challenge {
  const challenge = ANSWERABLE_CHALLENGES.find((name) => name === answer?.ChallengeName);
  if (challenge && answer?.Session) return { challenge, session: answer.Session };
  const { IdToken, AccessToken, RefreshToken, ExpiresIn } = answer?.AuthenticationResult ?? {};
  if (!IdToken || !AccessToken || !ExpiresIn) throw new Problem('UNAUTHORIZED', refusal);
  return {
    idToken: IdToken,
    accessToken: AccessToken,
    ...(RefreshToken && { refreshToken: RefreshToken }),
    expiresIn: ExpiresIn,
  };
}
