import { SNSClient } from '@aws-sdk/client-sns';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced SNS client. It is created outside the handler, so that its connections are reused. */
export const sns = tracer.captureAWSv3Client(new SNSClient(CLIENT_SETTINGS.sns));
