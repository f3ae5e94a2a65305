import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced client of the user pool's service. */
export const cognito = tracer.captureAWSv3Client(new CognitoIdentityProviderClient(CLIENT_SETTINGS.cognito));
