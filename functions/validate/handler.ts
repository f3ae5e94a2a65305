import { dynamodb } from '../shared/aws/dynamodb.ts';
import { countExpectedError } from '../shared/orders/expected-errors.ts';
import type { OrderKey } from '../shared/orders/order.ts';
import { OrderInvalid, OrderNotMine } from '../shared/orders/order-errors.ts';
import { OrderNotFound } from '../shared/orders/order-table.ts';
import { countRefusedEvent } from '../shared/orders/refused-events.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { validateOrder } from './validate.ts';

const { ORDERS_TABLE } = readEnvironment(['ORDERS_TABLE']);

export const handler = lambdaHandler(async (event: OrderKey & { executionId: string }) => {
  try {
    const order = await validateOrder(event, {
      dynamodb,
      ordersTable: ORDERS_TABLE,
      at: new Date().toISOString(),
    });
    annotate({ currency: order.currency, outcome: 'ORDER_VALID' });
    logger.info('ORDER_VALID', { items: order.items.length, total: order.total, currency: order.currency });
    return order;
  } catch (error) {
    countExpectedError(error);
    annotate({ outcome: errorName(error) });
    if (error instanceof OrderNotMine) countRefusedEvent(error.name);
    else if (error instanceof OrderNotFound) {
      logger.error('ORDER_NOT_FOUND', error);
      measure('OrdersNotFound', 1);
    } else if (error instanceof OrderInvalid) logger.error('ORDER_INVALID', error);
    throw error;
  }
});
