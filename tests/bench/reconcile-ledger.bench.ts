import { performance } from 'node:perf_hooks';
import { BatchWriteCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { sandboxProvider } from '../../functions/shared/payments/providers/sandbox-provider.ts';
import { dynamodb, stack } from '../support/stack.ts';

// npm run bench:reconcile: what the ledger sweep reads of a Payments table with two days of 100,000 orders, by the index
// and as a scan of the table. On DynamoDB Local, whose times say which is slower and not how slow DynamoDB is.

const ROWS = 200_000;
const ROWS_A_DAY = 100_000;
const NOW = Date.parse('2026-03-03T00:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

jest.setTimeout(15 * 60_000);

/** A completed payment as the sandbox leaves it; the n-th of a steady flow that ends now. */
function payment(n: number) {
  const orderId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const at = new Date(NOW - ((ROWS - n) * DAY) / ROWS_A_DAY).toISOString();
  return {
    paymentId: `pay_${orderId}`,
    orderId,
    currency: 'USD',
    authorizedAmount: 4998,
    capturedAmount: 4998,
    refundedAmount: 0,
    voided: false,
    touchedDay: at.slice(0, 10),
    touchedAt: at,
    operations: ['authorize', 'capture'].map((kind) => ({ key: `${orderId}:${kind}`, kind, at })),
  };
}

async function fill(): Promise<void> {
  let next = 0;
  const writer = async () => {
    while (next < ROWS) {
      const first = next;
      next += 25;
      const puts = Array.from({ length: 25 }, (_, index) => ({ PutRequest: { Item: payment(first + index) } }));
      let left: Record<string, typeof puts> | undefined = { [stack.paymentsTable]: puts };
      while (left && Object.keys(left).length > 0) {
        left = (await dynamodb.send(new BatchWriteCommand({ RequestItems: left }))).UnprocessedItems as typeof left;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}

interface Cost {
  what: string;
  'rows read': number;
  'rows found': number;
  requests: number;
  'read units': number;
  seconds: number;
}

/** Counts what the commands that are sent meanwhile read. */
async function measure(what: string, work: () => Promise<number>): Promise<Cost> {
  const cost = { rows: 0, requests: 0, units: 0 };
  const send = dynamodb.send.bind(dynamodb);
  const spy = jest.spyOn(dynamodb, 'send').mockImplementation((async (command: QueryCommand | ScanCommand) => {
    const asked = { ...command.input, ReturnConsumedCapacity: 'TOTAL' as const };
    const answer = await (command instanceof QueryCommand
      ? send(new QueryCommand(asked))
      : send(new ScanCommand(asked)));
    cost.rows += answer.ScannedCount ?? 0;
    cost.requests += 1;
    cost.units += answer.ConsumedCapacity?.CapacityUnits ?? 0;
    return answer;
  }) as unknown as typeof dynamodb.send);
  const startedAt = performance.now();
  const found = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  spy.mockRestore();
  return {
    what,
    'rows read': cost.rows,
    'rows found': found,
    requests: cost.requests,
    'read units': cost.units,
    seconds: Math.round(seconds * 10) / 10,
  };
}

async function byIndex(since: string): Promise<number> {
  const provider = sandboxProvider({
    dynamodb,
    paymentsTable: stack.paymentsTable,
    faults: true,
    now: () => new Date(NOW),
  });
  let found = 0;
  let nextToken: string | undefined;
  do {
    const page = await provider.listSince(since, nextToken);
    found += page.payments.length;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** As the sweep read the table before there was an index. */
async function byScan(since: string): Promise<number> {
  let found = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName: stack.paymentsTable,
        FilterExpression: 'begins_with(paymentId, :payment)',
        ExpressionAttributeValues: { ':payment': 'pay_' },
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    const rows = (page.Items ?? []) as ReturnType<typeof payment>[];
    found += rows.filter(({ operations }) => operations.some(({ at }) => at >= since)).length;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found;
}

test('the sweep reads the payments of its window, and not those of all time', async () => {
  await fill();
  const costs: Cost[] = [];
  for (const [name, ms] of [
    ['a day', DAY],
    ['an hour', HOUR],
  ] as const) {
    const since = new Date(NOW - ms).toISOString();
    const query = await measure(`index, ${name}`, () => byIndex(since));
    const scan = await measure(`scan, ${name}`, () => byScan(since));
    costs.push(query, scan);
    expect(query['rows found']).toBe(scan['rows found']);
    expect(query['rows read']).toBe(query['rows found']);
    expect(scan['rows read']).toBe(ROWS);
  }
  process.stdout.write(`${ROWS} payments\n`);
  for (const { what, ...numbers } of costs) {
    const line = Object.entries(numbers).map(([name, value]) => `${value} ${name}`);
    process.stdout.write(`${what.padEnd(16)} ${line.join(', ')}\n`);
  }
});
