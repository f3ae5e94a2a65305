import { S3Client } from '@aws-sdk/client-s3';
import { tracer } from '../runtime/tracing.ts';

/** One traced client for each container, made outside the handler so that its connections are kept. */
export const s3 = tracer.captureAWSv3Client(new S3Client({}));
