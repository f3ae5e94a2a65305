import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { claims, makeCustomer } from '../support/accounts.ts';
import { type Answer, call } from '../support/api.ts';
import { iam, putPolicy, roleOf } from '../support/role-policies.ts';
import { aws, cognito, stack } from '../support/stack.ts';
import { totp } from '../support/totp.ts';
import { waitFor } from '../support/wait-for.ts';

const post = (body: Record<string, unknown>): Promise<Answer> => call('POST', '/auth', { body });
const newEmail = () => `${randomUUID()}@example.com`;
const password = () => `Aa1-${randomUUID()}`;

/** The codes that were mailed to an address, oldest first. */
async function codesMailedTo(address: string): Promise<string[]> {
  const { messages } = (await (await fetch(stack.mailboxUrl)).json()) as {
    messages: Record<string, { To: string[]; BodyText: string }[]>;
  };
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address))
    .flatMap(({ BodyText }) => /\b\d{6}\b/.exec(BodyText)?.[0] ?? []);
}

function codeMailedTo(address: string, count: number): Promise<string> {
  return waitFor(`mail ${count} to ${address}`, async () => (await codesMailedTo(address))[count - 1]);
}

test('an account goes from registration to sign-out', async () => {
  const email = newEmail();
  const first = password();
  const second = password();

  expect(await post({ action: 'register', email, password: first })).toMatchObject({ status: 201 });
  expect(await post({ action: 'login', email, password: first })).toMatchObject({ status: 401 });
  const code = await codeMailedTo(email, 1);
  expect(await post({ action: 'confirm', email, code })).toMatchObject({ status: 200 });

  const login = await post({ action: 'login', email, password: first });
  expect(login).toMatchObject({ status: 200, body: { expiresIn: expect.any(Number) } });
  expect(claims(String(login.body.idToken))).toMatchObject({ email, token_use: 'id' });
  expect(login.headers.get('cache-control')).toBe('no-store');
  const { refreshToken } = login.body;
  expect(await call('GET', '/orders', { token: String(login.body.idToken) })).toMatchObject({ status: 200 });

  const refreshed = await post({ action: 'refresh', refreshToken });
  expect(refreshed).toMatchObject({
    status: 200,
    body: { idToken: expect.any(String), accessToken: expect.any(String) },
  });
  expect(await call('GET', '/orders', { token: String(refreshed.body.idToken) })).toMatchObject({ status: 200 });

  expect(await post({ action: 'forgot', email })).toMatchObject({ status: 200 });
  const resetCode = await codeMailedTo(email, 2);
  const wrongCode = resetCode === '000000' ? '111111' : '000000';
  expect(await post({ action: 'reset', email, code: wrongCode, password: second })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_FAILED' },
  });
  expect(await post({ action: 'reset', email, code: resetCode, password: second })).toMatchObject({ status: 200 });
  expect(await post({ action: 'login', email, password: first })).toMatchObject({ status: 401 });
  const again = await post({ action: 'login', email, password: second });
  expect(again).toMatchObject({ status: 200 });

  expect(await post({ action: 'logout', refreshToken: again.body.refreshToken })).toMatchObject({ status: 200 });
  expect(await post({ action: 'refresh', refreshToken: again.body.refreshToken })).toMatchObject({
    status: 401,
    body: { code: 'UNAUTHORIZED' },
  });
});

test('a new code can be asked for before the account is confirmed', async () => {
  const email = newEmail();
  await post({ action: 'register', email, password: password() });
  expect(await post({ action: 'resend', email })).toMatchObject({ status: 200 });
  const code = await codeMailedTo(email, 2);
  expect(await post({ action: 'confirm', email, code })).toMatchObject({ status: 200 });
});

describe('no answer tells whether an account exists:', () => {
  const known = newEmail();
  const knownPassword = password();
  beforeAll(async () => {
    await post({ action: 'register', email: known, password: knownPassword });
    const confirmed = await post({ action: 'confirm', email: known, code: await codeMailedTo(known, 1) });
    expect(confirmed.status).toBe(200);
  });

  test.each([
    ['register', { password: password() }, 201],
    ['confirm', { code: '000000' }, 400],
    ['resend', {}, 200],
    ['login', { password: 'wrong' }, 401],
    ['forgot', {}, 200],
    ['reset', { code: '000000', password: password() }, 400],
  ] as const)('%s', async (action, more, status) => {
    const answers = await Promise.all([known, newEmail()].map((email) => post({ action, email, ...more })));
    expect(answers[0]?.status).toBe(status);
    expect(answers[1]?.status).toBe(status);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
  });

  test('and a registration of a known address changes nothing of it', async () => {
    await post({ action: 'register', email: known, password: password() });
    expect(await post({ action: 'login', email: known, password: knownPassword })).toMatchObject({ status: 200 });
  });
});

test('an account that an administrator made signs in with a password of its own', async () => {
  const email = newEmail();
  const [temporary, own] = [password(), password()];
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stack.userPoolId,
      Username: email,
      TemporaryPassword: temporary,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  const asked = await post({ action: 'login', email, password: temporary });
  expect(asked).toMatchObject({
    status: 200,
    body: { challenge: 'NEW_PASSWORD_REQUIRED', session: expect.any(String) },
  });
  expect(asked.body).not.toHaveProperty('idToken');
  const { session } = asked.body;
  expect(await post({ action: 'newPassword', email, session, password: 'weak' })).toMatchObject({ status: 400 });
  const signedIn = await post({ action: 'newPassword', email, session, password: own });
  expect(signedIn).toMatchObject({ status: 200, body: { idToken: expect.any(String) } });
  expect(await post({ action: 'login', email, password: own })).toMatchObject({
    status: 200,
    body: { idToken: expect.any(String) },
  });
});

test('a second factor is asked for from the first code of the app on', async () => {
  const { email, password: own } = await makeCustomer();
  const { accessToken } = (await post({ action: 'login', email, password: own })).body;
  const enrolment = await post({ action: 'enrolMfa', accessToken });
  expect(enrolment.status).toBe(200);
  const secret = String(enrolment.body.secret);
  expect(enrolment.body.uri).toContain(secret);
  const wrong = () => (totp(secret) === '000000' ? '111111' : '000000');
  expect(await post({ action: 'confirmMfa', accessToken, code: wrong() })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_FAILED' },
  });
  expect(await post({ action: 'confirmMfa', accessToken, code: totp(secret) })).toMatchObject({ status: 200 });

  const asked = await post({ action: 'login', email, password: own });
  expect(asked).toMatchObject({ status: 200, body: { challenge: 'SOFTWARE_TOKEN_MFA' } });
  expect(asked.body).not.toHaveProperty('idToken');
  const { session } = asked.body;
  expect(await post({ action: 'mfa', email, session, code: wrong() })).toMatchObject({ status: 401 });
  const signedIn = await post({ action: 'mfa', email, session, code: totp(secret) });
  expect(signedIn).toMatchObject({ status: 200, body: { refreshToken: expect.any(String) } });
  expect(await call('GET', '/orders', { token: String(signedIn.body.idToken) })).toMatchObject({ status: 200 });
});

test('an access token that is none cannot enrol a second factor', async () => {
  for (const request of [{ action: 'enrolMfa' }, { action: 'confirmMfa', code: '123456' }]) {
    const { status } = await post({ ...request, accessToken: 'a.b.c' });
    expect([400, 401]).toContain(status);
  }
});

test('an address means the same in any case of its letters', async () => {
  const { email, password: own } = await makeCustomer();
  expect(await post({ action: 'login', email: email.toUpperCase(), password: own })).toMatchObject({ status: 200 });
});

test("with ProtectData an operator's rights need the second factor, also past the API", async () => {
  const FunctionName = stack.functions.CheckSecondFactorFunction;
  const { FunctionArn } = await new LambdaClient(aws).send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: randomUUID(), LambdaConfig: { PreTokenGeneration: FunctionArn } }),
  );
  const UserPoolId = UserPool?.Id;
  // The function may read the pool of the stack and no other, so for this one it gets a right of its own.
  const { name: RoleName } = await roleOf(FunctionName ?? '');
  const PolicyName = `read-${UserPoolId}`;
  await putPolicy(RoleName, PolicyName, {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'cognito-idp:AdminGetUser', Resource: UserPool?.Arn ?? '' }],
  });
  try {
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: 'test',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      }),
    );
    const ClientId = UserPoolClient?.ClientId;
    const user = { UserPoolId, Username: 'olga' };
    const Password = password();
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }));
    for (const GroupName of ['operators', 'shoppers']) {
      await cognito.send(new CreateGroupCommand({ UserPoolId, GroupName }));
      await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName }));
    }
    const signIn = () =>
      cognito.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'olga', PASSWORD: Password },
        }),
      );
    const groupsOf = (idToken = '') => claims(idToken)['cognito:groups'];

    const { AuthenticationResult: before } = await signIn();
    expect(groupsOf(before?.IdToken)).toEqual(['shoppers']);

    const AccessToken = before?.AccessToken;
    const { SecretCode = '' } = await cognito.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    await cognito.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp(SecretCode) }));
    const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
    await cognito.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));

    const { ChallengeName, Session, AuthenticationResult: none } = await signIn();
    expect([ChallengeName, none]).toEqual(['SOFTWARE_TOKEN_MFA', undefined]);
    const ChallengeResponses = { USERNAME: 'olga', SOFTWARE_TOKEN_MFA_CODE: totp(SecretCode) };
    const { AuthenticationResult: after } = await cognito.send(
      new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }),
    );
    expect(groupsOf(after?.IdToken)).toEqual(expect.arrayContaining(['operators', 'shoppers']));
  } finally {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await cognito.send(new DeleteUserPoolCommand({ UserPoolId }));
  }
});
