import { LambdaClient } from '@aws-sdk/client-lambda';
import { tracer } from '../runtime/tracing.ts';

/** One traced Lambda client for each container. */
export const lambda = tracer.captureAWSv3Client(new LambdaClient({}));
