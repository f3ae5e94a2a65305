import { type AuthResources, authenticate } from '../../functions/auth/auth.ts';
import type { AuthRequest } from '../../functions/auth/auth-request.schema.ts';
import { named } from '../support/memory-tables.ts';

const email = 'a@example.com';
const password = 'Correct1Horse';
const code = '123456';
const requests = {
  register: { action: 'register', email, password },
  confirm: { action: 'confirm', email, code },
  resend: { action: 'resend', email },
  login: { action: 'login', email, password },
  refresh: { action: 'refresh', refreshToken: 'r' },
  forgot: { action: 'forgot', email },
  reset: { action: 'reset', email, code, password },
  logout: { action: 'logout', refreshToken: 'r' },
} as const satisfies Record<AuthRequest['action'], AuthRequest>;

/** Does the action at a pool that answers every call the same way, and returns what the API would answer. */
async function answerOf(action: keyof typeof requests, poolAnswers: unknown) {
  const sent: { name: string; input: unknown }[] = [];
  const send = async (command: { input: unknown }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    if (poolAnswers instanceof Error) throw poolAnswers;
    return poolAnswers;
  };
  const resources: AuthResources = { cognito: { send } as unknown as AuthResources['cognito'], clientId: 'client' };
  const answer = await authenticate(requests[action], resources).catch((error) =>
    error.name === 'Problem' ? error.toDocument() : Promise.reject(error),
  );
  return { answer, sent };
}

const tokens = { IdToken: 'i', AccessToken: 'a', RefreshToken: 'r', ExpiresIn: 900, TokenType: 'Bearer' };

test('login hands out the tokens', async () => {
  const { answer, sent } = await answerOf('login', { AuthenticationResult: tokens });
  expect(answer).toEqual({
    status: 200,
    body: { idToken: 'i', accessToken: 'a', refreshToken: 'r', expiresIn: 900 },
  });
  expect(sent).toMatchObject([
    {
      name: 'InitiateAuthCommand',
      input: {
        ClientId: 'client',
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: email, PASSWORD: password },
      },
    },
  ]);
});

test('every failed login is the same 401, a challenge included', async () => {
  const refusals = await Promise.all(
    [
      named('NotAuthorizedException'),
      named('UserNotFoundException'),
      named('UserNotConfirmedException'),
      named('PasswordResetRequiredException'),
      { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: 's' },
    ].map(async (pool) => (await answerOf('login', pool)).answer),
  );
  expect(refusals[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
});

test('refresh hands out new tokens, and none for a revoked one', async () => {
  const { RefreshToken: _, ...fresh } = tokens;
  expect((await answerOf('refresh', { AuthenticationResult: fresh })).answer).toEqual({
    status: 200,
    body: { idToken: 'i', accessToken: 'a', expiresIn: 900 },
  });
  expect((await answerOf('refresh', named('NotAuthorizedException'))).answer).toMatchObject({ status: 401 });
});

test.each([
  ['register', 'UsernameExistsException', 201],
  ['resend', 'UserNotFoundException', 200],
  ['resend', 'InvalidParameterException', 200],
  ['forgot', 'UserNotFoundException', 200],
  ['forgot', 'LimitExceededException', 200],
  ['logout', 'UnauthorizedException', 200],
  ['logout', 'InvalidParameterException', 200],
] as const)('%s answers after %s as it does otherwise', async (action, error, status) => {
  const usual = (await answerOf(action, {})).answer;
  expect(usual).toMatchObject({ status });
  expect((await answerOf(action, named(error))).answer).toEqual(usual);
});

test.each(['confirm', 'reset'] as const)(
  '%s refuses a code the same way, whatever is wrong with it or the account',
  async (action) => {
    expect((await answerOf(action, {})).answer).toMatchObject({ status: 200 });
    const names = ['CodeMismatchException', 'ExpiredCodeException', 'UserNotFoundException', 'NotAuthorizedException'];
    const refusals = await Promise.all(names.map(async (name) => (await answerOf(action, named(name))).answer));
    expect(refusals[0]).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/code' }] });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  },
);

test.each(['register', 'reset'] as const)('%s refuses a password that the pool refuses', async (action) => {
  expect((await answerOf(action, named('InvalidPasswordException'))).answer).toMatchObject({
    code: 'VALIDATION_FAILED',
    errors: [{ pointer: '/password' }],
  });
});

test.each(Object.keys(requests) as (keyof typeof requests)[])(
  '%s does not hide that the pool is broken',
  async (action) => {
    await expect(answerOf(action, named('InternalErrorException'))).rejects.toMatchObject({
      name: 'InternalErrorException',
    });
    expect((await answerOf(action, named('TooManyRequestsException'))).answer).toMatchObject({
      status: 429,
      code: 'TOO_MANY_REQUESTS',
    });
  },
);
