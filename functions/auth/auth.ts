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
import { Problem } from '../shared/api/problem.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import type { AuthRequest } from './auth-request.schema.ts';
import {
  ignoring,
  NO_CODE_SENT,
  NOTHING_TO_REVOKE,
  SIGN_IN_REFUSED,
  SIGN_UP_REFUSED,
  throwCodeProblem,
  throwPasswordProblem,
} from './cognito-refusals.ts';

export interface AuthResources {
  cognito: Pick<CognitoIdentityProviderClient, 'send'>;
  /** The user pool's public client, which has no secret. */
  clientId: string;
}

/** The tokens of a signed-in customer or operator. */
export interface Tokens {
  idToken: string;
  accessToken: string;
  /** Absent after a refresh. The caller goes on using the token that it has. */
  refreshToken?: string;
  /** Seconds for which the ID token and the access token are valid. */
  expiresIn: number;
}

/** What the caller should do next, when there are no tokens to return. */
export interface Acknowledgement {
  message: string;
}

export interface AuthAnswer {
  status: 200 | 201;
  body: Tokens | Acknowledgement;
}

/**
 * Does what the request's `action` says. No answer depends on whether an account exists. An unknown account gets the
 * answer of a known one, and every failed sign-in gets the same 401.
 *
 * @throws Problem UNAUTHORIZED, VALIDATION_FAILED (the user pool refuses the code or the password), or
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
  ).catch(throwPasswordProblem);
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

async function signIn(
  flow: Pick<InitiateAuthCommandInput, 'AuthFlow' | 'AuthParameters'>,
  refusal: string,
  { cognito, clientId }: AuthResources,
): Promise<Tokens> {
  const answer = await ignoring(
    SIGN_IN_REFUSED,
    cognito.send(new InitiateAuthCommand({ ClientId: clientId, ...flow })),
  );
  // No result means a refusal, or a challenge, which this API cannot answer.
  const { IdToken, AccessToken, RefreshToken, ExpiresIn } = answer?.AuthenticationResult ?? {};
  if (!IdToken || !AccessToken || !ExpiresIn) throw new Problem('UNAUTHORIZED', refusal);
  return {
    idToken: IdToken,
    accessToken: AccessToken,
    ...(RefreshToken && { refreshToken: RefreshToken }),
    expiresIn: ExpiresIn,
  };
}

function ok(body: AuthAnswer['body']): AuthAnswer {
  return { status: 200, body };
}
