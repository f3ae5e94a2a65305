import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createOrder } from '../../../functions/create-order/create-order.ts';
import { type OrderRequest, orderRequestSchema } from '../../../functions/create-order/order-request.schema.ts';

// create-order as most projects build it: the documents' way to use Powertools, the SDK and ajv, and SAM's defaults for
// esbuild. It makes the same calls to the same services as the function that is deployed, so that only the way in which
// it is built differs.

const logger = new Logger();
const metrics = new Metrics();
const tracer = new Tracer();
const dynamodb = DynamoDBDocumentClient.from(tracer.captureAWSv3Client(new DynamoDBClient({})), {
  marshallOptions: { removeUndefinedValues: true },
});
const sqs = tracer.captureAWSv3Client(new SQSClient({}));

const ajv = new Ajv({ allErrors: true });
addFormats(ajv);
const validate = ajv.compile<OrderRequest>(orderRequestSchema);

const resources = {
  dynamodb,
  sqs,
  ordersTable: process.env.ORDERS_TABLE ?? '',
  productsTable: process.env.PRODUCTS_TABLE ?? '',
  operationsTable: process.env.OPERATIONS_TABLE ?? '',
  orderQueueUrl: process.env.ORDER_QUEUE_URL ?? '',
  caps: { maxOpenOrders: 100, maxOrdersPerHour: 100, maxDeclinesPerHour: 10 },
};

export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .use(logMetrics(metrics, { captureColdStartMetric: true }))
  .handler(async (event) => {
    const request: unknown = JSON.parse(event.body ?? '');
    if (!validate(request)) return { statusCode: 400, body: JSON.stringify(validate.errors) };
    const customerId = String(event.requestContext.authorizer?.claims?.sub);
    const { order } = await createOrder({ request, customerId, now: new Date().toISOString() }, resources);
    logger.info('order created', { orderId: order.orderId });
    metrics.addMetric('OrdersCreated', MetricUnit.Count, 1);
    return { statusCode: 202, body: JSON.stringify({ orderId: order.orderId, status: order.status }) };
  });
