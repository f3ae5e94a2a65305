import { SNSClient } from '@aws-sdk/client-sns';
import { tracer } from '../runtime/tracing.ts';

/** One traced client for each container, made outside the handler so that its connections are kept. */
export const sns = tracer.captureAWSv3Client(new SNSClient({}));
