import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { readOverview } from '../../functions/admin-overview/admin-overview.ts';
import type { OrderStatus } from '../../functions/shared/orders/order.ts';

interface Row {
  orderId: string;
  createdAt: string;
  status: OrderStatus;
  total: number;
  currency: string;
}

const NOW = new Date('2026-03-04T10:00:00.000Z');
let made = 0;
function row(status: OrderStatus, changes: Partial<Row> = {}): Row {
  made += 1;
  return {
    orderId: `o-${made}`,
    createdAt: '2026-03-04T09:00:00.000Z',
    status,
    total: 1000,
    currency: 'USD',
    ...changes,
  };
}

/** Tables of these orders. The index gives `pageSize` entries at a time, and may say otherwise than the rows. */
function given(rows: Row[], pageSize = 1000, messages: Record<string, string> = {}, index: Row[] = rows) {
  const sent: unknown[] = [];
  const send = async (command: unknown) => {
    sent.push(command);
    if (command instanceof GetQueueAttributesCommand) return { Attributes: messages };
    if (command instanceof BatchGetCommand) {
      const keys = command.input.RequestItems?.orders?.Keys ?? [];
      if (keys.length > 100 || new Set(keys.map(({ orderId }) => orderId)).size < keys.length)
        throw new Error('refused');
      return { Responses: { orders: rows.filter((each) => keys.some(({ orderId }) => orderId === each.orderId)) } };
    }
    if (!(command instanceof QueryCommand)) throw new Error('no such command');
    const { TableName, ExpressionAttributeValues: values = {}, Limit = pageSize, ExclusiveStartKey } = command.input;
    if (TableName === 'ops') return { Items: [] };
    const found = index.filter(
      ({ status, createdAt }) => status === values[':status'] && createdAt >= String(values[':since'] ?? ''),
    );
    const from = Number(ExclusiveStartKey?.from ?? 0);
    const to = from + Math.min(Limit, pageSize);
    const Items = found.slice(from, to);
    return { Items, Count: Items.length, ...(to < found.length && { LastEvaluatedKey: { from: to } }) };
  };
  const resources = {
    // The paginator of the breakers wants a real client.
    dynamodb: Object.assign(DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-west-1' })), { send }),
    sqs: { send } as never,
    ordersTable: 'orders',
    operationsTable: 'ops',
    deadLetterQueues: { orders: 'https://orders', events: 'https://events' },
  };
  return { sent, resources };
}

test('counts the orders of today by status, and all that need attention', async () => {
  const { resources } = given([
    row('COMPLETED'),
    row('COMPLETED', { total: 250, currency: 'EUR' }),
    row('FAILED'),
    row('NEEDS_ATTENTION', { createdAt: '2026-03-04T00:00:00.000Z' }),
    row('NEEDS_ATTENTION', { createdAt: '2026-03-03T23:59:59.999Z' }),
    row('COMPLETED', { createdAt: '2026-03-03T23:59:59.999Z' }),
  ]);
  expect(await readOverview(NOW, resources)).toEqual({
    at: '2026-03-04T10:00:00.000Z',
    since: '2026-03-04T00:00:00.000Z',
    orders: { PENDING: 0, PROCESSING: 0, COMPLETED: 2, FAILED: 1, CANCELLED: 0, NEEDS_ATTENTION: 1 },
    placedToday: 4,
    valueToday: [
      { currency: 'EUR', amount: 2.5 },
      { currency: 'USD', amount: 20 },
    ],
    needAttention: 2,
    deadLetters: [
      { queue: 'orders', messages: 0 },
      { queue: 'events', messages: 0 },
    ],
    breakers: [],
    lowerBounds: [],
  });
});

test('sums no order that failed or was cancelled, also when the index does not know it yet', async () => {
  const [failed, cancelled, late] = [row('FAILED'), row('CANCELLED'), row('CANCELLED')];
  const index = [failed, cancelled, { ...late, status: 'PROCESSING' as const }];
  const { resources } = given([failed, cancelled, late], 1000, {}, index);
  expect(await readOverview(NOW, resources)).toMatchObject({ placedToday: 3, valueToday: [], lowerBounds: [] });
});

test('sums an order once whose status changes between two queries', async () => {
  const order = row('COMPLETED');
  const { resources } = given([order], 1000, {}, [order, { ...order, status: 'PROCESSING' }]);
  expect(await readOverview(NOW, resources)).toMatchObject({ valueToday: [{ currency: 'USD', amount: 10 }] });
});

test('adds the pages of a count, and says when it stopped before the last', async () => {
  const orders = (count: number) => Array.from({ length: count }, () => row('NEEDS_ATTENTION'));
  const whole = await readOverview(NOW, given(orders(30), 10).resources);
  expect(whole).toMatchObject({ needAttention: 30, placedToday: 30 });
  expect(whole.lowerBounds).not.toContain('needAttention');
  const cut = await readOverview(NOW, given(orders(31), 10).resources);
  expect(cut).toMatchObject({ needAttention: 30, placedToday: 30 });
  expect(cut.lowerBounds).toEqual(['orders', 'placedToday', 'valueToday', 'needAttention']);
});

test('reads no more than 500 totals in batches of 100, and says that the value is a lower bound', async () => {
  const { sent, resources } = given([...Array(400)].flatMap(() => [row('COMPLETED'), row('PROCESSING')]));
  const { placedToday, valueToday, lowerBounds } = await readOverview(NOW, resources);
  expect({ placedToday, valueToday, lowerBounds }).toEqual({
    placedToday: 800,
    valueToday: [{ currency: 'USD', amount: 5000 }],
    lowerBounds: ['valueToday'],
  });
  expect(sent.filter((command) => command instanceof BatchGetCommand)).toHaveLength(5);
});

test('counts the dead letters that an inspection hides, too', async () => {
  const messages = { ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '1' };
  expect((await readOverview(NOW, given([], 10, messages).resources)).deadLetters).toEqual([
    { queue: 'orders', messages: 3 },
    { queue: 'events', messages: 3 },
  ]);
});
