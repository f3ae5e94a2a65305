import { randomUUID } from 'node:crypto';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { ExecutionView } from '../../functions/list-executions/list-executions.ts';
import type { OrderStatus } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { sfn } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution, endOfExecution } from '../workflow/faults/fault-bench.ts';

jest.setTimeout(240_000);

let customer: Customer;
let operator: Customer;
beforeAll(async () => {
  [customer, operator] = await Promise.all([makeCustomer(), makeOperator()]);
});

async function executionsOf(orderId: string): Promise<ExecutionView[]> {
  const answer = await call('GET', `/orders/${orderId}/executions`, { token: operator.idToken });
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).not.toHaveProperty('nextToken');
  return answer.body.items as ExecutionView[];
}

/** Compares with the history as Step Functions itself gives it, read without the code of the route. */
async function expectTheWayOfTheHistory({ name, status, states, arn }: ExecutionView): Promise<void> {
  expect(arn).toBe(deployedExecution(name));
  const run = await endOfExecution(arn);
  expect(status).toBe(run.status);
  expect(states.map((state) => state.name)).toEqual(run.path);
  expect(states.map(({ next }) => next)).toEqual([...run.path.slice(1), undefined]);
  const failures = states.flatMap(({ name: state, attempts }) =>
    attempts.flatMap(({ error }) => (error === undefined ? [] : [{ state, error }])),
  );
  expect(failures).toEqual(run.failures);
  // All of them have ended.
  expect(states.filter((state) => state.status === 'RUNNING')).toEqual([]);
}

/** Places an order in which every personal detail can be recognised. */
async function place(token: string) {
  const { productId } = await makeProduct();
  const tag = randomUUID();
  const personal = {
    street: `street ${tag}`,
    city: `city ${tag}`,
    zipCode: tag.slice(0, 20),
    name: `name ${tag}`,
    reference: `customer ${tag}`,
    token: tokenOnItsOwn(token).paymentToken,
    customerId: customer.customerId,
    productId,
  };
  const { street, city, zipCode } = personal;
  const request = orderRequest([{ productId, quantity: 1 }], {
    shippingAddress: { street, city, state: 'CA', zipCode },
    paymentToken: personal.token,
    customerName: personal.name,
    customerId: personal.reference,
  });
  return { orderId: await placeOrder(customer, request), personal };
}

const cancel = (orderId: string) => call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });
const retry = (orderId: string) =>
  call('POST', `/orders/${orderId}/retry`, { token: operator.idToken, body: { reason: 'a test of executions' } });
const ended = (name: string) => endOfExecution(deployedExecution(name));

interface Kind {
  kind: string;
  token: string;
  status: OrderStatus;
  /** What is done until it has that status, and the executions that it has then. */
  act: (orderId: string) => Promise<string[]>;
  ways: string[][];
}

const FORWARD = [
  'ValidateOrder',
  'AuthorizePayment',
  'ReserveInventory',
  'CapturePayment',
  'CompleteOrder',
  'NotifyCustomer',
];
const UNDO = ['BeginUndo', 'ReleaseInventory', 'RefundPayment'];
const CANCELLED = ['HowDidTheUndoEnd', 'MarkOrderCancelled', 'NotifyCustomerOfCancellation', 'OrderCancelled'];

const KINDS: Kind[] = [
  {
    kind: 'completed',
    token: 'tok_approved',
    status: 'COMPLETED',
    act: async (orderId) => [orderId],
    ways: [FORWARD],
  },
  {
    kind: 'failed, because the card was declined,',
    token: 'tok_declined',
    status: 'FAILED',
    act: async (orderId) => [orderId],
    ways: [
      [
        'ValidateOrder',
        'AuthorizePayment',
        ...UNDO,
        'HowDidTheUndoEnd',
        'MarkOrderFailed',
        'NotifyCustomerOfFailure',
        'OrderFailed',
      ],
    ],
  },
  {
    kind: 'cancelled while its payment was not available',
    token: 'tok_unavailable',
    status: 'CANCELLED',
    act: async (orderId) => {
      await waitForStatus(orderId, 'PROCESSING');
      expect(await cancel(orderId)).toMatchObject({ status: 202 });
      return [orderId];
    },
    ways: [['ValidateOrder', 'AuthorizePayment', ...UNDO, ...CANCELLED]],
  },
  {
    kind: 'cancelled after its completion',
    token: 'tok_approved',
    status: 'CANCELLED',
    act: async (orderId) => {
      await waitForStatus(orderId, 'COMPLETED');
      expect(await cancel(orderId)).toMatchObject({ status: 202 });
      return [orderId, `${orderId}-cancel`];
    },
    ways: [FORWARD, ['ValidateOrder', ...UNDO, ...CANCELLED]],
  },
  {
    kind: 'cancelled after it needed attention and was retried',
    token: 'tok_refund_unavailable',
    status: 'CANCELLED',
    act: async (orderId) => {
      await waitForStatus(orderId, 'COMPLETED');
      expect(await cancel(orderId)).toMatchObject({ status: 202 });
      await waitForStatus(orderId, 'NEEDS_ATTENTION', 180);
      await heal(orderId);
      expect(await retry(orderId)).toMatchObject({ status: 202 });
      return [orderId, `${orderId}-cancel`, `${orderId}-retry-1`];
    },
    ways: [
      FORWARD,
      ['ValidateOrder', ...UNDO, 'MarkNeedsAttention', 'NotifyOperations', 'OrderNeedsAttention'],
      ['ValidateOrder', ...UNDO, ...CANCELLED],
    ],
  },
];

test.concurrent.each(KINDS)(
  'the executions of an order that is $kind show the way that the history says',
  async (row) => {
    const { orderId, personal } = await place(row.token);
    const names = await row.act(orderId);
    await waitForStatus(orderId, row.status);
    for (const name of names) await ended(name);

    const executions = await executionsOf(orderId);
    expect(executions.map(({ name }) => name)).toEqual(names);
    expect(executions.map(({ states }) => states.map(({ name }) => name))).toEqual(row.ways);
    for (const execution of executions) await expectTheWayOfTheHistory(execution);
    const text = JSON.stringify(executions);
    expect(Object.entries(personal).filter(([, detail]) => text.includes(detail))).toEqual([]);
    expect(text).not.toMatch(/"(cause|input|output)"/);
  },
);

test('an attempt that failed tells its error and how long was waited, and a caught error where it led', async () => {
  const { orderId } = await place('tok_unavailable_once');
  await waitForStatus(orderId, 'COMPLETED');
  await ended(orderId);
  const [execution] = await executionsOf(orderId);
  expect(execution).toMatchObject({ status: 'SUCCEEDED', endedAt: expect.any(String) });
  const authorize = execution?.states.find(({ name }) => name === 'AuthorizePayment');
  expect(authorize).toMatchObject({
    status: 'SUCCEEDED',
    attempts: [{ error: 'PaymentUnavailable', retriedAfterSeconds: expect.any(Number) }, {}],
  });
  expect(authorize?.attempts[1]).not.toHaveProperty('error');

  const declined = await place('tok_declined');
  await waitForStatus(declined.orderId, 'FAILED');
  const [failed] = await executionsOf(declined.orderId);
  expect(failed?.states.find(({ name }) => name === 'AuthorizePayment')).toMatchObject({
    status: 'CAUGHT',
    error: 'PaymentDeclined',
    next: 'BeginUndo',
  });
});

test('an execution that was stopped is ABORTED in the state where it was', async () => {
  const { orderId } = await place('tok_unavailable');
  // The claim makes it PROCESSING, one state before.
  await waitFor('the payment to be tried', async () => {
    const [{ states } = { states: [] }] = await executionsOf(orderId);
    return states.at(-1)?.name === 'AuthorizePayment';
  });
  await sfn.send(new StopExecutionCommand({ executionArn: deployedExecution(orderId), error: 'Stopped' }));
  const [execution] = await executionsOf(orderId);
  expect(execution).toMatchObject({ name: orderId, status: 'ABORTED', endedAt: expect.any(String) });
  expect(execution?.states.at(-1)).toMatchObject({ name: 'AuthorizePayment', status: 'ABORTED' });
});

test('an order of which no execution is kept has none', async () => {
  const { orderId } = await putOrder({ customerId: customer.customerId, attempts: 3, cancelRequested: true });
  expect(await executionsOf(orderId)).toEqual([]);
});

test('the customer whose order it is gets 403, as for an order that is not there, and an operator 404', async () => {
  const { orderId } = await putOrder({ customerId: customer.customerId });
  for (const path of [`/orders/${orderId}/executions`, `/orders/${randomUUID()}/executions`]) {
    expect(await call('GET', path, { token: customer.idToken })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  }
  const unknown = await call('GET', `/orders/${randomUUID()}/executions`, { token: operator.idToken });
  expect(unknown).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test.each(['x', 'W10', Buffer.from('["2026-01-01T00:00:00.000Z","x"]').toString('base64url')])(
  'the page token %s is refused',
  async (token) => {
    const { orderId } = await putOrder({ customerId: customer.customerId });
    const path = `/orders/${orderId}/executions?nextToken=${token}`;
    expect(await call('GET', path, { token: operator.idToken })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  },
);
