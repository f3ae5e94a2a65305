import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tracer } from '../runtime/tracing.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** The container's traced document client. It is created outside the handler, so that its connections are reused. */
export const dynamodb = DynamoDBDocumentClient.from(
  tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_SETTINGS.dynamodb)),
  {
    marshallOptions: { removeUndefinedValues: true },
  },
);
