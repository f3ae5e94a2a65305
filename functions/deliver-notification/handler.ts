import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { ses } from '../shared/aws/ses.ts';
import { readCorrelationId } from '../shared/runtime/correlation-id.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import type { MetricName } from '../shared/runtime/metric-names.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { annotate, traced } from '../shared/runtime/tracing.ts';
import { type ChannelOutcome, type DeliverResources, deliverNotification, isPending } from './deliver-notification.ts';
import { NotDelivered, TimeIsShort } from './not-delivered.ts';
import { readMessage } from './read-message.ts';
import { emailSender, smsSender } from './senders.ts';

const { ORDERS_TABLE, OPERATIONS_TABLE, MAIL_CONFIGURATION_SET } = readEnvironment([
  'ORDERS_TABLE',
  'OPERATIONS_TABLE',
  'MAIL_CONFIGURATION_SET',
]);
// Both are empty where nobody is told on that channel.
const { EMAIL_IDENTITY_ARN = '', SMS_COUNTRIES = '' } = process.env;
const from = EMAIL_IDENTITY_ARN.split('/')[1];

const resources: DeliverResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  operationsTable: OPERATIONS_TABLE,
  email: from === undefined ? undefined : emailSender({ ses, from, configurationSet: MAIL_CONFIGURATION_SET }),
  // Its client is loaded for the first SMS: most shops send none.
  sms: async (phone, text) => smsSender((await import('../shared/aws/sns-sms.ts')).smsSns)(phone, text),
  smsCountries: SMS_COUNTRIES.split(',').filter(Boolean),
};

/** The longest that one message takes: functions/shared/aws/client-settings.ts has the sum. */
const MESSAGE_MS = 25_000;

type DeliveryMetric = Extract<MetricName, 'NotificationsDelivered' | 'NotificationsSkipped' | 'NotificationsFailed'>;

/** An alarm watches failures. DONE_BEFORE and IN_PROGRESS were counted, or will be, by who has the delivery. */
const METRICS: Partial<Record<ChannelOutcome['result'], DeliveryMetric>> = {
  SENT: 'NotificationsDelivered',
  SKIPPED: 'NotificationsSkipped',
  FAILED: 'NotificationsFailed',
  UNKNOWN: 'NotificationsFailed',
};

const processor = new BatchProcessor(EventType.SQS);

export const handler = lambdaHandler(
  (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    processPartialResponse(event, (record: SQSRecord) => deliver(record, context), processor, {
      // One after the other, so that few workers stay below the rate that SES allows.
      processInParallel: false,
      throwOnFullBatchFailure: false,
    }),
);

async function deliver(record: SQSRecord, context: Context): Promise<void> {
  const { messageId } = record;
  const correlationId = correlationIdOf(record);
  // Not for all further lines: a batch has messages of several orders.
  const ids = { messageId, ...(correlationId !== undefined && { correlationId }) };
  try {
    const leaseMs = context.getRemainingTimeInMillis();
    if (leaseMs < MESSAGE_MS) throw new TimeIsShort();
    const event = readMessage(record.body);
    const { noticeId, orderId, type, status: outcome, currency } = event;
    const outcomes = await traced('deliver', () => {
      annotate({ orderId, correlationId, outcome, currency });
      return deliverNotification(event, leaseMs, resources);
    });
    for (const outcome of outcomes) report(outcome, { ...ids, noticeId, orderId, type });
    if (outcomes.some(isPending)) throw new NotDelivered(noticeId);
  } catch (error) {
    if (!(error instanceof NotDelivered)) {
      // The body is not logged: nobody knows what is in it.
      logger.error('NOTIFICATION_LEFT_IN_QUEUE', { ...ids, error: errorName(error) });
      measure('NotificationsFailed', 1);
    }
    throw error;
  }
}

/** A message that an older release published has none. */
function correlationIdOf({ messageAttributes }: SQSRecord): string | undefined {
  return readCorrelationId(messageAttributes?.correlationId?.stringValue);
}

interface DeliveryFields {
  messageId: string;
  noticeId: string;
  orderId: string;
  type: string;
  correlationId?: string;
}

function report(outcome: ChannelOutcome, fields: DeliveryFields): void {
  const { channel, result } = outcome;
  if ('error' in outcome) logger.error('NOTIFICATION_NOT_SENT', { ...fields, ...outcome });
  else logger.info('NOTIFICATION_DELIVERY', { ...fields, ...outcome });
  const metric = METRICS[result];
  if (metric) measure(metric, 1, channel);
}
