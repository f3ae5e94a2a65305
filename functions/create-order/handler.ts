import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { callerOf } from '../shared/api/caller.ts';
import { header } from '../shared/api/header.ts';
import { readIdempotencyKey } from '../shared/api/idempotency-key.ts';
import { readBody } from '../shared/api/request-body.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { sqs } from '../shared/aws/sqs.ts';
import { orderLocation } from '../shared/orders/order-location.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readCorrelationId } from '../shared/runtime/correlation-id.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { tellAbout } from '../shared/runtime/story.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { contactOf } from './contact.ts';
import { createOrder } from './create-order.ts';
import { NOTIFY_VIOLATIONS } from './order-request.schema.ts';
import validateOrderRequest from './order-request.validator.js';

const environment = readEnvironment([
  'ORDERS_TABLE',
  'PRODUCTS_TABLE',
  'OPERATIONS_TABLE',
  'ORDER_QUEUE_URL',
  'MAX_OPEN_ORDERS',
  'MAX_ORDERS_PER_HOUR',
  'MAX_DECLINES_PER_HOUR',
]);
const resources = {
  dynamodb,
  ordersTable: environment.ORDERS_TABLE,
  productsTable: environment.PRODUCTS_TABLE,
  operationsTable: environment.OPERATIONS_TABLE,
  sqs,
  orderQueueUrl: environment.ORDER_QUEUE_URL,
  caps: {
    maxOpenOrders: Number(environment.MAX_OPEN_ORDERS),
    maxOrdersPerHour: Number(environment.MAX_ORDERS_PER_HOUR),
    maxDeclinesPerHour: Number(environment.MAX_DECLINES_PER_HOUR),
  },
};

export const handler = apiHandler(async (event, { awsRequestId }): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const idempotencyKey = readIdempotencyKey(header(event, 'idempotency-key'));
  const request = readBody(event, validateOrderRequest, NOTIFY_VIOLATIONS);
  const now = new Date().toISOString();
  const { order, replayed, sendError } = await createOrder(
    {
      request,
      customerId: caller.customerId,
      contact: contactOf(event),
      idempotencyKey,
      now,
      correlationId: readCorrelationId(awsRequestId),
    },
    resources,
  );

  tellAbout(order);
  annotate({ currency: order.currency, outcome: order.status });
  if (sendError) {
    logger.error('ORDER_MESSAGE_NOT_SENT', sendError);
    measure('OrderMessagesNotSent', 1);
  }
  if (replayed) logger.info('ORDER_REPLAYED', { status: order.status });
  else logger.info('ORDER_CREATED', { lines: order.items.length, total: order.total, currency: order.currency });
  return {
    status: 202,
    body: toOrderView(order, caller),
    headers: { location: orderLocation(event, order.orderId) },
  };
});
