import { SFNClient } from '@aws-sdk/client-sfn';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced Step Functions client. */
export const stepFunctions = tracer.captureAWSv3Client(new SFNClient(CLIENT_SETTINGS.stepFunctions));
