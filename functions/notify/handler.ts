import { dynamodb } from '../shared/dynamodb.ts';
import { readEnvironment } from '../shared/environment.ts';
import { lambdaHandler } from '../shared/lambda-handler.ts';
import { logger } from '../shared/logging.ts';
import { MetricUnit, metrics } from '../shared/metrics.ts';
import type { OrderKey } from '../shared/order.ts';
import { sns } from '../shared/sns.ts';
import { announceOutcomes } from './notify.ts';

const { ORDERS_TABLE, NOTIFICATIONS_TOPIC_ARN, OPERATIONS_TOPIC_ARN } = readEnvironment([
  'ORDERS_TABLE',
  'NOTIFICATIONS_TOPIC_ARN',
  'OPERATIONS_TOPIC_ARN',
]);

export const handler = lambdaHandler(async ({ orderId, createdAt }: OrderKey) => {
  const result = await announceOutcomes(
    { orderId, createdAt },
    {
      dynamodb,
      ordersTable: ORDERS_TABLE,
      sns,
      notificationsTopicArn: NOTIFICATIONS_TOPIC_ARN,
      operationsTopicArn: OPERATIONS_TOPIC_ARN,
    },
  );
  logger.info('OUTCOMES_ANNOUNCED', { ...result });
  if (result.published > 0) metrics.addMetric('NoticesPublished', MetricUnit.Count, result.published);
  return result;
});
