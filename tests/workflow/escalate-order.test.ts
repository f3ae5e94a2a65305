import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { type Inbox, openInbox } from '../support/inbox.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { sfn, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution } from './faults/fault-bench.ts';

let customer: Customer;
let operator: Customer;
let operations: Inbox;

beforeAll(async () => {
  [customer, operator, operations] = await Promise.all([
    makeCustomer(),
    makeOperator(),
    openInbox(stack.operationsTopicArn),
  ]);
});

afterAll(() => operations.close());

async function notificationsOf(orderId: string) {
  return (await operations.messages()).map(({ body }) => body).filter((body) => body.orderId === orderId);
}

/** An order whose execution waits for the provider. */
async function waitingOrder() {
  const product = await makeProduct({ available: 5 });
  const { paymentToken } = tokenOnItsOwn('tok_unavailable');
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken });
  const orderId = await placeOrder(customer, request);
  await waitForStatus(orderId, 'PROCESSING');
  return { orderId, product };
}

test('escalates the order of an aborted execution, tells the operators once, and a retry completes it', async () => {
  const { orderId, product } = await waitingOrder();
  await sfn.send(new StopExecutionCommand({ executionArn: deployedExecution(orderId) }));

  const escalated = await waitForStatus(orderId, 'NEEDS_ATTENTION');
  expect(escalated.history.at(-1)).toMatchObject({ status: 'NEEDS_ATTENTION', detail: 'execution ABORTED' });
  expect(escalated.executionId).toBe(orderId);
  await waitFor('the operators to be told', async () => (await notificationsOf(orderId)).length > 0);

  await heal(orderId);
  expect(
    (await call('POST', `/orders/${orderId}/retry`, { token: operator.idToken, body: { reason: 'a test' } })).status,
  ).toBe(202);
  const completed = await waitForStatus(orderId, 'COMPLETED');
  expect(completed.history.map(({ status }) => status)).toEqual([
    'PENDING',
    'PROCESSING',
    'NEEDS_ATTENTION',
    'PROCESSING',
    'COMPLETED',
  ]);
  await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: completed.total, refundedAmount: 0 });
  await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 4, reserved: 0, sold: 1 });
  await waitFor(
    'the customer to be told',
    async () => (await waitForStatus(orderId, 'COMPLETED')).noticeDue === undefined,
  );
  expect(await notificationsOf(orderId)).toEqual([
    expect.objectContaining({ status: 'NEEDS_ATTENTION', noticeId: `${orderId}:2` }),
  ]);
});

test('leaves an order alone whose execution ended as designed', async () => {
  const product = await makeProduct();
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken: 'tok_declined' });
  const orderId = await placeOrder(customer, request);
  const failed = await waitForStatus(orderId, 'FAILED');
  await waitFor('the execution to fail', async () => {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: deployedExecution(orderId) }));
    return status === 'FAILED';
  });
  // Once the event of an execution aborted later has taken effect, that of the failed one has arrived too.
  const { orderId: later } = await waitingOrder();
  await sfn.send(new StopExecutionCommand({ executionArn: deployedExecution(later) }));
  await waitForStatus(later, 'NEEDS_ATTENTION');
  const { history } = await waitForStatus(orderId, 'FAILED');
  expect(history).toEqual(failed.history);
});
