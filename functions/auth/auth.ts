import {
  type CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandInput,
  ResendConfirmationCodeCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Problem, type ProblemDetail } from '../shared/api/problem.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import type { AuthRequest } from './auth-request.schema.ts';

export interface AuthResources {
  cognito: Pick<CognitoIdentityProviderClient, 'send'>;
  /** The user pool's public client, which has no secret. */
  clientId: string;
}

/** Tokens as the API hands them out; a refresh keeps the refresh token that it was made with. */
export interface Tokens {
  idToken: string;
  accessToken: string;
  refreshToken?: string;
  /** Seconds for which the first two are good. */
  expiresIn: number;
}

/** What the caller should do next, where there are no tokens to hand out. */
export interface Acknowledgement {
  message: string;
}

export interface AuthAnswer {
  status: 200 | 201;
  body: Tokens | Acknowledgement;
}

/**
 * Does what the request's `action` says. No answer depends on whether an account exists: an action on an unknown
 * account answers as it would on a known one, and every failed sign-in is the same 401.
 *
 * @throws Problem UNAUTHORIZED, VALIDATION_FAILED (a code that is not good, a password that the pool refuses) or
 * TOO_MANY_REQUESTS.
 */
export async function authenticate(request: AuthRequest, resources: AuthResources): Promise<AuthAnswer> {
  try {
    return await perform(request, resources);
  } catch (error) {
    if (errorName(error) === 'TooManyRequestsException') {
      throw new Problem('TOO_MANY_REQUESTS', 'try again later', { headers: { 'retry-after': '1' } });
    }
    throw error;
  }
}

function perform(request: AuthRequest, resources: AuthResources): Promise<AuthAnswer> {
  switch (request.action) {
    case 'register':
      return register(request, resources);
    case 'confirm':
      return confirm(request, resources);
    case 'resend':
      return resend(request, resources);
    case 'login':
      return login(request, resources);
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
  await tolerating(
    // SignUp tells that an account exists, whatever the client's PreventUserExistenceErrors says.
    ['UsernameExistsException', 'AliasExistsException', 'LimitExceededException'],
    cognito.send(
      new SignUpCommand({
        ClientId: clientId,
        Username: email,
        Password: password,
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    ),
  ).catch(refusingPassword);
  return { status: 201 as const, body: CODE_SENT };
}

async function confirm({ email, code }: RequestOf<'confirm'>, { cognito, clientId }: AuthResources) {
  await cognito
    .send(new ConfirmSignUpCommand({ ClientId: clientId, Username: email, ConfirmationCode: code }))
    .catch(refusingCode);
  return ok({ message: 'the address is confirmed: sign in' });
}

async function resend({ email }: RequestOf<'resend'>, { cognito, clientId }: AuthResources) {
  await tolerating(
    NO_CODE_FOR_THIS_ACCOUNT,
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

async function refresh({ refreshToken }: RequestOf<'refresh'>, resources: AuthResources) {
  return ok(
    await signIn(
      { AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN: refreshToken } },
      'the refresh token is not good, or not any more: sign in again',
      resources,
    ),
  );
}

async function forgot({ email }: RequestOf<'forgot'>, { cognito, clientId }: AuthResources) {
  await tolerating(
    NO_CODE_FOR_THIS_ACCOUNT,
    cognito.send(new ForgotPasswordCommand({ ClientId: clientId, Username: email })),
  );
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
    .catch(refusingPassword)
    .catch(refusingCode);
  return ok({ message: 'the password is changed: sign in' });
}

async function logout({ refreshToken }: RequestOf<'logout'>, { cognito, clientId }: AuthResources) {
  await tolerating(
    // A token that is no token, or somebody else's client's, needs no revoking: signing out always succeeds.
    ['NotAuthorizedException', 'UnauthorizedException', 'InvalidParameterException', 'UnsupportedTokenTypeException'],
    cognito.send(new RevokeTokenCommand({ ClientId: clientId, Token: refreshToken })),
  );
  return ok({ message: 'signed out' });
}

/** Why an account gets no code: it is unknown, confirmed already, without an address, or asked too often. */
const NO_CODE_FOR_THIS_ACCOUNT = [
  'UserNotFoundException',
  'InvalidParameterException',
  'NotAuthorizedException',
  'UserNotConfirmedException',
  'LimitExceededException',
];

async function signIn(
  flow: Pick<InitiateAuthCommandInput, 'AuthFlow' | 'AuthParameters'>,
  refusal: string,
  { cognito, clientId }: AuthResources,
): Promise<Tokens> {
  const answer = await tolerating(
    [
      'NotAuthorizedException',
      'UserNotFoundException',
      'UserNotConfirmedException',
      'PasswordResetRequiredException',
      'InvalidParameterException',
    ],
    cognito.send(new InitiateAuthCommand({ ClientId: clientId, ...flow })),
  );
  // Without a result it is a refusal, or a challenge that the API has no way to answer.
  const { IdToken, AccessToken, RefreshToken, ExpiresIn } = answer?.AuthenticationResult ?? {};
  if (!IdToken || !AccessToken || !ExpiresIn) throw new Problem('UNAUTHORIZED', refusal);
  return {
    idToken: IdToken,
    accessToken: AccessToken,
    ...(RefreshToken && { refreshToken: RefreshToken }),
    expiresIn: ExpiresIn,
  };
}

function refusingPassword(error: unknown): never {
  if (errorName(error) === 'InvalidPasswordException') {
    throw invalid('the password does not meet the policy', {
      pointer: '/password',
      detail: 'does not meet the policy',
    });
  }
  throw error;
}

const CODE_REFUSED = [
  'CodeMismatchException',
  'ExpiredCodeException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'AliasExistsException',
  'TooManyFailedAttemptsException',
  'LimitExceededException',
  'InvalidParameterException',
];

function refusingCode(error: unknown): never {
  if (CODE_REFUSED.includes(errorName(error) ?? '')) {
    throw invalid('the code is wrong or has expired', { pointer: '/code', detail: 'is wrong or has expired' });
  }
  throw error;
}

function invalid(detail: string, at: ProblemDetail): Problem {
  return new Problem('VALIDATION_FAILED', detail, { errors: [at] });
}

/** Waits for a call, taking the named refusals for an empty answer. */
async function tolerating<T>(names: readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (names.includes(errorName(error) ?? '')) return undefined;
    throw error;
  }
}

function ok(body: AuthAnswer['body']): AuthAnswer {
  return { status: 200, body };
}
