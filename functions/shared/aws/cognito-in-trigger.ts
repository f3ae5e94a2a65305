import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** As `cognito`, for a trigger, which the user pool itself waits for. */
export const cognitoInTrigger = tracer.captureAWSv3Client(
  new CognitoIdentityProviderClient(CLIENT_SETTINGS.cognitoInTrigger),
);
