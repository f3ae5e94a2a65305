import { dynamodb } from '../shared/aws/dynamodb.ts';
import { countExpectedError } from '../shared/orders/expected-errors.ts';
import type { OrderKey } from '../shared/orders/order.ts';
import { OrderClosed } from '../shared/orders/order-errors.ts';
import { countRefusedEvent } from '../shared/orders/refused-events.ts';
import { countDecline } from '../shared/payments/declined-cards.ts';
import { guardedProvider } from '../shared/payments/guarded-provider.ts';
import { PaymentClosed, PaymentDeclined, PaymentUnavailable } from '../shared/payments/payment-provider.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { annotate } from '../shared/runtime/tracing.ts';
import { authorize, capture, undoPayment } from './payment.ts';

const { ORDERS_TABLE, PAYMENTS_TABLE, OPERATIONS_TABLE, PAYMENT_PROVIDER } = readEnvironment([
  'ORDERS_TABLE',
  'PAYMENTS_TABLE',
  'OPERATIONS_TABLE',
  'PAYMENT_PROVIDER',
]);
const payments = {
  dynamodb,
  ordersTable: ORDERS_TABLE,
  provider: guardedProvider(PAYMENT_PROVIDER, {
    dynamodb,
    paymentsTable: PAYMENTS_TABLE,
    operationsTable: OPERATIONS_TABLE,
    sandboxFaults: process.env.SANDBOX_FAULTS,
    stripeSecretName: process.env.STRIPE_SECRET_NAME,
  }),
  async onDecline(customerId: string) {
    try {
      await countDecline(customerId, new Date().toISOString(), { dynamodb, operationsTable: OPERATIONS_TABLE });
    } catch (error) {
      // The order is declined all the same. A counter that cannot be written only slows nobody down.
      logger.warn('DECLINE_NOT_COUNTED', { error: error as Error });
    }
  },
};
const operations = { authorize, capture, refund: undoPayment };

export interface PaymentEvent extends OrderKey {
  operation: keyof typeof operations;
  executionId: string;
}

export const handler = lambdaHandler(async ({ operation, ...order }: PaymentEvent) => {
  annotate({ provider: PAYMENT_PROVIDER });
  try {
    const result = await operations[operation](order, payments);
    annotate({ outcome: 'status' in result ? result.status : result.payment.status });
    logger.info('PAYMENT_DONE', { operation, provider: PAYMENT_PROVIDER, ...result });
    if (operation === 'authorize') measure('PaymentsAuthorized', 1, PAYMENT_PROVIDER);
    return result;
  } catch (error) {
    countExpectedError(error);
    annotate({ outcome: errorName(error) });
    if (error instanceof PaymentDeclined) {
      logger.info('PAYMENT_DECLINED', { operation, provider: PAYMENT_PROVIDER });
      measure('PaymentsDeclined', 1, PAYMENT_PROVIDER);
    } else if (error instanceof PaymentUnavailable) {
      logger.warn('PAYMENT_UNAVAILABLE', { operation, provider: PAYMENT_PROVIDER, error });
    } else if (error instanceof OrderClosed || error instanceof PaymentClosed) countRefusedEvent(error.name);
    throw error;
  }
});
