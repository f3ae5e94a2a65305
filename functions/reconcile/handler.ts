import type { Context } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { lambda } from '../shared/aws/lambda.ts';
import { sqs } from '../shared/aws/sqs.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { requestNotification } from '../shared/orders/request-notification.ts';
import { reportBreaker } from '../shared/payments/breaker-report.ts';
import { listBreakers } from '../shared/payments/breaker-store.ts';
import { guardedProvider } from '../shared/payments/guarded-provider.ts';
import { refund, requestFor } from '../shared/payments/order-payment.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { MetricUnit, metrics } from '../shared/runtime/metrics.ts';
import { InvalidRequest } from './invalid-request.ts';
import { reconcile } from './reconcile.ts';
import type { OrderResources } from './reconcile-orders.ts';
import type { Finding, ReconcileReport } from './reconcile-report.ts';
import validate from './reconcile-request.validator.js';
import type { ReconcileSettings } from './reconcile-settings.ts';
import { reconcileWork } from './reconcile-work.ts';
import type { LedgerResources } from './sweep-ledger.ts';

const environment = readEnvironment([
  'ORDERS_TABLE',
  'PAYMENTS_TABLE',
  'OPERATIONS_TABLE',
  'ORDER_QUEUE_URL',
  'ORDER_WORKFLOW_ARN',
  'NOTIFY_FUNCTION',
  'PAYMENT_PROVIDER',
  'PENDING_AFTER_SECONDS',
  'STUCK_AFTER_SECONDS',
  'NOTIFICATION_AFTER_SECONDS',
  'LEDGER_SINCE_SECONDS',
]);

const settings: ReconcileSettings = {
  pendingMs: Number(environment.PENDING_AFTER_SECONDS) * 1000,
  stuckMs: Number(environment.STUCK_AFTER_SECONDS) * 1000,
  notificationMs: Number(environment.NOTIFICATION_AFTER_SECONDS) * 1000,
  ledgerMs: Number(environment.LEDGER_SINCE_SECONDS) * 1000,
  maxResends: 8,
  maxRetries: 5,
  maxBacklog: 10,
  maxResendsPerRun: 100,
};

const orders = { dynamodb, ordersTable: environment.ORDERS_TABLE };
const operations = { dynamodb, operationsTable: environment.OPERATIONS_TABLE };
const payments = {
  ...orders,
  provider: guardedProvider(environment.PAYMENT_PROVIDER, {
    ...operations,
    paymentsTable: environment.PAYMENTS_TABLE,
    sandboxFaults: process.env.SANDBOX_FAULTS,
    stripeSecretName: process.env.STRIPE_SECRET_NAME,
  }),
};

const resources: OrderResources & LedgerResources = {
  ...orders,
  workflow: { stepFunctions, workflowArn: environment.ORDER_WORKFLOW_ARN },
  sqs,
  orderQueueUrl: environment.ORDER_QUEUE_URL,
  requestNotification: (key) => requestNotification({ lambda, notifyFunction: environment.NOTIFY_FUNCTION }, key),
  listSince: (since, nextToken) => payments.provider.listSince(since, nextToken),
  findPayment: (order) => payments.provider.findByOrder(requestFor(order, payments)),
  refund: (key) => refund(key, payments),
};
const work = reconcileWork(resources, report);

/** Time for the report, and for the write that has just begun. */
const LAST_MS = 10_000;

export const handler = lambdaHandler(async (request: unknown, context: Context) => {
  if (!validate(request)) throw new InvalidRequest(validate.errors);
  const clock = { now: Date.now, hasTime: () => context.getRemainingTimeInMillis() > LAST_MS };
  const result = await reconcile(request, settings, clock, work);
  for (const breaker of await listBreakers(operations)) {
    if (breaker.state !== 'CLOSED') reportBreaker(breaker);
  }
  measure(result);
  logger.info('RECONCILED', { ...result });
  return result;
});

function report({ code, ...fields }: Finding): void {
  if (['ORPHAN_PAYMENT_RETURNED', 'LEDGER_MISMATCH', 'RECONCILE_FAILED', 'ORDER_ESCALATED'].includes(code)) {
    logger.error(code, fields);
  } else logger.warn(code, fields);
}

function measure(result: ReconcileReport): void {
  const values = {
    OrdersResent: result.resent,
    OrdersRestarted: result.started + result.resumed,
    OrdersNeedingAttention: result.escalated,
    OrdersAwaitingOperator: result.needAttention,
    NotificationsSentAgain: result.notificationsSent,
    OrphanPaymentsReturned: result.paymentsReturned,
    LedgerMismatches: result.ledgerMismatches,
    ReconcileFailures: result.failures + result.unfinished.length,
  };
  for (const [name, value] of Object.entries(values)) metrics.addMetric(name, MetricUnit.Count, value);
}
