import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { callerOf, operatorOf } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { listExecutions } from './list-executions.ts';

const { ORDERS_TABLE, ORDER_WORKFLOW_ARN } = readEnvironment(['ORDERS_TABLE', 'ORDER_WORKFLOW_ARN']);
const orders = { dynamodb, ordersTable: ORDERS_TABLE };
const workflow = { stepFunctions, workflowArn: ORDER_WORKFLOW_ARN };

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  // Also the customer whose order it is: names of states and errors are for the shop.
  operatorOf(event, 'SEE_ALL_ORDERS');
  const order = await findCallersOrder(callerOf(event), event.pathParameters?.orderId, 'SEE_ALL_ORDERS', orders);
  return { status: 200, body: await listExecutions(order, event.queryStringParameters?.nextToken, workflow) };
});
