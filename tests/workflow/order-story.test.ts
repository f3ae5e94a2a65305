import { randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { logGroupOf, logGroups, logLines } from '../support/log-lines.ts';
import { putOrder, readOrderRow, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { sfn, stack } from '../support/stack.ts';
import { catchTraces, type Traces } from '../support/traces.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution, endOfExecution } from './faults/fault-bench.ts';

/*
 * The story of one order, as an operator reads it: every line of every log group that has the correlation id of the
 * order, in the order of time.
 */

type Line = Record<string, unknown> & { timestamp: string; message: string };

const since = Date.now() - 1;
let traces: Traces;
let customer: Customer;

beforeAll(async () => {
  traces = await catchTraces();
  customer = await makeCustomer();
});

afterAll(() => traces?.close());

/** The lines of functions with one correlation id, oldest first. A line that the emulator stores twice counts once. */
async function story(correlationId: string): Promise<Line[]> {
  const found = new Set<string>();
  for (const group of await logGroups()) {
    for (const text of await logLines(group, since)) if (text.includes(correlationId)) found.add(text.trim());
  }
  return [...found]
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line)
    .filter((line) => line.correlationId === correlationId && typeof line.message === 'string')
    .sort((one, other) => one.timestamp.localeCompare(other.timestamp));
}

/** A line in few words, as a person would tell it. */
function told({ message, operation, outcome, channel, result, status }: Line): string {
  return [message, operation, outcome, channel, result, message === 'CANCEL_ACCEPTED' ? status : undefined]
    .filter((word) => word !== undefined)
    .join(' ');
}

/** The id in the line of create-order, which may come after the order has its outcome. */
async function correlationIdOf(orderId: string): Promise<string> {
  const group = await logGroupOf('CreateOrderFunction');
  return waitFor(`the line of create-order about ${orderId}`, async () => {
    const lines = await logLines(group, since);
    const created = lines.find((line) => line.includes(orderId) && line.includes('ORDER_CREATED'));
    return created !== undefined && String((JSON.parse(created) as Line).correlationId);
  });
}

async function place(token: string): Promise<{ orderId: string; secrets: string[] }> {
  const { productId } = await makeProduct({ available: 5 });
  const street = `${randomUUID()} Street`;
  const name = `Name ${randomUUID()}`;
  const paymentToken = `${token}@${randomUUID()}`;
  const request = orderRequest([{ productId, quantity: 1 }], {
    shippingAddress: { street, city: 'Oslo', state: 'Oslo', zipCode: '0150' },
    customerName: name,
    paymentToken,
  });
  const orderId = await placeOrder(customer, await request, { 'idempotency-key': randomUUID() });
  return { orderId, secrets: [street, name, paymentToken, customer.email, customer.idToken] };
}

async function untilTold(correlationId: string, last: string, times = 1): Promise<Line[]> {
  let lines: Line[] = [];
  await waitFor(
    `${last} of ${correlationId}`,
    async () => {
      lines = await story(correlationId);
      return lines.filter((line) => told(line).startsWith(last)).length >= times;
    },
    { seconds: 60 },
  );
  return lines;
}

test('the lines with the correlation id of an order tell its story in order, from the request to the delivery', async () => {
  const { orderId, secrets } = await place('tok_approved');
  await waitForStatus(orderId, 'COMPLETED');
  const correlationId = await correlationIdOf(orderId);
  const lines = await untilTold(correlationId, 'NOTIFICATION_DELIVERY email');

  const words = lines.map(told);
  expect(words.slice(0, 5)).toEqual([
    'ORDER_CREATED',
    'ORDER_VALID',
    'PAYMENT_DONE authorize',
    'STOCK_CHANGED reserve',
    'PAYMENT_DONE capture',
  ]);
  // What SNS hands on may be there before notify has told of it.
  expect(words.slice(5).sort()).toEqual(
    expect.arrayContaining([
      'NOTIFICATIONS_PUBLISHED',
      'NOTIFICATION_DELIVERY email SENT',
      'OUTCOME_PUBLISHED COMPLETED',
    ]),
  );
  expect(lines.filter((line) => line.orderId !== orderId)).toEqual([]);
  const text = JSON.stringify(lines);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  expect((await readOrderRow(orderId)).correlationId).toBe(correlationId);
}, 120_000);

test('a failed order tells why, and a cancel carries the id of the order on into its own execution', async () => {
  const declined = await place('tok_declined');
  await waitForStatus(declined.orderId, 'FAILED');
  const failed = await untilTold(await correlationIdOf(declined.orderId), 'OUTCOME_PUBLISHED');
  expect(failed.map(told).slice(0, 3)).toEqual(['ORDER_CREATED', 'ORDER_VALID', 'PAYMENT_DECLINED authorize']);
  expect(failed.find(({ message }) => message === 'OUTCOME_PUBLISHED')).toMatchObject({
    outcome: 'FAILED',
    reasonCode: 'PAYMENT_DECLINED',
  });

  const { orderId } = await place('tok_approved');
  await waitForStatus(orderId, 'COMPLETED');
  await endOfExecution(deployedExecution(orderId));
  expect(await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken })).toMatchObject({ status: 202 });
  await waitForStatus(orderId, 'CANCELLED');
  const correlationId = await correlationIdOf(orderId);
  const words = (await untilTold(correlationId, 'OUTCOME_PUBLISHED', 2)).map(told);
  const cancel = words.slice(words.findIndex((word) => word.startsWith('CANCEL_ACCEPTED')));
  expect(cancel).toEqual(
    expect.arrayContaining(['STOCK_CHANGED release', 'PAYMENT_DONE refund', 'OUTCOME_PUBLISHED CANCELLED']),
  );
  for (const name of [orderId, `${orderId}-cancel`]) {
    const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn: deployedExecution(name) }));
    expect(JSON.parse(input ?? '{}')).toMatchObject({ orderId, correlationId });
  }
}, 120_000);

test('an order and an execution of an older release, without a correlation id, come to their end', async () => {
  const { productId } = await makeProduct({ available: 5 });
  const { orderId, createdAt } = await putOrder({
    items: [{ productId, name: 'Product', quantity: 1, unitPrice: 1999 }],
    total: 1999,
  });
  await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: stack.orderWorkflowArn,
      name: orderId,
      input: JSON.stringify({ orderId, createdAt }),
    }),
  );
  expect(await endOfExecution(deployedExecution(orderId))).toMatchObject({ status: 'SUCCEEDED', failures: [] });
  const group = await logGroupOf('ValidateFunction');
  const valid = await waitFor(`the line of validate about ${orderId}`, async () => {
    const lines = await logLines(group, since);
    return lines.find((line) => line.includes(orderId) && line.includes('ORDER_VALID')) ?? false;
  });
  const { correlationId, function_request_id } = JSON.parse(valid) as Line;
  // Its lines have the id of each invocation.
  expect(correlationId).toBe(function_request_id);
}, 120_000);

test('traces are found by order, correlation id, outcome, provider and currency', async () => {
  const { orderId } = await place('tok_approved');
  await waitForStatus(orderId, 'COMPLETED');
  const correlationId = await correlationIdOf(orderId);
  await untilTold(correlationId, 'NOTIFICATION_DELIVERY email');
  const ofOrder = () =>
    traces
      .segments()
      .flatMap((text) => annotationsIn(text))
      .filter((annotations) => annotations.orderId === orderId);
  await waitFor('the traces of the order', async () => ofOrder().some(({ outcome }) => outcome === 'COMPLETED'));
  expect(ofOrder().filter((annotations) => annotations.correlationId !== correlationId)).toEqual([]);
  expect(ofOrder()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ currency: 'USD', outcome: 'PENDING' }),
      expect.objectContaining({ provider: 'sandbox', outcome: 'AUTHORIZED' }),
      expect.objectContaining({ provider: 'sandbox', outcome: 'CAPTURED' }),
      expect.objectContaining({ outcome: 'RESERVED' }),
      expect.objectContaining({ currency: 'USD', outcome: 'COMPLETED' }),
    ]),
  );
  const names = traces.segments().flatMap((text) => text.match(/"name":"[^"]+"/g) ?? []);
  expect(names).toEqual(expect.arrayContaining(['"name":"## sandbox authorize"', '"name":"## sandbox capture"']));
}, 120_000);

/** The annotations of a segment, and of the subsegments in it. A datagram has a line of its own before them. */
function annotationsIn(datagram: string): Record<string, unknown>[] {
  interface Segment {
    annotations?: Record<string, unknown>;
    subsegments?: Segment[];
  }
  const all = ({ annotations, subsegments = [] }: Segment): Record<string, unknown>[] => [
    ...(annotations ? [annotations] : []),
    ...subsegments.flatMap(all),
  ];
  return all(JSON.parse(datagram.slice(datagram.indexOf('\n') + 1)) as Segment);
}
