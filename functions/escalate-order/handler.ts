import type { EventBridgeEvent } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { lambda } from '../shared/aws/lambda.ts';
import { requestNotification } from '../shared/orders/request-notification.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { tellAbout } from '../shared/runtime/story.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { type EndedExecution, type EscalateResources, type EscalateResult, escalateAfter } from './escalate-order.ts';
import { UnexpectedEvent } from './unexpected-event.ts';

const { ORDERS_TABLE, NOTIFY_FUNCTION } = readEnvironment(['ORDERS_TABLE', 'NOTIFY_FUNCTION']);

const resources: EscalateResources = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  requestNotification: (key) => requestNotification({ lambda, notifyFunction: NOTIFY_FUNCTION }, key),
  onNotifyFailure: (error) => logger.warn('NOTIFICATION_LEFT_TO_RECONCILE', { error: error as Error }),
};

/** Alarms watch the metrics of results that need an operator. EndedExecutionsIgnored only counts. */
const METRIC = {
  ESCALATED: 'OrdersNeedingAttention',
  WAITING: 'OrdersNeedingAttention',
  NOT_NEEDED: 'EndedExecutionsIgnored',
  NOT_OURS: 'ExecutionsWithoutOrder',
} as const satisfies Record<EscalateResult, string>;

export const handler = lambdaHandler(async (event: EventBridgeEvent<string, EndedExecution>) => {
  if (event['detail-type'] !== 'Step Functions Execution Status Change')
    throw new UnexpectedEvent(event['detail-type']);
  const { detail } = event;
  const { result, orderId, correlationId } = await escalateAfter(detail, new Date().toISOString(), resources);
  tellAbout({ ...(orderId && { orderId }), correlationId });
  annotate({ outcome: result });
  const fields = { result, executionId: detail.name, executionStatus: detail.status };
  if (result === 'NOT_NEEDED') logger.info('ENDED_EXECUTION_IGNORED', fields);
  else logger.error(result === 'NOT_OURS' ? 'EXECUTION_WITHOUT_ORDER' : 'ORDER_NEEDS_ATTENTION', fields);
  measure(METRIC[result], 1);
  // WAITING is an end that the workflow is made to have: it wrote NEEDS_ATTENTION itself.
  if (result === 'ESCALATED') measure('UnexpectedExecutionEnds', 1);
  return { result, ...(orderId && { orderId }) };
});
