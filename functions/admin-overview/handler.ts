import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { operatorOf } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { sqs } from '../shared/aws/sqs.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { type OverviewResources, readOverview } from './admin-overview.ts';

const { ORDERS_TABLE, OPERATIONS_TABLE, ORDER_DLQ_URL, EVENTS_DLQ_URL } = readEnvironment([
  'ORDERS_TABLE',
  'OPERATIONS_TABLE',
  'ORDER_DLQ_URL',
  'EVENTS_DLQ_URL',
]);

const resources: OverviewResources = {
  dynamodb,
  sqs,
  ordersTable: ORDERS_TABLE,
  operationsTable: OPERATIONS_TABLE,
  deadLetterQueues: { orders: ORDER_DLQ_URL, events: EVENTS_DLQ_URL },
};

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  operatorOf(event, 'SEE_ALL_ORDERS');
  return {
    status: 200,
    body: await readOverview(new Date(), resources),
    // A page that asks again and again gets the same figures for some seconds. A cache between us keeps none.
    headers: { 'cache-control': 'private, max-age=10' },
  };
});
