import { S3Client } from '@aws-sdk/client-s3';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced S3 client. It is created outside the handler, so that its connections are reused. */
export const s3 = tracer.captureAWSv3Client(new S3Client(CLIENT_SETTINGS.s3));
