import type { EventBridgeEvent } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { lambda } from '../shared/aws/lambda.ts';
import { announce } from '../shared/orders/announce.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { MetricUnit, metrics } from '../shared/runtime/metrics.ts';
import { type EndedExecution, type ParkResources, type ParkResult, parkAfter } from './park-order.ts';
import { UnexpectedEvent } from './unexpected-event.ts';

const { ORDERS_TABLE, NOTIFY_FUNCTION } = readEnvironment(['ORDERS_TABLE', 'NOTIFY_FUNCTION']);

const resources: ParkResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  announce: (key) => announce({ lambda, notifyFunction: NOTIFY_FUNCTION }, key),
  onAnnounceFailure: (error) => logger.warn('NOTICE_LEFT_TO_RECONCILE', { error: error as Error }),
};

/** What somebody has to act on or look into has a metric that an alarm watches; the no-ops are only counted. */
const METRIC = {
  PARKED: 'OrdersNeedingAttention',
  WAITING: 'OrdersNeedingAttention',
  NOT_NEEDED: 'EndedExecutionsIgnored',
  NOT_OURS: 'ExecutionsWithoutOrder',
} as const satisfies Record<ParkResult, string>;

export const handler = lambdaHandler(async (event: EventBridgeEvent<string, EndedExecution>) => {
  if (event['detail-type'] !== 'Step Functions Execution Status Change')
    throw new UnexpectedEvent(event['detail-type']);
  const { detail } = event;
  const { result, orderId } = await parkAfter(detail, new Date().toISOString(), resources);
  const fields = { result, executionId: detail.name, executionStatus: detail.status, ...(orderId && { orderId }) };
  if (result === 'NOT_NEEDED') logger.info('ENDED_EXECUTION_IGNORED', fields);
  else logger.error(result === 'NOT_OURS' ? 'EXECUTION_WITHOUT_ORDER' : 'ORDER_NEEDS_ATTENTION', fields);
  metrics.addMetric(METRIC[result], MetricUnit.Count, 1);
  return { result, ...(orderId && { orderId }) };
});
