import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { type Caller, callerOf, may } from '../shared/api/caller.ts';
import { Problem } from '../shared/api/problem.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { type Actor, actingNow } from '../shared/operations/audit.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import type { Order } from '../shared/orders/order.ts';
import { orderLocation } from '../shared/orders/order-location.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { tellAbout } from '../shared/runtime/story.ts';
import { type CancelResources, cancelOrder } from './cancel-order.ts';
import validateCancelRequest from './cancel-request.validator.js';

const { ORDERS_TABLE, OPERATIONS_TABLE, ORDER_WORKFLOW_ARN, CANCEL_WINDOW_HOURS } = readEnvironment([
  'ORDERS_TABLE',
  'OPERATIONS_TABLE',
  'ORDER_WORKFLOW_ARN',
  'CANCEL_WINDOW_HOURS',
]);
const CUSTOMER_WINDOW_MS = Number(CANCEL_WINDOW_HOURS) * 3_600_000;

const resources: CancelResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  operationsTable: OPERATIONS_TABLE,
  workflow: { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN },
  onStartFailure: (error, executionId) => logger.warn('CANCEL_NOT_STARTED_YET', { executionId, error: error as Error }),
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const order = await findCallersOrder(caller, event.pathParameters?.orderId, 'CANCEL_ALL_ORDERS', resources);
  tellAbout(order);
  const by = actorOf(event, caller, order);
  const windowMs = may(caller, 'CANCEL_ALL_ORDERS') ? Number.POSITIVE_INFINITY : CUSTOMER_WINDOW_MS;
  const cancelled = await cancelOrder(order, by?.at ?? new Date().toISOString(), windowMs, resources, by);
  // No execution works on such an order. The operators have to know that a retry now refunds the payment.
  if (cancelled.status === 'NEEDS_ATTENTION') {
    logger.warn('CANCEL_WAITS_FOR_RETRY');
    measure('CancelsAwaitingRetry', 1);
  }
  logger.info('CANCEL_ACCEPTED', { status: cancelled.status, ...(by && { operatorId: by.operatorId }) });
  measure('CancelsAccepted', 1);
  return {
    status: 202,
    body: toOrderView(cancelled, caller),
    headers: { location: orderLocation(event, cancelled.orderId) },
  };
});

/** The operator who cancels another customer's order, and why. Undefined for the customer, who need not say why. */
function actorOf(event: APIGatewayProxyEvent, { customerId }: Caller, order: Order): Actor | undefined {
  const reason = event.body ? readBody(event, validateCancelRequest).reason : undefined;
  if (order.customerId === customerId) return undefined;
  if (reason === undefined) {
    throw new Problem('VALIDATION_FAILED', "say why another customer's order is cancelled", {
      errors: [{ pointer: '/reason', detail: 'is required' }],
    });
  }
  return actingNow(customerId, reason);
}
