import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { dynamodb } from '../shared/aws/dynamodb.ts';
import { lambda } from '../shared/aws/lambda.ts';
import { sqs } from '../shared/aws/sqs.ts';
import { stepFunctions } from '../shared/aws/step-functions.ts';
import { actingNow, auditEntry, writeAuditEntry } from '../shared/operations/audit.ts';
import { guardedProvider } from '../shared/payments/guarded-provider.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure, publishMetrics } from '../shared/runtime/metrics.ts';
import { InvalidRequest } from './invalid-request.ts';
import { type ReconcileResources, reconcile } from './reconcile.ts';
import { type Finding, PARTS, type Part, type ReconcileReport } from './reconcile-report.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';
import validate from './reconcile-request.validator.js';
import { LIMITS, type ReconcileSettings } from './reconcile-settings.ts';
import { reportRefusingBreakers } from './report-breakers.ts';

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
  ...LIMITS,
};

const operations = { dynamodb, operationsTable: environment.OPERATIONS_TABLE };
const resources: Omit<ReconcileResources, 'clock'> = {
  dynamodb,
  ordersTable: environment.ORDERS_TABLE,
  workflow: { stepFunctions, workflowArn: environment.ORDER_WORKFLOW_ARN },
  sqs,
  orderQueueUrl: environment.ORDER_QUEUE_URL,
  lambda,
  notifyFunction: environment.NOTIFY_FUNCTION,
  provider: guardedProvider(environment.PAYMENT_PROVIDER, {
    ...operations,
    paymentsTable: environment.PAYMENTS_TABLE,
    sandboxFaults: process.env.SANDBOX_FAULTS,
    stripeSecretName: process.env.STRIPE_SECRET_NAME,
  }),
  onFinding: report,
};

/** Time for the report, and for the write that has just begun. */
const LAST_MS = 10_000;

export const handler = lambdaHandler(async (request: unknown, context: Context) => {
  if (!validate(request)) throw new InvalidRequest(validate.errors);
  await recordRequest(request);
  const hasTime = () => context.getRemainingTimeInMillis() > LAST_MS;
  const clock = { now: Date.now, hasTime, pause: (ms: number) => pause(ms) };
  const result = await reconcile(request, settings, { ...resources, clock });
  logger.info('RECONCILED', { ...result });
  measureRun(request, result);
  // Published before anything else can fail, or take the time that is left.
  publishMetrics();
  try {
    await reportRefusingBreakers(operations, Date.now());
  } catch (error) {
    report({ code: 'RECONCILE_FAILED', error: error as Error });
    measure('ReconcileFailures', 1);
    return { ...result, failures: result.failures + 1 };
  }
  return result;
});

/** Writes who asked for a run and why, before it does anything. */
async function recordRequest({ requestedBy, orderId }: ReconcileRequest): Promise<void> {
  if (requestedBy === undefined) return;
  const by = actingNow(requestedBy.operatorId, requestedBy.reason);
  await writeAuditEntry(auditEntry('RECONCILE_REQUESTED', orderId ?? 'all orders', by), operations);
}

function report({ code, ...fields }: Finding): void {
  if (['ORPHAN_PAYMENT_RETURNED', 'LEDGER_MISMATCH', 'RECONCILE_FAILED', 'ORDER_ESCALATED'].includes(code)) {
    logger.error(code, fields);
  } else logger.warn(code, fields);
}

function measureRun({ orderId, parts = [...PARTS] }: ReconcileRequest, result: ReconcileReport): void {
  const isRunOf = (part: Part) => (orderId === undefined && parts.includes(part) ? 1 : 0);
  const values = {
    // Alarms watch for the absence of these two.
    ReconcileRuns: isRunOf('orders'),
    LedgerSweeps: isRunOf('ledger'),
    OrdersResent: result.resent,
    OrdersRestarted: result.started + result.resumed,
    OrdersNeedingAttention: result.escalated,
    OrdersAwaitingOperator: result.needAttention,
    NotificationsSentAgain: result.notificationsSent,
    NotificationsOverdue: result.notificationsOverdue,
    OrphanPaymentsReturned: result.paymentsReturned,
    LedgerMismatches: result.ledgerMismatches,
    ReconcileFailures: result.failures + result.unfinished.length,
  };
  // So that the metric has a value also when nobody orders: an alarm cannot compare what is missing.
  if (values.ReconcileRuns > 0) measure('OrdersPlaced', 0);
  for (const [name, value] of Object.entries(values) as [keyof typeof values, number][]) {
    if (value > 0) measure(name, value);
  }
}
