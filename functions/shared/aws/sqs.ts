import { SQSClient } from '@aws-sdk/client-sqs';
import { tracer } from '../runtime/tracing.ts';

/**
 * One traced SQS client for each container. Its timeouts are short. The order is already written when its message is
 * sent, so the customer must not wait for a queue that does not answer: `reconcile` sends the message again.
 */
export const sqs = tracer.captureAWSv3Client(
  new SQSClient({ maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } }),
);
