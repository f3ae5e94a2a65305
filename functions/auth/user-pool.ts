import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

/** The user pool of customers and operators, and the client that reaches it. */
export interface UserPool {
  cognito: Pick<CognitoIdentityProviderClient, 'send'>;
  /** The user pool's public client, which has no secret. */
  clientId: string;
}
