import { randomUUID } from 'node:crypto';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { SAMPLE_ORDER } from '../../local/sample-request.ts';
import { makeCustomer } from '../support/accounts.ts';
import { openInbox } from '../support/inbox.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder, readOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { sfn, sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution } from '../workflow/faults/fault-bench.ts';
import { FORWARD } from '../workflow/faults/scenarios.ts';

jest.setTimeout(180_000);

test('completes the order of the documentation as it stands', async () => {
  const before = { first: await readProduct('PROD-001'), second: await readProduct('PROD-002') };
  const customer = await makeCustomer();
  const orderId = await placeOrder(customer, SAMPLE_ORDER);
  await waitForStatus(orderId, 'COMPLETED');
  const order = await readOrder(customer, orderId);
  expect(order).toMatchObject({
    orderId,
    status: 'COMPLETED',
    totalAmount: 89.97,
    currency: 'USD',
    payment: { status: 'CAPTURED', authorized: 89.97, captured: 89.97, refunded: 0 },
  });
  expect(order.history.map(({ sequence, status }) => [sequence, status])).toEqual([
    [0, 'PENDING'],
    [1, 'PROCESSING'],
    [2, 'COMPLETED'],
  ]);
  expect(order.history.map(({ at }) => at)).toEqual(order.history.map(({ at }) => at).sort());
  // At least, because other tests order these products too.
  expect((await readProduct('PROD-001')).sold).toBeGreaterThanOrEqual(before.first.sold + 2);
  expect((await readProduct('PROD-002')).sold).toBeGreaterThanOrEqual(before.second.sold + 1);
});

test('sells exactly what was ordered', async () => {
  const [first, second] = await Promise.all([makeProduct({ available: 10 }), makeProduct({ available: 10 })]);
  const customer = await makeCustomer();
  const request = orderRequest([
    { productId: first.productId, quantity: 2 },
    { productId: second.productId, quantity: 1 },
  ]);
  const orderId = await placeOrder(customer, request);
  await waitForStatus(orderId, 'COMPLETED');
  await expect(readProduct(first.productId)).resolves.toMatchObject({ available: 8, reserved: 0, sold: 2 });
  await expect(readProduct(second.productId)).resolves.toMatchObject({ available: 9, reserved: 0, sold: 1 });
  await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: 3 * first.price, refundedAmount: 0 });
});

test('runs one execution, named like the order, through six states', async () => {
  const product = await makeProduct();
  const orderId = await placeOrder(await makeCustomer(), orderRequest([{ productId: product.productId, quantity: 1 }]));
  await waitForStatus(orderId, 'COMPLETED');
  const executionArn = deployedExecution(orderId);
  await waitFor('the execution to end', async () => {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'SUCCEEDED';
  });
  const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  const entered = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  expect(entered).toEqual(FORWARD);
});

test('completes nine good orders of a batch, and moves the message that is not JSON to the dead-letter queue after three receives', async () => {
  const product = await makeProduct({ available: 9 });
  const items = [{ productId: product.productId, name: product.name, quantity: 1, unitPrice: product.price }];
  const orders = await Promise.all(Array.from({ length: 9 }, () => putOrder({ items })));
  const bad = `this is not JSON ${randomUUID()}`;
  const bodies = [...orders.map(({ orderId, createdAt }) => JSON.stringify({ orderId, createdAt })), bad];
  await send(bodies);

  for (const { orderId } of orders) {
    const row = await waitForStatus(orderId, 'COMPLETED');
    expect(row.history.map(({ status }) => status)).toEqual(['PENDING', 'PROCESSING', 'COMPLETED']);
    const payment = await readPayment(orderId);
    expect(payment?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture']);
  }
  await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 0, reserved: 0, sold: 9 });

  const receives = await waitFor('the bad message to be in the dead-letter queue', () => findInDlq(bad), {
    seconds: 120,
  });
  // The count goes on in the dead-letter queue, so that this receive is at least the fourth.
  expect(receives).toBeGreaterThanOrEqual(4);
  const names = await executionNames(orders.map(({ orderId }) => orderId));
  expect(names.sort()).toEqual(orders.map(({ orderId }) => orderId).sort());
});

test('processes an order once whose message is sent twenty times', async () => {
  const product = await makeProduct({ available: 5 });
  const items = [{ productId: product.productId, name: product.name, quantity: 2, unitPrice: product.price }];
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const { orderId, createdAt } = await putOrder({ items });
    const tenTimes = Array.from({ length: 10 }, () => JSON.stringify({ orderId, createdAt }));
    await send(tenTimes);
    await waitForStatus(orderId, 'COMPLETED');
    await send(tenTimes);
    await waitFor('the queue to be empty', queueIsEmpty, { seconds: 120, everyMs: 500 });

    expect(await executionNames([orderId])).toEqual([orderId]);
    const payment = await readPayment(orderId);
    expect(payment?.operations.map(({ kind }) => kind)).toEqual(['authorize', 'capture']);
    await expect(readProduct(product.productId)).resolves.toMatchObject({ available: 3, reserved: 0, sold: 2 });
    const notifications = await waitFor('the notification', async () => {
      const own = (await inbox.messages()).filter(({ body }) => body.orderId === orderId);
      return own.length > 0 && own;
    });
    expect(notifications.map(({ body }) => body)).toEqual([
      expect.objectContaining({ noticeId: `${orderId}:2`, status: 'COMPLETED', sequence: 2 }),
    ]);
  } finally {
    await inbox.close();
  }
});

/** The executions whose names begin with one of these order ids. */
async function executionNames(orderIds: string[]): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stack.orderWorkflowArn, maxResults: 1000, nextToken }),
    );
    names.push(...(page.executions ?? []).map(({ name = '' }) => name));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names.filter((name) => orderIds.some((orderId) => name.startsWith(orderId)));
}

async function send(bodies: string[]): Promise<void> {
  const { Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: stack.orderQueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
  expect(Failed).toEqual([]);
}

async function queueIsEmpty(): Promise<boolean> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stack.orderQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes).every((count) => Number(count) === 0);
}

/** Deletes a message from the dead-letter queue, and returns its receive count; undefined when it is not there. */
async function findInDlq(body: string): Promise<number | undefined> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: stack.orderDlqUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 1,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  const found = Messages.find(({ Body }) => Body === body);
  if (!found) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl: stack.orderDlqUrl, ReceiptHandle: found.ReceiptHandle }));
  return Number(found.Attributes?.ApproximateReceiveCount);
}
