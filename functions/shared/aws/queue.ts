import { SQSClient } from '@aws-sdk/client-sqs';
import { tracer } from '../runtime/tracing.ts';

/**
 * One traced queue client for each container. Its patience is short: the order is written before its message is
 * sent, so that a queue which does not answer must not keep the customer from the answer. `reconcile` sends again.
 */
export const queue = tracer.captureAWSv3Client(
  new SQSClient({ maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } }),
);
