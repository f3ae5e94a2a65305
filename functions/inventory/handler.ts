import { dynamodb } from '../shared/aws/dynamodb.ts';
import { countExpectedError } from '../shared/orders/expected-errors.ts';
import type { OrderKey } from '../shared/orders/order.ts';
import { OrderClosed } from '../shared/orders/order-errors.ts';
import { countRefusedEvent } from '../shared/orders/refused-events.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { OutOfStock, release, reserve } from './inventory.ts';

const { ORDERS_TABLE, PRODUCTS_TABLE } = readEnvironment(['ORDERS_TABLE', 'PRODUCTS_TABLE']);
const inventory = { dynamodb, ordersTable: ORDERS_TABLE, productsTable: PRODUCTS_TABLE };
const operations = { reserve, release };

export interface InventoryEvent extends OrderKey {
  operation: keyof typeof operations;
  executionId: string;
}

export const handler = lambdaHandler(async ({ operation, ...order }: InventoryEvent) => {
  try {
    const result = await operations[operation](order, inventory);
    annotate({ outcome: result.stock });
    logger.info('STOCK_CHANGED', { operation, ...result });
    return result;
  } catch (error) {
    countExpectedError(error);
    annotate({ outcome: errorName(error) });
    if (error instanceof OutOfStock) {
      logger.info('OUT_OF_STOCK', { productIds: error.productIds });
      measure('OutOfStock', 1);
    } else if (error instanceof OrderClosed) countRefusedEvent(error.name);
    throw error;
  }
});
