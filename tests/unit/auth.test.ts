import fc from 'fast-check';
import { type AuthResources, authenticate } from '../../functions/auth/auth.ts';
import type { AuthRequest } from '../../functions/auth/auth-request.schema.ts';
import validate from '../../functions/auth/auth-request.validator.js';
import { named } from '../support/memory-tables.ts';

const session = 'a-session-of-twenty-characters';
const email = 'a@example.com';
const password = 'Correct1Horse';
const code = '123456';
const requests = {
  register: { action: 'register', email, password },
  confirm: { action: 'confirm', email, code },
  resend: { action: 'resend', email },
  login: { action: 'login', email, password },
  newPassword: { action: 'newPassword', session, email, password },
  mfa: { action: 'mfa', session, email, code },
  enrolMfa: { action: 'enrolMfa', accessToken: 'a' },
  confirmMfa: { action: 'confirmMfa', accessToken: 'a', code },
  refresh: { action: 'refresh', refreshToken: 'r' },
  forgot: { action: 'forgot', email },
  reset: { action: 'reset', email, code, password },
  logout: { action: 'logout', refreshToken: 'r' },
} as const satisfies Record<AuthRequest['action'], AuthRequest>;

/** Does the action at a pool that answers every call the same way, and returns what the API would answer. */
async function answerOf(action: keyof typeof requests, poolAnswers: unknown, changes: Partial<AuthRequest> = {}) {
  const limits: string[] = [];
  const sent: { name: string; input: unknown }[] = [];
  const send = async (command: { input: unknown }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    if (poolAnswers instanceof Error) throw poolAnswers;
    return poolAnswers;
  };
  const resources: AuthResources = {
    cognito: { send } as unknown as AuthResources['cognito'],
    clientId: 'client',
    onLimit: (name) => limits.push(name),
  };
  const answer = await authenticate({ ...requests[action], ...changes } as AuthRequest, resources).catch((error) =>
    error.name === 'Problem' ? error.toDocument() : Promise.reject(error),
  );
  return { answer, sent, limits };
}

const tokens = { IdToken: 'i', AccessToken: 'a', RefreshToken: 'r', ExpiresIn: 900, TokenType: 'Bearer' };

test('login returns the tokens', async () => {
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

test('every failed login is the same 401, a challenge that cannot be answered included', async () => {
  const refusals = await Promise.all(
    [
      named('NotAuthorizedException'),
      named('UserNotFoundException'),
      named('UserNotConfirmedException'),
      named('PasswordResetRequiredException'),
      { ChallengeName: 'MFA_SETUP', Session: 's' },
    ].map(async (pool) => (await answerOf('login', pool)).answer),
  );
  expect(refusals[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
});

test('refresh returns new tokens, and 401 for a refresh token that was revoked', async () => {
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
  ['register', 'LimitExceededException', 201],
  ['register', 'CodeDeliveryFailureException', 201],
  ['resend', 'CodeDeliveryFailureException', 200],
  ['forgot', 'CodeDeliveryFailureException', 200],
  ['logout', 'UnauthorizedException', 200],
  ['logout', 'InvalidParameterException', 200],
] as const)('%s has the same answer after %s as after success', async (action, error, status) => {
  const usual = (await answerOf(action, {})).answer;
  expect(usual).toMatchObject({ status });
  expect((await answerOf(action, named(error))).answer).toEqual(usual);
});

test.each(['confirm', 'reset'] as const)(
  '%s has the same answer whether the code is wrong or the account does not exist',
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

test.each([
  ['register', 'LimitExceededException'],
  ['register', 'CodeDeliveryFailureException'],
  ['resend', 'LimitExceededException'],
  ['forgot', 'CodeDeliveryFailureException'],
  ['confirm', 'TooManyFailedAttemptsException'],
  ['reset', 'LimitExceededException'],
  ['mfa', 'LimitExceededException'],
  ['login', 'TooManyRequestsException'],
] as const)('%s reports the %s that its answer hides', async (action, error) => {
  expect((await answerOf(action, named(error))).limits).toEqual([error]);
  expect((await answerOf(action, { AuthenticationResult: tokens })).limits).toEqual([]);
});

test.each(['register', 'confirm', 'resend', 'login', 'newPassword', 'mfa', 'forgot', 'reset'] as const)(
  '%s means the same address in any case of its letters',
  async (action) => {
    const { sent } = await answerOf(action, { AuthenticationResult: tokens }, { email: 'A@Example.COM' });
    expect(JSON.stringify(sent)).toContain(email);
    expect(JSON.stringify(sent)).not.toContain('Example.COM');
  },
);

test('register refuses what the pool cannot hold, and it is not an internal error', async () => {
  expect((await answerOf('register', named('InvalidParameterException'))).answer).toMatchObject({
    status: 400,
    code: 'VALIDATION_FAILED',
  });
});

test('reset says that the password is at fault when it is, and not the code', async () => {
  const pattern = "1 validation error detected: Value at 'password' failed to satisfy constraint";
  const refused = Object.assign(new Error(pattern), { name: 'InvalidParameterException' });
  for (const error of [refused, named('PasswordHistoryPolicyViolationException')]) {
    expect((await answerOf('reset', error)).answer).toMatchObject({ errors: [{ pointer: '/password' }] });
  }
  expect((await answerOf('reset', named('InvalidParameterException'))).answer).toMatchObject({
    errors: [{ pointer: '/code' }],
  });
});

describe('a challenge', () => {
  test.each(['NEW_PASSWORD_REQUIRED', 'SOFTWARE_TOKEN_MFA'])('%s is handed on, and no token', async (challenge) => {
    for (const action of ['login', 'newPassword', 'mfa'] as const) {
      const { answer } = await answerOf(action, { ChallengeName: challenge, Session: session });
      expect(answer).toEqual({ status: 200, body: { challenge, session } });
    }
  });

  test.each([
    ['newPassword', 'NEW_PASSWORD_REQUIRED', { NEW_PASSWORD: password }],
    ['mfa', 'SOFTWARE_TOKEN_MFA', { SOFTWARE_TOKEN_MFA_CODE: code }],
  ] as const)('is answered with %s, and then there are tokens', async (action, ChallengeName, answer) => {
    const done = await answerOf(action, { AuthenticationResult: tokens });
    expect(done.answer).toMatchObject({ status: 200, body: { idToken: 'i' } });
    expect(done.sent).toMatchObject([
      {
        name: 'RespondToAuthChallengeCommand',
        input: { ChallengeName, Session: session, ChallengeResponses: { USERNAME: email, ...answer } },
      },
    ]);
  });

  test('is refused the same way, whatever is wrong with the code, the session or the account', async () => {
    const names = ['CodeMismatchException', 'ExpiredCodeException', 'NotAuthorizedException', 'UserNotFoundException'];
    const refusals = await Promise.all(names.map(async (name) => (await answerOf('mfa', named(name))).answer));
    expect(refusals[0]).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  });
});

describe('a second factor', () => {
  test('starts with a secret, as text and for a QR code', async () => {
    const { answer, sent } = await answerOf('enrolMfa', { SecretCode: 'ABC234' });
    expect(answer).toEqual({
      status: 200,
      body: {
        secret: 'ABC234',
        uri: 'otpauth://totp/Order%20processing?secret=ABC234&issuer=Order%20processing',
      },
    });
    expect(sent).toMatchObject([{ name: 'AssociateSoftwareTokenCommand', input: { AccessToken: 'a' } }]);
  });

  test('is asked for from its first code on', async () => {
    const { answer, sent } = await answerOf('confirmMfa', { Status: 'SUCCESS' });
    expect(answer).toMatchObject({ status: 200, body: { message: expect.any(String) } });
    expect(sent).toMatchObject([
      { name: 'VerifySoftwareTokenCommand', input: { AccessToken: 'a', UserCode: code } },
      {
        name: 'SetUserMFAPreferenceCommand',
        input: { AccessToken: 'a', SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } },
      },
    ]);
  });

  test.each([
    ['EnableSoftwareTokenMFAException', named('EnableSoftwareTokenMFAException')],
    ['CodeMismatchException', named('CodeMismatchException')],
    ['the status ERROR', { Status: 'ERROR' }],
  ])('is not on after a wrong code (%s)', async (_name, pool) => {
    const { answer, sent } = await answerOf('confirmMfa', pool);
    expect(answer).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/code' }] });
    expect(sent).toHaveLength(1);
  });

  test.each(['enrolMfa', 'confirmMfa'] as const)('%s needs an access token that is good', async (action) => {
    expect((await answerOf(action, named('NotAuthorizedException'))).answer).toMatchObject({ status: 401 });
  });
});

describe('what Cognito would refuse in any request, the schema refuses:', () => {
  // From its API reference.
  const COGNITOS_PASSWORD = /^[\S]+.*[\S]+$/u;
  const accepts = (body: unknown) => validate(body);

  test.each([' Correct1Horse', 'Correct1Horse ', 'Correct1\u2028Horse', '\u00a0Correct1Horse'])(
    'the password %j',
    (bad) => {
      expect(accepts(requests.register)).toBe(true);
      for (const action of ['register', 'reset', 'newPassword', 'login'] as const) {
        expect(accepts({ ...requests[action], password: bad })).toBe(false);
      }
    },
  );

  test('a user name of more than 128 characters', () => {
    const name = (length: number) => `${'a'.repeat(60)}@${'b'.repeat(length - 65)}.com`;
    expect(accepts({ ...requests.forgot, email: name(128) })).toBe(true);
    expect(accepts({ ...requests.forgot, email: name(129) })).toBe(false);
  });

  const passwords = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom(' ', 'a', 'B', '1', '\t', '\n', '\u2028', '\u0085', '\u00a0', '!'),
      maxLength: 16,
    }),
  );

  test('every other password is passed on', () => {
    fc.assert(
      fc.property(passwords, (text) => {
        const accepted = accepts({ ...requests.login, password: text });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the schema takes none of them
        const isPlain = !/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text);
        expect(accepted).toBe(isPlain && COGNITOS_PASSWORD.test(text));
        if (accepts({ ...requests.register, password: `${text}aB3-long-enough${text}` })) {
          expect(`${text}aB3-long-enough${text}`).toMatch(COGNITOS_PASSWORD);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test.each(Object.keys(requests) as (keyof typeof requests)[])(
  '%s fails when Cognito fails, and answers 429 when Cognito throttles',
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
