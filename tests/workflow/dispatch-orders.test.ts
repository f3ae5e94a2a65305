import { randomUUID } from 'node:crypto';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { aws, stack } from '../support/stack.ts';

jest.setTimeout(60_000);

// The emulator has no host of its own for synchronous executions.
const sfn = new SFNClient({ ...aws, disableHostPrefix: stack.endpoint !== undefined });

/** Runs dispatch-orders for records as the pipe sends them, and returns the ids of the messages to deliver again. */
async function dispatch(records: { messageId: string; body: unknown }[]): Promise<string[]> {
  const { status, output, cause } = await sfn.send(
    new StartSyncExecutionCommand({ stateMachineArn: stack.dispatchWorkflowArn, input: JSON.stringify(records) }),
  );
  if (status !== 'SUCCEEDED') throw new Error(`dispatch-orders ended ${status}: ${cause}`);
  const answer = JSON.parse(output ?? '{}') as { batchItemFailures: { itemIdentifier: string }[] };
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function orderMessage(): Promise<{ orderId: string; createdAt: string }> {
  const { orderId, createdAt } = await putOrder();
  return { orderId, createdAt };
}

test('starts the good orders of a batch and asks for the others again', async () => {
  const [first, second] = await Promise.all([orderMessage(), orderMessage()]);
  const again = await dispatch([
    { messageId: 'first', body: first },
    { messageId: 'text', body: 'this is not JSON' },
    { messageId: 'second', body: { ...second, somethingNew: true } },
    { messageId: 'list', body: [first] },
  ]);
  expect(again).toEqual(['text', 'list']);
  await waitForStatus(first.orderId, 'COMPLETED');
  await waitForStatus(second.orderId, 'COMPLETED');
});

test('does not ask again for a message whose order has an execution already, running or ended', async () => {
  const message = await orderMessage();
  const records = [{ messageId: 'one', body: message }];
  await expect(dispatch(records)).resolves.toEqual([]);
  await expect(dispatch(records)).resolves.toEqual([]);
  await waitForStatus(message.orderId, 'COMPLETED');
  await expect(dispatch(records)).resolves.toEqual([]);
});

test('answers an empty list for one good message, and a list of one for one bad message', async () => {
  await expect(dispatch([{ messageId: 'one', body: await orderMessage() }])).resolves.toEqual([]);
  await expect(dispatch([{ messageId: 'one', body: 'nothing' }])).resolves.toEqual(['one']);
});

const createdAt = new Date().toISOString();
test.each([
  ['no body', undefined],
  ['null', null],
  ['a number', 17],
  ['no order id', { createdAt }],
  ['an order id that is a number', { orderId: 17, createdAt }],
  ['an order id with more behind it', { orderId: `${randomUUID()}-cancel`, createdAt }],
  ['an order id that names no execution', { orderId: '../../x', createdAt }],
  ['no time', { orderId: randomUUID() }],
  ['the key of an idempotency record as a time', { orderId: randomUUID(), createdAt: '#' }],
])('asks for a message again that has %s', async (_, body) => {
  await expect(dispatch([{ messageId: 'one', body }])).resolves.toEqual(['one']);
});
