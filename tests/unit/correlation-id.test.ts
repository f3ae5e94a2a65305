import { randomUUID } from 'node:crypto';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { startExecution } from '../../functions/shared/orders/order-execution.ts';
import { sendOrderMessage } from '../../functions/shared/orders/order-queue.ts';
import { readCorrelationId } from '../../functions/shared/runtime/correlation-id.ts';

const key = { orderId: randomUUID(), createdAt: '2026-01-02T03:04:05.678Z' };
const correlationId = randomUUID();
const HEADER = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

/** What a client is told to send. */
async function sentBy<Client>(work: (client: Client) => Promise<void>): Promise<Record<string, unknown>> {
  const inputs: Record<string, unknown>[] = [];
  const send = async ({ input }: { input: Record<string, unknown> }) => inputs.push(input);
  await work({ send } as unknown as Client);
  expect(inputs).toHaveLength(1);
  return inputs[0] ?? {};
}

const message = (order: Parameters<typeof sendOrderMessage>[1]) =>
  sentBy<SQSClient>((sqs) => sendOrderMessage({ sqs, orderQueueUrl: 'https://queue.example' }, order));

let header: string | undefined;
beforeEach(() => {
  header = process.env._X_AMZN_TRACE_ID;
  delete process.env._X_AMZN_TRACE_ID;
});
afterEach(() => {
  if (header === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = header;
});

test('a message has the correlation id of its order, and nothing else of it', async () => {
  const order = { ...key, correlationId, customerName: 'Zoë' };
  expect(JSON.parse(String((await message(order)).MessageBody))).toEqual({ ...key, correlationId });
});

test('the message of an order that an older release wrote is as it was', async () => {
  expect(await message(key)).toEqual({ QueueUrl: 'https://queue.example', MessageBody: JSON.stringify(key) });
});

test('a message has the trace header of the invocation that sends it', async () => {
  process.env._X_AMZN_TRACE_ID = HEADER;
  expect((await message(key)).MessageSystemAttributes).toEqual({
    AWSTraceHeader: { DataType: 'String', StringValue: HEADER },
  });
});

test.each([
  ['with', { ...key, correlationId }],
  ['of an older release, without', key],
])('an execution of an order %s a correlation id gets it as it is on the row', async (_which, order) => {
  const started = await sentBy<SFNClient>((stepFunctions) =>
    startExecution({ stepFunctions, workflowArn: 'arn' }, key.orderId, { ...order }),
  );
  expect(JSON.parse(String(started.input))).toEqual(order);
});

test('only the id of a request is a correlation id, and never a text of somebody', () => {
  expect(readCorrelationId(correlationId)).toBe(correlationId);
  for (const text of [null, undefined, '', 7, 'zoe@example.com', `${correlationId} `, `${correlationId}\n`, {}]) {
    expect([text, readCorrelationId(text)]).toEqual([text, undefined]);
  }
});
