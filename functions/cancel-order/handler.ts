import { type ApiAnswer, apiHandler, callerOf } from '../shared/api-handler.ts';
import { findCallersOrder } from '../shared/callers-order.ts';
import { dynamodb } from '../shared/dynamodb.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/logging.ts';
import { MetricUnit, metrics } from '../shared/metrics.ts';
import { orderLocation } from '../shared/order-location.ts';
import { toOrderView } from '../shared/order-view.ts';
import { stepFunctions } from '../shared/step-functions.ts';
import { type CancelResources, cancelOrder } from './cancel-order.ts';

const { ORDERS_TABLE, ORDER_WORKFLOW_ARN } = readEnvironment(['ORDERS_TABLE', 'ORDER_WORKFLOW_ARN']);

const resources: CancelResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  workflow: { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN },
  onStartFailure: (error, executionId) => logger.warn('CANCEL_NOT_STARTED_YET', { executionId, error: error as Error }),
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const order = await findCallersOrder(callerOf(event), event.pathParameters?.orderId, resources);
  logger.appendKeys({ orderId: order.orderId });
  const cancelled = await cancelOrder(order, new Date().toISOString(), resources);
  // Nothing works on such an order, so that its operators have to know that a retry gives the money back now.
  if (cancelled.status === 'NEEDS_ATTENTION') {
    logger.warn('CANCEL_WAITS_FOR_RETRY');
    metrics.addMetric('CancelsAwaitingRetry', MetricUnit.Count, 1);
  }
  logger.info('CANCEL_ACCEPTED', { status: cancelled.status });
  metrics.addMetric('CancelsAccepted', MetricUnit.Count, 1);
  return { status: 202, body: toOrderView(cancelled), headers: { location: orderLocation(event, cancelled.orderId) } };
});
