import { type ApiAnswer, apiHandler, callerOf } from '../shared/api-handler.ts';
import { findCallersOrder } from '../shared/callers-order.ts';
import { dynamodb } from '../shared/dynamodb.ts';
import { readEnvironment } from '../shared/environment.ts';
import { toOrderView } from '../shared/order-view.ts';
import { listOrders } from './list-orders.ts';

const { ORDERS_TABLE } = readEnvironment(['ORDERS_TABLE']);
const resources = { dynamodb, ordersTable: ORDERS_TABLE };

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const orderId = event.pathParameters?.orderId;
  const body =
    orderId === undefined
      ? await listOrders(caller, event.queryStringParameters ?? {}, resources)
      : toOrderView(await findCallersOrder(caller, orderId, resources));
  return { status: 200, body };
});
