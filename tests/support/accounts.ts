import { randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type AuthenticationResultType,
  CreateGroupCommand,
  GroupExistsException,
  InitiateAuthCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { cognito, stack } from './stack.ts';

export interface Customer {
  email: string;
  password: string;
  /** The Cognito `sub`. */
  customerId: string;
  idToken: string;
}

/** A confirmed customer of the test's own, logged in. */
export async function makeCustomer(groups: string[] = []): Promise<Customer> {
  const account = { email: `${randomUUID()}@example.com`, password: `Aa1!${randomUUID()}` };
  await putUser(account);
  const user = { UserPoolId: stack.userPoolId, Username: account.email };
  for (const GroupName of groups) await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName }));
  const idToken = await logIn(account);
  return { ...account, idToken, customerId: String(claims(idToken).sub) };
}

/** An operator of the test's own, logged in. */
export function makeOperator(): Promise<Customer> {
  return makeCustomer(['operators']);
}

/** A customer in a group that the template does not have, logged in. The group is made when it does not exist. */
export async function makeMember(group: string): Promise<Customer> {
  await cognito.send(new CreateGroupCommand({ UserPoolId: stack.userPoolId, GroupName: group })).catch((error) => {
    if (!(error instanceof GroupExistsException)) throw error;
  });
  return makeCustomer([group]);
}

/** Makes a confirmed user. One that exists gets this password. */
export async function putUser({ email, password }: { email: string; password: string }): Promise<void> {
  const user = { UserPoolId: stack.userPoolId, Username: email };
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  await cognito
    .send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS', UserAttributes }))
    .catch((error) => {
      if (!(error instanceof UsernameExistsException)) throw error;
    });
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
}

/** An ID token, straight from Cognito. */
export async function logIn(account: { email: string; password: string }): Promise<string> {
  const { IdToken } = await tokensFor(account);
  if (!IdToken) throw new Error(`no ID token for ${account.email}`);
  return IdToken;
}

/** The tokens that Cognito gives for a user name and a password, through this client of the pool. */
export async function tokensFor(
  { email, password }: { email: string; password: string },
  ClientId: string | undefined = stack.userPoolClientId,
): Promise<AuthenticationResultType> {
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  );
  return AuthenticationResult ?? {};
}

/** What a token says, unverified. */
export function claims(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}
