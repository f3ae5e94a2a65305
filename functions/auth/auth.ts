import {
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  ResendConfirmationCodeCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Problem } from '../shared/api/problem.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import type { AuthRequest } from './auth-request.schema.ts';
import {
  ignoring,
  isLimit,
  NO_CODE_SENT,
  NOTHING_TO_REVOKE,
  SIGN_UP_REFUSED,
  throwCodeProblem,
  throwPasswordProblem,
  throwRegistrationProblem,
} from './cognito-refusals.ts';
import { confirmSecondFactor, type Enrolment, enrolSecondFactor } from './second-factor.ts';
import { answerChallenge, type Challenge, signIn, type Tokens } from './sign-in.ts';
import type { UserPool } from './user-pool.ts';

export interface AuthResources extends UserPool {
  /** Called with the name of a limit that Cognito reported. The answer may hide it from the caller. */
  onLimit: (name: string) => void;
}

/** What the caller should do next, when there are no tokens to return. */
export interface Acknowledgement {
  message: string;
}

export interface AuthAnswer {
  status: 200 | 201;
  body: Tokens | Challenge | Enrolment | Acknowledgement;
}

/**
 * Does what the request's `action` says. No answer depends on whether an account exists. An unknown account gets the
 * answer of a known one, and every failed sign-in gets the same 401. An address means the same in any case of its
 * letters.
 *
 * @throws Problem UNAUTHORIZED, VALIDATION_FAILED (the user pool refuses the address, the code or the password), or
 * TOO_MANY_REQUESTS.
 */
export async function authenticate(request: AuthRequest, resources: AuthResources): Promise<AuthAnswer> {
  try {
    const lowered = 'email' in request ? { ...request, email: request.email.toLowerCase() } : request;
    return await perform(lowered, { ...resources, cognito: reportingLimits(resources) });
  } catch (error) {
    if (errorName(error) === 'TooManyRequestsException') {
      throw new Problem('TOO_MANY_REQUESTS', 'try again later', { headers: { 'retry-after': '1' } });
    }
    throw error;
  }
}

/** The same client. It reports limits before anything hides them. */
function reportingLimits({ cognito, onLimit }: AuthResources): AuthResources['cognito'] {
  const send = async (...call: Parameters<typeof cognito.send>) => {
    try {
      return await cognito.send(...call);
    } catch (error) {
      if (isLimit(error)) onLimit((error as Error).name);
      throw error;
    }
  };
  return { send: send as typeof cognito.send };
}

async function perform(request: AuthRequest, resources: AuthResources): Promise<AuthAnswer> {
  switch (request.action) {
    case 'register':
      return register(request, resources);
    case 'confirm':
      return confirm(request, resources);
    case 'resend':
      return resend(request, resources);
    case 'login':
      return login(request, resources);
    case 'newPassword':
      return newPassword(request, resources);
    case 'mfa':
      return mfa(request, resources);
    case 'enrolMfa':
      return ok(await enrolSecondFactor(request.accessToken, resources));
    case 'confirmMfa':
      await confirmSecondFactor(request.accessToken, request.code, resources);
      return ok({ message: 'the second factor is on: sign in again' });
    case 'refresh':
      return refresh(request, resources);
    case 'forgot':
      return forgot(request, resources);
    case 'reset':
      return reset(request, resources);
    case 'logout':
      return logout(request, resources);
  }
}

type RequestOf<Action extends AuthRequest['action']> = Extract<AuthRequest, { action: Action }>;

const CODE_SENT = { message: 'if the address can be used, a code is on its way to it' };

async function register({ email, password }: RequestOf<'register'>, { cognito, clientId }: AuthResources) {
  await ignoring(
    SIGN_UP_REFUSED,
    cognito.send(
      new SignUpCommand({
        ClientId: clientId,
        Username: email,
        Password: password,
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    ),
  )
    .catch(throwPasswordProblem)
    .catch(throwRegistrationProblem);
  return { status: 201 as const, body: CODE_SENT };
}

async function confirm({ email, code }: RequestOf<'confirm'>, { cognito, clientId }: AuthResources) {
  await cognito
    .send(new ConfirmSignUpCommand({ ClientId: clientId, Username: email, ConfirmationCode: code }))
    .catch(throwCodeProblem);
  return ok({ message: 'the address is confirmed: sign in' });
}

async function resend({ email }: RequestOf<'resend'>, { cognito, clientId }: AuthResources) {
  await ignoring(
    NO_CODE_SENT,
    cognito.send(new ResendConfirmationCodeCommand({ ClientId: clientId, Username: email })),
  );
  return ok(CODE_SENT);
}

async function login({ email, password }: RequestOf<'login'>, resources: AuthResources) {
  return ok(
    await signIn(
      { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: email, PASSWORD: password } },
      'the e-mail address or the password is wrong, or the address is not confirmed yet',
      resources,
    ),
  );
}

async function newPassword({ session, email, password }: RequestOf<'newPassword'>, resources: AuthResources) {
  const responses = { USERNAME: email, NEW_PASSWORD: password };
  return ok(
    await answerChallenge(
      { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: session, ChallengeResponses: responses },
      resources,
    ),
  );
}

async function mfa({ session, email, code }: RequestOf<'mfa'>, resources: AuthResources) {
  const responses = { USERNAME: email, SOFTWARE_TOKEN_MFA_CODE: code };
  return ok(
    await answerChallenge(
      { ChallengeName: 'SOFTWARE_TOKEN_MFA', Session: session, ChallengeResponses: responses },
      resources,
    ),
  );
}

async function refresh({ refreshToken }: RequestOf<'refresh'>, resources: AuthResources) {
  return ok(
    await signIn(
      { AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN: refreshToken } },
      'the refresh token is not valid or has expired: sign in again',
      resources,
    ),
  );
}

async function forgot({ email }: RequestOf<'forgot'>, { cognito, clientId }: AuthResources) {
  await ignoring(NO_CODE_SENT, cognito.send(new ForgotPasswordCommand({ ClientId: clientId, Username: email })));
  return ok(CODE_SENT);
}

async function reset({ email, code, password }: RequestOf<'reset'>, { cognito, clientId }: AuthResources) {
  await cognito
    .send(
      new ConfirmForgotPasswordCommand({
        ClientId: clientId,
        Username: email,
        ConfirmationCode: code,
        Password: password,
      }),
    )
    .catch(throwPasswordProblem)
    .catch(throwCodeProblem);
  return ok({ message: 'the password is changed: sign in' });
}

async function logout({ refreshToken }: RequestOf<'logout'>, { cognito, clientId }: AuthResources) {
  await ignoring(NOTHING_TO_REVOKE, cognito.send(new RevokeTokenCommand({ ClientId: clientId, Token: refreshToken })));
  return ok({ message: 'signed out' });
}

function ok(body: AuthAnswer['body']): AuthAnswer {
  return { status: 200, body };
}
