import { type ApiAnswer, apiHandler } from '../shared/api/api-handler.ts';
import { type Caller, callerOf, may } from '../shared/api/caller.ts';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { findDeliveries } from '../shared/notifications/delivery.ts';
import { findCallersOrder } from '../shared/orders/callers-order.ts';
import { toOrderView } from '../shared/orders/order-view.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { listOrders } from './list-orders.ts';

const { ORDERS_TABLE, OPERATIONS_TABLE } = readEnvironment(['ORDERS_TABLE', 'OPERATIONS_TABLE']);
const resources = { dynamodb, ordersTable: ORDERS_TABLE, operationsTable: OPERATIONS_TABLE };

export const handler = apiHandler(async (event): Promise<ApiAnswer> => {
  const caller = callerOf(event);
  const orderId = event.pathParameters?.orderId;
  const body =
    orderId === undefined
      ? await listOrders(caller, event.queryStringParameters ?? {}, resources)
      : await showOrder(caller, orderId);
  return { status: 200, body };
});

/** One order. Who may see all orders also sees how its customer was told of it. */
async function showOrder(caller: Caller, orderId: string) {
  const view = toOrderView(await findCallersOrder(caller, orderId, 'SEE_ALL_ORDERS', resources), caller);
  if (!may(caller, 'SEE_ALL_ORDERS')) return view;
  return { ...view, deliveries: await findDeliveries(orderId, resources) };
}
