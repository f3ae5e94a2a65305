import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { callerOf } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import { orderLocation } from '../shared/orders/order-location.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { MetricUnit, metrics } from '../shared/runtime/metrics.ts';
import { type CancelResources, cancelOrder } from './cancel-order.ts';

const { ORDERS_TABLE, ORDER_WORKFLOW_ARN, CANCEL_WINDOW_HOURS } = readEnvironment([
  'ORDERS_TABLE',
  'ORDER_WORKFLOW_ARN',
  'CANCEL_WINDOW_HOURS',
]);
const CUSTOMER_WINDOW_MS = Number(CANCEL_WINDOW_HOURS) * 3_600_000;

const resources: CancelResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  workflow: { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN },
  onStartFailure: (error, executionId) => logger.warn('CANCEL_NOT_STARTED_YET', { executionId, error: error as Error }),
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const order = await findCallersOrder(caller, event.pathParameters?.orderId, resources);
  logger.appendKeys({ orderId: order.orderId });
  const windowMs = caller.isOperator ? Number.POSITIVE_INFINITY : CUSTOMER_WINDOW_MS;
  const cancelled = await cancelOrder(order, new Date().toISOString(), windowMs, resources);
  // No execution works on such an order. The operators have to know that a retry now refunds the payment.
  if (cancelled.status === 'NEEDS_ATTENTION') {
    logger.warn('CANCEL_WAITS_FOR_RETRY');
    metrics.addMetric('CancelsAwaitingRetry', MetricUnit.Count, 1);
  }
  logger.info('CANCEL_ACCEPTED', { status: cancelled.status });
  metrics.addMetric('CancelsAccepted', MetricUnit.Count, 1);
  return {
    status: 202,
    body: toOrderView(cancelled, caller),
    headers: { location: orderLocation(event, cancelled.orderId) },
  };
});
