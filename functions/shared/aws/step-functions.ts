import { SFNClient } from '@aws-sdk/client-sfn';
import { tracer } from '../runtime/tracing.ts';

/** One traced Step Functions client for each container. */
export const stepFunctions = tracer.captureAWSv3Client(new SFNClient({}));
