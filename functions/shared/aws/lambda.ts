import { LambdaClient } from '@aws-sdk/client-lambda';
import { tracer } from '../runtime/tracing.ts';

/** The container's traced Lambda client. */
export const lambda = tracer.captureAWSv3Client(new LambdaClient({}));
