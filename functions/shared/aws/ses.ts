import { SESv2Client } from '@aws-sdk/client-sesv2';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { HIDE_MESSAGES, hideMessages } from './hide-messages.ts';

/** The container's traced SES client. Its errors have no messages, because those name the customer's address. */
export const ses = tracer.captureAWSv3Client(new SESv2Client(CLIENT_SETTINGS.ses));
ses.middlewareStack.add(hideMessages, HIDE_MESSAGES);
