import { SESv2Client } from '@aws-sdk/client-sesv2';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced SES client. */
export const ses = tracer.captureAWSv3Client(new SESv2Client(CLIENT_SETTINGS.ses));
