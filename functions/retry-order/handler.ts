import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { callerOf, operatorOf } from '../shared/api/caller.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { actingNow } from '../shared/operations/audit.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import { orderLocation } from '../shared/orders/order-location.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { tellAbout } from '../shared/runtime/story.ts';
import { type RetryResources, retryOrder } from './retry-order.ts';
import validateRetryRequest from './retry-request.validator.js';

const { ORDERS_TABLE, OPERATIONS_TABLE, ORDER_WORKFLOW_ARN } = readEnvironment([
  'ORDERS_TABLE',
  'OPERATIONS_TABLE',
  'ORDER_WORKFLOW_ARN',
]);

const resources: RetryResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  operationsTable: OPERATIONS_TABLE,
  workflow: { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN },
  onStartFailure: (error, executionId) => logger.warn('RETRY_NOT_STARTED_YET', { executionId, error: error as Error }),
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const operatorId = operatorOf(event, 'RETRY_ORDERS');
  const caller = callerOf(event);
  const { reason } = readBody(event, validateRetryRequest);
  const order = await findCallersOrder(caller, event.pathParameters?.orderId, 'RETRY_ORDERS', resources);
  tellAbout(order);
  const retried = await retryOrder(order, actingNow(operatorId, reason), resources);
  logger.info('ORDER_RETRIED', { executionId: retried.executionId, operatorId });
  measure('OrdersRetried', 1);
  return {
    status: 202,
    body: toOrderView(retried, caller),
    headers: { location: orderLocation(event, retried.orderId) },
  };
});
