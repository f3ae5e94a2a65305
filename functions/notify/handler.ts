import { dynamodb } from '../shared/aws/dynamodb.ts';
import { sns } from '../shared/aws/sns.ts';
import type { OrderKey } from '../shared/orders/order.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
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
    },
  );
  logger.info('NOTIFICATIONS_PUBLISHED', { ...result });
  if (result.published > 0) measure('NotificationsPublished', result.published);
  return result;
});
