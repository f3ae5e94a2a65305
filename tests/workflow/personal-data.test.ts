import { randomUUID } from 'node:crypto';
import { AdminUpdateUserAttributesCommand } from '@aws-sdk/client-cognito-identity-provider';
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { OrderStatus } from '../../functions/shared/orders/order.ts';
import { type Customer, logIn, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { invoke } from '../support/functions.ts';
import { logGroupOf, logGroups, logLines } from '../support/log-lines.ts';
import { mailsTo, smsTo } from '../support/mailbox.ts';
import { readOrderRow, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { heal } from '../support/sandbox-account.ts';
import { aws, cognito, sfn, stack } from '../support/stack.ts';
import { catchTraces, type Traces } from '../support/traces.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution, endOfExecution } from './faults/fault-bench.ts';
import { zipOf } from './faults/zip.ts';

/*
 * Orders of every outcome, with personal data that can be told from any other. Then everything that the run left behind
 * is searched for it: log lines, trace segments, and the histories of executions.
 */

/** Personal data by what it is. Each text is in no other run. */
type Personal = Record<string, string>;

/** Something that the run left behind, and where. */
interface Trail {
  where: string;
  text: string;
}

/** Where which personal data is found, in any case of letters, and as addresses and headers carry it. */
function leaks(trails: Trail[], personal: Personal): string[] {
  const found = new Set<string>();
  for (const [what, value] of Object.entries(personal)) {
    const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)];
    forms.push(Buffer.from(value).toString('base64').replace(/=+$/, ''));
    const sought = [...new Set(forms)].map((form) => form.toLowerCase());
    for (const { where, text } of trails) {
      const searched = text.toLowerCase();
      if (sought.some((form) => searched.includes(form))) found.add(`${what} in ${where}`);
    }
  }
  return [...found].sort();
}

async function trailsOfLogs(since: number): Promise<Trail[]> {
  const trails: Trail[] = [];
  for (const group of await logGroups()) {
    for (const text of await logLines(group, since)) trails.push({ where: group, text });
  }
  return trails;
}

const trailsOfTraces = (traces: Traces): Trail[] => traces.segments().map((text) => ({ where: 'a trace', text }));

async function trailOfExecution(executionArn: string): Promise<Trail> {
  const pages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, ...(nextToken && { nextToken }) }),
    );
    pages.push(JSON.stringify(page.events));
    nextToken = page.nextToken;
  } while (nextToken);
  return { where: `the history of ${executionArn.split(':').slice(6).join(':')}`, text: pages.join('\n') };
}

/** The executions of a workflow that began since then. */
async function executionsSince(stateMachineArn: string, since: number): Promise<string[]> {
  const arns: string[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client: sfn }, { stateMachineArn })) {
    for (const { executionArn, startDate } of executions) {
      if (executionArn && startDate && startDate.getTime() >= since) arns.push(executionArn);
    }
  }
  return arns;
}

const since = Date.now() - 1;
const tag = randomUUID();
const digits = String(BigInt(`0x${tag.replaceAll('-', '')}`)).slice(-10);
const personal: Personal = {};
const orders: { orderId: string; status: OrderStatus; executions: string[] }[] = [];
let traces: Traces;
let customer: Customer;
let operator: Customer;

/** A request in which every text is personal. */
async function request(token: string) {
  const { productId } = await makeProduct({ available: 5 });
  const account = randomUUID();
  personal[`payment token of ${token}`] = `${token}@${account}`;
  return orderRequest([{ productId, quantity: 1 }], {
    shippingAddress: { street: personal.street, city: personal.city, state: personal.state, zipCode: personal.zipCode },
    paymentToken: `${token}@${account}`,
    customerName: personal.name,
    notify: { email: true, sms: true },
    orderId: personal.reference,
    customerId: personal.customerReference,
  });
}

const act = (orderId: string, name: 'cancel' | 'retry', who: Customer, body?: object) =>
  call('POST', `/orders/${orderId}/${name}`, { token: who.idToken, ...(body && { body }) });

const RUNS: [name: string, token: string, status: OrderStatus, more?: (orderId: string) => Promise<string[]>][] = [
  ['completed', 'tok_approved', 'COMPLETED'],
  ['declined', 'tok_declined', 'FAILED'],
  ['declined at the capture', 'tok_capture_declined', 'FAILED'],
  [
    'cancelled under way',
    'tok_unavailable',
    'CANCELLED',
    async (orderId) => {
      await waitForStatus(orderId, 'PROCESSING');
      expect(await act(orderId, 'cancel', customer)).toMatchObject({ status: 202 });
      return [];
    },
  ],
  [
    'cancelled when it was completed, by an operator',
    'tok_approved',
    'CANCELLED',
    async (orderId) => {
      await waitForStatus(orderId, 'COMPLETED');
      expect(await act(orderId, 'cancel', operator, { reason: personal.reason })).toMatchObject({ status: 202 });
      return [`${orderId}-cancel`];
    },
  ],
  [
    'in need of attention, and then retried',
    'tok_refund_unavailable',
    'CANCELLED',
    async (orderId) => {
      await waitForStatus(orderId, 'COMPLETED');
      expect(await act(orderId, 'cancel', customer)).toMatchObject({ status: 202 });
      await waitFor(
        'the order to need attention',
        async () => (await readOrderRow(orderId)).status === 'NEEDS_ATTENTION',
        { seconds: 120 },
      );
      await endOfExecution(deployedExecution(`${orderId}-cancel`));
      await heal(orderId);
      expect(await act(orderId, 'retry', operator, { reason: personal.reason })).toMatchObject({ status: 202 });
      return [`${orderId}-cancel`, `${orderId}-retry-1`];
    },
  ],
];

async function run([, token, status, more]: (typeof RUNS)[number]): Promise<void> {
  const orderId = await placeOrder(customer, await request(token), { 'idempotency-key': randomUUID() });
  const executions = [orderId, ...((await more?.(orderId)) ?? [])].map(deployedExecution);
  for (const execution of executions) await endOfExecution(execution);
  await waitFor(`the notification of ${orderId}`, async () => {
    const row = await readOrderRow(orderId);
    return row.status === status && row.noticeDue === undefined;
  });
  expect(await call('GET', `/orders/${orderId}`, { token: customer.idToken })).toMatchObject({ status: 200 });
  orders.push({ orderId, status, executions });
}

/** The ids of the notifications that the customer is sent. */
async function outcomes(): Promise<string[]> {
  const rows = await Promise.all(orders.map(({ orderId }) => readOrderRow(orderId)));
  return rows.flatMap(({ orderId, history }) =>
    history.flatMap(({ status }, index) =>
      ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status) ? [`${orderId}:${index}`] : [],
    ),
  );
}

/** Requests that are refused. Whoever made the mistake may be in the text. */
async function refusals(): Promise<void> {
  const post = (path: string, body: unknown, token = customer.idToken) => call('POST', path, { token, body });
  const { email, password } = customer;
  const good = await request('tok_approved');
  for (const [status, answer] of [
    [400, post('/orders', { ...good, notify: { email, sms: personal.phone } })],
    [400, post('/orders', { ...good, [`${personal.street}`]: personal.name })],
    [400, post('/orders', `{"customerName":"${personal.name}",`)],
    [422, post('/orders', { ...good, items: [{ productId: 'NONE', quantity: 1 }] })],
    [401, post('/orders', good, `${customer.idToken}x`)],
    [401, call('POST', '/auth', { body: { action: 'login', email, password: `${password}x` } })],
    [400, call('POST', '/auth', { body: { action: 'register', email, password: ` ${personal.street}` } })],
    [400, call('GET', `/orders/${encodeURIComponent(email)}`, { token: customer.idToken })],
  ] as const) {
    const { status: answered, body } = await answer;
    expect([answered, body.code]).toEqual([status, expect.any(String)]);
  }
}

beforeAll(async () => {
  traces = await catchTraces();
  [customer, operator] = await Promise.all([makeCustomer(), makeOperator()]);
  // Of a country to which the local cloud sends SMS.
  const phone = `+4741${digits.slice(-6)}`;
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: stack.userPoolId,
      Username: customer.email,
      UserAttributes: [
        { Name: 'phone_number', Value: phone },
        { Name: 'phone_number_verified', Value: 'true' },
        { Name: 'locale', Value: 'en-US' },
      ],
    }),
  );
  customer.idToken = await logIn(customer);
  const { email, password } = customer;
  const session = await call('POST', '/auth', { body: { action: 'login', email, password } });
  const secretOf = (token: unknown) => String(token).split('.').at(-1) ?? '';
  Object.assign(personal, {
    email,
    password,
    phone,
    'digits of the phone': phone.slice(1),
    street: `${tag} Street`,
    city: `City ${tag}`,
    state: `State ${tag}`,
    zipCode: `Z${digits}`,
    name: `Zoë ${tag}`,
    reference: `order ${tag}`,
    customerReference: `customer ${tag}`,
    reason: `because ${tag} asked`,
    'e-mail of the operator': operator.email,
    'ID token': secretOf(customer.idToken),
    'ID token of the operator': secretOf(operator.idToken),
    'access token of the session': secretOf(session.body.accessToken),
    'refresh token of the session': secretOf(session.body.refreshToken),
  });
  for (const [what, value] of Object.entries(personal)) {
    if (value.length < 8) throw new Error(`${what} is too short to be told from other texts`);
  }
  await Promise.all([...RUNS.map(run), refusals()]);
  await invoke('ReconcileFunction', {});
  // Delivery is no part of the workflow, so that it ends later. Its line is written after the e-mail and the SMS.
  const deliveries = await logGroupOf('DeliverNotificationFunction');
  await waitFor(
    'every outcome to be told',
    async () => {
      const lines = await logLines(deliveries, since);
      return (await outcomes()).every((noticeId) => lines.some((line) => line.includes(noticeId)));
    },
    { seconds: 60 },
  );
}, 300_000);

afterAll(() => traces?.close());

test('the run had every outcome, and told it to the verified addresses of the account', async () => {
  expect(orders).toHaveLength(RUNS.length);
  for (const { orderId, status } of orders) {
    const row = await readOrderRow(orderId);
    expect(row).toMatchObject({ status, contact: { email: customer.email, phone: personal.phone, locale: 'en-US' } });
  }
  const told = await Promise.all(orders.map(({ orderId }) => readOrderRow(orderId)));
  expect(new Set(told.flatMap(({ history }) => history.map(({ status }) => status)))).toEqual(
    new Set(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'NEEDS_ATTENTION']),
  );
  // So both addresses were in the hands of the function that tells customers.
  const { length } = await outcomes();
  expect((await mailsTo(customer.email)).length).toBeGreaterThanOrEqual(length);
  expect((await smsTo(String(personal.phone))).length).toBeGreaterThan(0);
});

test('no log line holds personal data, in any group', async () => {
  const trails = await trailsOfLogs(since);
  // The lines of the run are among them.
  for (const id of ['CreateOrder', 'Validate', 'Payment', 'Inventory', 'Notify', 'DeliverNotification']) {
    const group = await logGroupOf(`${id}Function`);
    const lines = trails.filter(({ where }) => where === group).map(({ text }) => text);
    expect([id, orders.filter(({ orderId }) => !lines.some((line) => line.includes(orderId)))]).toEqual([id, []]);
  }
  expect(leaks(trails, personal)).toEqual([]);
});

test('no trace segment holds personal data', () => {
  const trails = trailsOfTraces(traces);
  for (const called of [stack.ordersTable, stack.productsTable, '"Publish"', '"SendMessage"', '"TransactWriteItems"']) {
    expect([called, trails.some(({ text }) => text.includes(called))]).toEqual([called, true]);
  }
  expect(leaks(trails, personal)).toEqual([]);
});

test('no history of an execution holds personal data, of the orders or of the dispatch', async () => {
  const dispatches = await executionsSince(stack.dispatchWorkflowArn, since);
  const ofOrders = orders.flatMap(({ executions }) => executions);
  const trails = await Promise.all([...ofOrders, ...dispatches].map(trailOfExecution));
  // They are the histories with their data: each order is in that of its execution, and of a dispatch.
  for (const { orderId } of orders) {
    expect(trails.filter(({ text }) => text.includes(orderId)).length).toBeGreaterThanOrEqual(2);
  }
  expect(leaks(trails, personal)).toEqual([]);
});

describe('the search', () => {
  const name = `careless-${tag.slice(0, 8)}`;
  const iam = new IAMClient(aws);
  const lambda = new LambdaClient(aws);
  const secret = { email: `careless-${tag}@shop.example`, street: `${tag} Careless Street` };
  const made: (() => Promise<unknown>)[] = [];

  afterAll(async () => {
    for (const remove of made) await remove();
  });

  test('finds an address that a function logs or traces, and one that an execution is given', async () => {
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    );
    made.push(() => iam.send(new DeleteRoleCommand({ RoleName: name })));
    const code = `const { createSocket } = require('node:dgram');
      exports.handler = async (order) => {
        console.log(JSON.stringify({ message: 'ORDER', order }));
        const [host, port] = process.env.AWS_XRAY_DAEMON_ADDRESS.split(':');
        const segment = '{"format":"json","version":1}\\n' + JSON.stringify({ metadata: { order } });
        const socket = createSocket('udp4');
        await new Promise((sent) => socket.send(segment, Number(port), host, sent));
        socket.close();
      };`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: Role?.Arn,
        Code: { ZipFile: zipOf('index.js', Buffer.from(code)) },
      }),
    );
    made.push(() => lambda.send(new DeleteFunctionCommand({ FunctionName: name })));
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(secret) }));
    expect(answer.FunctionError).toBeUndefined();

    const { roleArn } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: stack.orderWorkflowArn }));
    const definition = JSON.stringify({ StartAt: 'Rest', States: { Rest: { Type: 'Pass', End: true } } });
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    made.push(() => sfn.send(new DeleteStateMachineCommand({ stateMachineArn })));
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(secret) }),
    );
    await endOfExecution(executionArn);

    const found = await waitFor('the careless function to be found', async () => {
      const inLogs = leaks(await trailsOfLogs(since), secret);
      const inTraces = leaks(trailsOfTraces(traces), secret);
      return inLogs.length > 0 && inTraces.length > 0 && [...inLogs, ...inTraces];
    });
    expect([...found, ...leaks([await trailOfExecution(executionArn)], secret)]).toEqual([
      `email in /aws/lambda/${name}`,
      `street in /aws/lambda/${name}`,
      'email in a trace',
      'street in a trace',
      `email in the history of ${name}:${name}`,
      `street in the history of ${name}:${name}`,
    ]);
  });

  test.each(['Zoë Ångström', 'a+b@example.com', 'O"Neil\\Street'])('finds %j in any form', (value) => {
    const forms = [
      value,
      value.toUpperCase(),
      JSON.stringify({ value }),
      `/orders?x=${encodeURIComponent(value)}`,
      Buffer.from(value).toString('base64'),
    ];
    for (const text of forms) expect(leaks([{ where: 'here', text }], { value })).toEqual(['value in here']);
    expect(leaks([{ where: 'here', text: 'nothing' }], { value })).toEqual([]);
  });
});
