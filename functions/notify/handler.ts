import { dynamodb } from '../shared/aws/dynamodb.ts';
import { sns } from '../shared/aws/sns.ts';
import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import type { Order, OrderKey } from '../shared/orders/order.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { tellAbout } from '../shared/runtime/story.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { publishPendingNotifications } from './notify.ts';

const { ORDERS_TABLE, NOTIFICATIONS_TOPIC_ARN, OPERATIONS_TOPIC_ARN } = readEnvironment([
  'ORDERS_TABLE',
  'NOTIFICATIONS_TOPIC_ARN',
  'OPERATIONS_TOPIC_ARN',
]);

export const handler = lambdaHandler(async ({ orderId, createdAt }: OrderKey) => {
  const result = await publishPendingNotifications(
    { orderId, createdAt },
    {
      dynamodb,
      ordersTable: ORDERS_TABLE,
      sns,
      notificationsTopicArn: NOTIFICATIONS_TOPIC_ARN,
      operationsTopicArn: OPERATIONS_TOPIC_ARN,
      onPublished: report,
    },
  );
  logger.info('NOTIFICATIONS_PUBLISHED', { ...result });
  if (result.published > 0) measure('NotificationsPublished', result.published);
  return result;
});

function report(event: OutcomeEvent, { orderId, correlationId }: Order): void {
  // The row has the id also when who asked, such as reconcile, did not know it.
  tellAbout({ orderId, correlationId });
  const { status: outcome, noticeId, currency } = event;
  annotate({ outcome, currency });
  const reasonCode = 'reasonCode' in event ? event.reasonCode : undefined;
  logger.info('OUTCOME_PUBLISHED', { outcome, noticeId, currency, ...(reasonCode && { reasonCode }) });
}
