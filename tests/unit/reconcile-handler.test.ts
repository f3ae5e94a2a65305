import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import type { ReconcileReport } from '../../functions/reconcile/reconcile-report.ts';
import type { ReconcileRequest } from '../../functions/reconcile/reconcile-request.schema.ts';

// The function as it is deployed, with every service of AWS played by one server: what it reports when one of them fails.

type Answer = { status?: number; headers?: Record<string, string>; body: unknown };

/** What each operation answers. */
let answers: Record<string, (input: Record<string, unknown>) => Answer>;
let server: Server;
let handler: (request: ReconcileRequest, context: Context) => Promise<ReconcileReport>;
let lines: string[];

const refused = (type: string): Answer => ({ status: 400, body: { __type: type, message: 'not allowed' } });
const rows = (...Items: unknown[]): Answer => ({ body: { Items, Count: Items.length, ScannedCount: Items.length } });
const text = (S: string) => ({ S });

const LONG_AGO = '2025-03-06T16:00:00.000Z';
const ORDER = {
  orderId: text('0b7d3c5a-0000-4000-8000-000000000001'),
  createdAt: text(LONG_AGO),
  status: text('PROCESSING'),
  executionId: text('dead'),
  customerId: text('c'),
  history: { L: [{ M: { status: text('PROCESSING'), at: text(LONG_AGO) } }] },
};
const breaker = (account: string, state: string, until: number) => ({
  pk: text('BREAKERS'),
  sk: text(`sandbox:${account}`),
  provider: text('sandbox'),
  account: text(account),
  state: text(state),
  failures: { N: '5' },
  firstFailureAt: { N: '1' },
  until: { N: String(until) },
  version: { N: '7' },
});

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target === '' ? `Invoke ${request.headers['x-amz-invocation-type']}` : target.replace(/.*\./, '');
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const table = `${operation} ${input.TableName} ${input.IndexName ?? ''}`.trim();
    const answer = answers[table] ?? answers[operation] ?? (() => refused(`NotPlayed: ${table}`));
    const { status = 200, headers = {}, body } = answer(input);
    const content = target.startsWith('DynamoDB') ? 'application/x-amz-json-1.0' : 'application/json';
    response.writeHead(status, { 'content-type': content, ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_TRACE_ENABLED: 'false',
    POWERTOOLS_DEV: 'true',
    // In that mode the metrics go to the console, which the test reads, and only when this says so.
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_SERVICE_NAME: 'order-processing',
    POWERTOOLS_METRICS_NAMESPACE: 'test',
    ORDERS_TABLE: 'orders',
    PAYMENTS_TABLE: 'payments',
    OPERATIONS_TABLE: 'operations',
    ORDER_QUEUE_URL: 'http://127.0.0.1/queue',
    ORDER_WORKFLOW_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:process-order',
    NOTIFY_FUNCTION: 'notify',
    PAYMENT_PROVIDER: 'sandbox',
    PENDING_AFTER_SECONDS: '600',
    STUCK_AFTER_SECONDS: '900',
    NOTIFICATION_AFTER_SECONDS: '300',
    LEDGER_SINCE_SECONDS: '86400',
  });
  ({ handler } = (await import('../../functions/reconcile/handler.ts')) as unknown as { handler: typeof handler });
});

afterAll(() => new Promise((down) => server.close(down)));

beforeEach(() => {
  lines = [];
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, method).mockImplementation((...line: unknown[]) => void lines.push(line.join(' ')));
  }
  answers = {
    'Query orders status-index': () => rows(),
    'Scan orders notice-index': () => rows(),
    'Query payments touched-index': () => rows(),
    'Query operations': () => rows(),
    GetItem: () => ({ body: { Item: ORDER } }),
    GetQueueAttributes: () => ({ body: { Attributes: { ApproximateNumberOfMessages: '0' } } }),
    DescribeExecution: () => refused('ExecutionDoesNotExist'),
    StartExecution: () => ({ body: { executionArn: 'arn', startDate: 1 } }),
  };
});

afterEach(() => jest.restoreAllMocks());

const run = (request: ReconcileRequest) =>
  handler(request, { getRemainingTimeInMillis: () => 300_000 } as unknown as Context);

/** The metrics that were published, those without a dimension of their own. */
function published(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of lines) {
    if (!line.includes('CloudWatchMetrics')) continue;
    // The first run of a container counts a cold start, whichever test it is.
    const { _aws: aws, ...values } = JSON.parse(line);
    const [{ Dimensions, Metrics }] = aws.CloudWatchMetrics;
    if (Dimensions[0].length > 1) continue;
    for (const { Name } of Metrics)
      if (Name !== 'ColdStarts') found[Name] = [values[Name]].flat().reduce((sum, value) => sum + value, 0);
  }
  return found;
}

test('says that a run took place, and nothing else when there was nothing to do', async () => {
  await expect(run({ parts: ['orders', 'notifications'] })).resolves.toMatchObject({ failures: 0 });
  expect(published()).toEqual({ OrdersPlaced: 0, ReconcileRuns: 1 });
  lines = [];
  await run({ parts: ['ledger'] });
  expect(published()).toEqual({ LedgerSweeps: 1 });
});

test('counts no notification as sent while notify is not allowed to publish', async () => {
  const { orderId, createdAt } = ORDER;
  const denied = { errorType: 'AuthorizationErrorException', errorMessage: 'not allowed: sns:Publish' };
  answers['Scan orders notice-index'] = () => rows({ orderId, createdAt, noticeDue: text(LONG_AGO) });
  answers['Invoke Event'] = () => ({ status: 202, body: '' });
  answers['Invoke RequestResponse'] = () => ({ headers: { 'x-amz-function-error': 'Unhandled' }, body: denied });
  await expect(run({ parts: ['notifications'] })).resolves.toMatchObject({ notificationsSent: 0, failures: 1 });
  expect(published()).toMatchObject({ NotificationsOverdue: 1, ReconcileFailures: 1 });
});

test('helps a stuck order while the queue cannot be read', async () => {
  const { orderId, createdAt } = ORDER;
  answers['Query orders status-index'] = ({ ExpressionAttributeValues: values }) =>
    (values as { ':status': { S: string } })[':status'].S === 'PROCESSING' ? rows({ orderId, createdAt }) : rows();
  answers.GetQueueAttributes = () => refused('AccessDeniedException');
  await expect(run({ parts: ['orders'] })).resolves.toMatchObject({ started: 1 });
  expect(published()).toMatchObject({ OrdersRestarted: 1 });
});

test('reports what it did although the breakers cannot be read, and counts that as a failure', async () => {
  const { orderId, createdAt } = ORDER;
  answers['Query orders status-index'] = ({ ExpressionAttributeValues: values }) =>
    (values as { ':status': { S: string } })[':status'].S === 'NEEDS_ATTENTION' ? rows({ orderId, createdAt }) : rows();
  answers['Query operations'] = () => refused('AccessDeniedException');
  await expect(run({ parts: ['orders'] })).resolves.toMatchObject({ needAttention: 1, failures: 1 });
  expect(published()).toMatchObject({ OrdersAwaitingOperator: 1, ReconcileFailures: 1, ReconcileRuns: 1 });
});

test('reports the breakers that refuse calls now, and not one that waits for the next call', async () => {
  const [over, later] = [Date.now() - 1, Date.now() + 60_000];
  answers['Query operations'] = () => rows(breaker('over', 'OPEN', over), breaker('closed', 'CLOSED', 0));
  await run({ parts: ['orders'] });
  expect(published()).not.toHaveProperty('BreakerOpen');

  lines = [];
  const probeIsDead = breaker('dead', 'HALF_OPEN', over);
  answers['Query operations'] = () =>
    rows(breaker('open', 'OPEN', later), breaker('probing', 'HALF_OPEN', later), probeIsDead);
  await run({ parts: ['orders'] });
  expect(published()).toMatchObject({ BreakerOpen: 2 });
});
