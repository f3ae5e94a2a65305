import { DescribeExecutionCommand, GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { listExecutions } from '../../functions/list-executions/list-executions.ts';
import type { Order } from '../../functions/shared/orders/order.ts';

const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const workflowArn = 'arn:aws:states:eu-west-1:123456789012:stateMachine:ProcessOrder';
const arnOf = (name: string) => `arn:aws:states:eu-west-1:123456789012:execution:ProcessOrder:${name}`;
const order = (changes: Partial<Order> = {}) => ({ orderId, ...changes }) as Order;

/** Executions by name, with the minute of their start; each has `events` events. */
function workflow(starts: Record<string, number>, events = 1, status = 'SUCCEEDED') {
  const sent: (DescribeExecutionCommand | GetExecutionHistoryCommand)[] = [];
  const send = async (command: DescribeExecutionCommand | GetExecutionHistoryCommand) => {
    sent.push(command);
    if (command instanceof GetExecutionHistoryCommand) {
      const { nextToken = '0', maxResults = 0 } = command.input;
      const from = Number(nextToken);
      const page = Array.from({ length: Math.min(maxResults, events - from) }, (_, index) => ({
        id: from + index + 1,
        type: 'TaskStateEntered',
        timestamp: new Date(0),
        stateEnteredEventDetails: { name: `S${from + index + 1}` },
      }));
      const end = from + page.length;
      return { events: page, ...(end < events && { nextToken: String(end) }) };
    }
    const name = String(command.input.executionArn).split(':').at(-1) ?? '';
    const minute = starts[name];
    if (minute === undefined) throw Object.assign(new Error(name), { name: 'ExecutionDoesNotExist' });
    const startDate = new Date(Date.UTC(2026, 0, 1, 0, minute));
    return { name, executionArn: arnOf(name), status, startDate, stopDate: new Date(Date.UTC(2026, 0, 2)) };
  };
  return { sent, workflow: { stepFunctions: { send: send as never }, workflowArn } };
}
const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);

test('orders the executions by their start, wherever the cancel came', async () => {
  const starts = { [orderId]: 0, [`${orderId}-retry-1`]: 1, [`${orderId}-cancel`]: 2, [`${orderId}-retry-2`]: 3 };
  const page = await listExecutions(
    order({ attempts: 2, cancelRequested: true }),
    undefined,
    workflow(starts).workflow,
  );
  expect(names(page)).toEqual(Object.keys(starts));
  expect(page).not.toHaveProperty('nextToken');
  expect(page.items[0]).toEqual({
    name: orderId,
    status: 'SUCCEEDED',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-02T00:00:00.000Z',
    arn: arnOf(orderId),
    states: [expect.objectContaining({ name: 'S1' })],
  });
});

test('leaves out what Step Functions does not keep any more, and asks for no cancel that nobody requested', async () => {
  const { sent, workflow: of } = workflow({ [`${orderId}-retry-2`]: 3 });
  expect(names(await listExecutions(order({ attempts: 2 }), undefined, of))).toEqual([`${orderId}-retry-2`]);
  const described = sent.filter((command) => command instanceof DescribeExecutionCommand);
  expect(described.map(({ input }) => input.executionArn)).toEqual(
    [orderId, `${orderId}-retry-1`, `${orderId}-retry-2`].map(arnOf),
  );
});

test('an execution that runs, or waits for its redrive, is RUNNING and has no end', async () => {
  for (const status of ['RUNNING', 'PENDING_REDRIVE']) {
    const { items } = await listExecutions(order(), undefined, workflow({ [orderId]: 0 }, 1, status).workflow);
    expect(items[0]).toMatchObject({ status: 'RUNNING' });
    expect(items[0]).not.toHaveProperty('endedAt');
  }
});

test('shows an order with many executions page by page, each once', async () => {
  const all = [orderId, ...Array.from({ length: 11 }, (_, n) => `${orderId}-retry-${n + 1}`)];
  // Two started in the same minute.
  const starts = Object.fromEntries(all.map((name, index) => [name, Math.floor(index / 2)]));
  const { sent, workflow: of } = workflow(starts);
  const seen: string[] = [];
  let token: string | undefined;
  for (const expected of [5, 5, 2]) {
    sent.length = 0;
    const page = await listExecutions(order({ attempts: 11 }), token, of);
    expect(page.items).toHaveLength(expected);
    expect(sent.filter((command) => command instanceof GetExecutionHistoryCommand)).toHaveLength(expected);
    seen.push(...names(page));
    token = page.nextToken;
  }
  expect(token).toBeUndefined();
  expect(seen.sort()).toEqual([...all].sort());
});

test('asks for the newest retries of an order that was retried very often', async () => {
  const { sent, workflow: of } = workflow({});
  await listExecutions(order({ attempts: 1000, cancelRequested: true }), undefined, of);
  const asked = sent.map(({ input }) => String(input.executionArn).split(':').at(-1));
  expect(asked).toHaveLength(50);
  expect(asked).toEqual(expect.arrayContaining([orderId, `${orderId}-cancel`, `${orderId}-retry-1000`]));
  expect(asked).not.toContain(`${orderId}-retry-952`);
});

test('reads a history without execution data, in as many calls as it needs', async () => {
  const { sent, workflow: of } = workflow({ [orderId]: 0 }, 2500);
  const { items } = await listExecutions(order(), undefined, of);
  expect(items[0]?.states).toHaveLength(2500);
  expect(items[0]).not.toHaveProperty('truncated');
  const calls = sent.filter((command) => command instanceof GetExecutionHistoryCommand);
  expect(calls.map(({ input }) => input.includeExecutionData)).toEqual([false, false, false]);
});

test('says when a history is longer than what is read', async () => {
  const { items } = await listExecutions(order(), undefined, workflow({ [orderId]: 0 }, 3001).workflow);
  expect(items[0]?.states).toHaveLength(3000);
  expect(items[0]).toMatchObject({ truncated: true });
});

test('refuses a token of another list', async () => {
  const nextToken = Buffer.from('["2026-01-01T00:00:00.000Z"]').toString('base64url');
  const { sent, workflow: of } = workflow({ [orderId]: 0 });
  await expect(listExecutions(order(), nextToken, of)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  expect(sent).toEqual([]);
});

test('passes on an error of Step Functions that is not about a missing execution', async () => {
  const { workflow: of } = workflow({});
  const refused = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
  const stepFunctions = { send: (() => Promise.reject(refused)) as never };
  await expect(listExecutions(order(), undefined, { ...of, stepFunctions })).rejects.toBe(refused);
});
