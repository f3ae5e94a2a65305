import { SNSClient } from '@aws-sdk/client-sns';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { HIDE_MESSAGES, hideMessages } from './hide-messages.ts';

/**
 * The container's traced SNS client for SMS. It never repeats a call, because a repeat is a second SMS. Its errors have
 * no messages, because those name the customer's number.
 */
export const smsSns = tracer.captureAWSv3Client(new SNSClient(CLIENT_SETTINGS.sms));
smsSns.middlewareStack.add(hideMessages, HIDE_MESSAGES);
