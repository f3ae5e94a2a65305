import { type ApiAnswer, apiHandler, callerOf } from '../shared/api-handler.ts';
import { findCallersOrder } from '../shared/callers-order.ts';
import { dynamodb } from '../shared/dynamodb.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/logging.ts';
import { MetricUnit, metrics } from '../shared/metrics.ts';
import { orderLocation } from '../shared/order-location.ts';
import { toOrderView } from '../shared/order-view.ts';
import { stepFunctions } from '../shared/step-functions.ts';
import { demandOperator, type RetryResources, retryOrder } from './retry-order.ts';

const { ORDERS_TABLE, ORDER_WORKFLOW_ARN } = readEnvironment(['ORDERS_TABLE', 'ORDER_WORKFLOW_ARN']);

const resources: RetryResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  workflow: { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN },
  onStartFailure: (error, executionId) => logger.warn('RETRY_NOT_STARTED_YET', { executionId, error: error as Error }),
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  demandOperator(caller);
  const order = await findCallersOrder(caller, event.pathParameters?.orderId, resources);
  const retried = await retryOrder(order, new Date().toISOString(), resources);
  logger.info('ORDER_RETRIED', {
    orderId: order.orderId,
    executionId: retried.executionId,
    operatorId: caller.customerId,
  });
  metrics.addMetric('OrdersRetried', MetricUnit.Count, 1);
  return { status: 202, body: toOrderView(retried), headers: { location: orderLocation(event, retried.orderId) } };
});
