import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced EventBridge client. It is created outside the handler, so that its connections are reused. */
export const eventBridge = tracer.captureAWSv3Client(new EventBridgeClient(CLIENT_SETTINGS.eventBridge));
