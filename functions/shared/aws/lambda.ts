import { LambdaClient } from '@aws-sdk/client-lambda';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced Lambda client. */
export const lambda = tracer.captureAWSv3Client(new LambdaClient(CLIENT_SETTINGS.lambda));
