import { SNSClient } from '@aws-sdk/client-sns';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced SNS client for SMS. It never repeats a call, because a repeat is a second SMS. */
export const smsSns = tracer.captureAWSv3Client(new SNSClient(CLIENT_SETTINGS.sms));
