import { SFNClient } from '@aws-sdk/client-sfn';
import { tracer } from '../runtime/tracing.ts';

/** The container's traced Step Functions client. */
export const stepFunctions = tracer.captureAWSv3Client(new SFNClient({}));
