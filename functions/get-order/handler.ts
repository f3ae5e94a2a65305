import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { callerOf } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { listOrders } from './list-orders.ts';

const { ORDERS_TABLE } = readEnvironment(['ORDERS_TABLE']);
const resources = { dynamodb, ordersTable: ORDERS_TABLE };

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const orderId = event.pathParameters?.orderId;
  const body =
    orderId === undefined
      ? await listOrders(caller, event.queryStringParameters ?? {}, resources)
      : toOrderView(await findCallersOrder(caller, orderId, 'SEE_ALL_ORDERS', resources));
  return { status: 200, body };
});
