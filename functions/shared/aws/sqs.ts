import { SQSClient } from '@aws-sdk/client-sqs';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/**
 * The container's traced SQS client. Its timeouts are short. An order is already written when its message is sent, so
 * the customer must not wait for a queue that does not answer: `reconcile` sends the message again.
 */
export const sqs = tracer.captureAWSv3Client(new SQSClient(CLIENT_SETTINGS.sqs));
