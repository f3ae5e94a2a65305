import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { toDecimal } from '../shared/money.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import { ORDER_STATUSES, type Order, type OrderKey, type OrderStatus } from '../shared/orders/order.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';
import { listBreakers } from '../shared/payments/breaker-store.ts';
import { type BreakerView, toBreakerView } from '../shared/payments/breaker-view.ts';

/** The figures that the API shows. Today is the day in UTC. */
export interface Overview {
  /** When the figures were read, and when the day began; ISO 8601, UTC. */
  at: string;
  since: string;
  /** Orders placed today, by the status that they have now. */
  orders: Record<OrderStatus, number>;
  placedToday: number;
  /** The totals of today's orders that neither failed nor were cancelled: decimals, by currency. */
  valueToday: { currency: string; amount: number }[];
  /** All orders that need attention, of every day. */
  needAttention: number;
  /** Messages that nobody could take, by queue. The queue's own count is approximate. */
  deadLetters: { queue: string; messages: number }[];
  breakers: BreakerView[];
  /** The figures above of which more exists than was counted. */
  lowerBounds: LowerBound[];
}

export type LowerBound = 'orders' | 'placedToday' | 'valueToday' | 'needAttention';

export type OverviewResources = OrdersTable &
  OperationsTable & {
    sqs: Pick<SQSClient, 'send'>;
    /** The addresses of the dead-letter queues, by the name that is shown. */
    deadLetterQueues: Readonly<Record<string, string>>;
  };

/** A page of a count is 1 MB of the index: about 7,000 orders. */
const MOST_PAGES = 3;
/** How many orders' totals are read: of each status with a value the newest ones, in batches of 100. */
const MOST_VALUED = 500;
const BATCH = 100;
const VALUED: readonly OrderStatus[] = ORDER_STATUSES.filter((status) => status !== 'FAILED' && status !== 'CANCELLED');

/** Reads the figures of today. Each part is bounded, so that a busy day costs no more than a fixed number of reads. */
export async function readOverview(now: Date, resources: OverviewResources): Promise<Overview> {
  const at = now.toISOString();
  const since = `${at.slice(0, 10)}T00:00:00.000Z`;
  const [counts, value, needAttention, deadLetters, breakers] = await Promise.all([
    Promise.all(ORDER_STATUSES.map((status) => countOrders(status, since, resources))),
    valueSince(since, resources),
    countOrders('NEEDS_ATTENTION', '', resources),
    Promise.all(Object.entries(resources.deadLetterQueues).map((queue) => countMessages(queue, resources))),
    listBreakers(resources),
  ]);
  const someOrdersAreMissing = counts.some(({ isWhole }) => !isWhole);
  const bounds: Record<LowerBound, boolean> = {
    orders: someOrdersAreMissing,
    placedToday: someOrdersAreMissing,
    valueToday: !value.isWhole,
    needAttention: !needAttention.isWhole,
  };
  return {
    at,
    since,
    orders: Object.fromEntries(ORDER_STATUSES.map((status, index) => [status, counts[index]?.count ?? 0])) as Record<
      OrderStatus,
      number
    >,
    placedToday: counts.reduce((sum, { count }) => sum + count, 0),
    valueToday: value.amounts,
    needAttention: needAttention.count,
    deadLetters,
    breakers: breakers.map(toBreakerView),
    lowerBounds: (Object.keys(bounds) as LowerBound[]).filter((figure) => bounds[figure]),
  };
}

/** The query of the orders with a status since a time, newest first. An empty time is before all others. */
function ordersSince(status: OrderStatus, since: string, ordersTable: string): QueryCommandInput {
  return {
    TableName: ordersTable,
    IndexName: 'status-index',
    KeyConditionExpression: `#status = :status${since && ' AND createdAt >= :since'}`,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': status, ...(since && { ':since': since }) },
    ScanIndexForward: false,
  };
}

async function countOrders(status: OrderStatus, since: string, { dynamodb, ordersTable }: OrdersTable) {
  const query = { ...ordersSince(status, since, ordersTable), Select: 'COUNT' as const };
  let count = 0;
  let from: QueryCommandInput['ExclusiveStartKey'];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await dynamodb.send(new QueryCommand({ ...query, ...(from && { ExclusiveStartKey: from }) }));
    count += answer.Count ?? 0;
    from = answer.LastEvaluatedKey;
    if (!from) break;
  }
  return { count, isWhole: !from };
}

/** Sums totals, which the index does not hold: they are read from the rows that it names. */
async function valueSince(since: string, { dynamodb, ordersTable }: OrdersTable) {
  const pages = await Promise.all(
    VALUED.map((status) =>
      dynamodb.send(new QueryCommand({ ...ordersSince(status, since, ordersTable), Limit: MOST_VALUED })),
    ),
  );
  // An order whose status changes between two of the queries is in both answers, and a batch may not name it twice.
  const keys = new Map<string, OrderKey>();
  for (const { Items = [] } of pages) {
    for (const { orderId, createdAt } of Items as OrderKey[]) keys.set(orderId, { orderId, createdAt });
  }
  const valued = [...keys.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, MOST_VALUED);
  const batches = Array.from({ length: Math.ceil(valued.length / BATCH) }, (_, index) =>
    valued.slice(index * BATCH, (index + 1) * BATCH),
  );
  const answers = await Promise.all(batches.map((batch) => readTotals(batch, { dynamodb, ordersTable })));
  const rows = answers.flat();
  const sums = new Map<string, number>();
  // The index may be a moment behind the row.
  for (const { currency, total } of rows.filter(({ status }) => VALUED.includes(status))) {
    sums.set(currency, (sums.get(currency) ?? 0) + total);
  }
  return {
    amounts: [...sums].sort().map(([currency, total]) => ({ currency, amount: toDecimal(total) })),
    // A batch that is throttled or too large leaves some of its rows out.
    isWhole: pages.every(({ LastEvaluatedKey }) => !LastEvaluatedKey) && rows.length === keys.size,
  };
}

async function readTotals(batch: OrderKey[], { dynamodb, ordersTable }: OrdersTable) {
  const { Responses } = await dynamodb.send(
    new BatchGetCommand({
      RequestItems: {
        [ordersTable]: {
          Keys: batch,
          ProjectionExpression: '#status, #total, currency',
          ExpressionAttributeNames: { '#status': 'status', '#total': 'total' },
        },
      },
    }),
  );
  return (Responses?.[ordersTable] ?? []) as Pick<Order, 'status' | 'total' | 'currency'>[];
}

async function countMessages([queue, QueueUrl]: [string, string], { sqs }: OverviewResources) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      // An inspection hides messages for a moment.
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return { queue, messages: Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0) };
}
