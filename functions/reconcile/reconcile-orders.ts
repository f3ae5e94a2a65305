import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Order, OrderKey, OrderStatus } from '../shared/orders/order.ts';
import { executionState, type OrderWorkflow, startExecution } from '../shared/orders/order-execution.ts';
import { type OrderQueue, sendOrderMessage } from '../shared/orders/order-queue.ts';
import { getOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { countResend, escalate, resume } from '../shared/orders/order-writes.ts';
import { decideOrder, isOverdue, type OrderAction, type Thresholds } from './decide-order.ts';

export interface OrderResources extends OrdersTable, OrderQueue {
  workflow: OrderWorkflow;
}

/** What was done for one order. REFUSED means that the order had changed when the write came. */
export type OrderOutcome = OrderAction | 'REFUSED';

/** How many messages are in the queue, hidden ones included. */
export async function backlogOf({ sqs, orderQueueUrl }: OrderQueue): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: orderQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return (
    Number(Attributes?.ApproximateNumberOfMessages ?? 0) +
    Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0)
  );
}

/** The keys of the orders of one status that were created before a time (ISO 8601), oldest first, all pages. */
export async function* ordersOf(
  status: OrderStatus,
  before: string,
  { dynamodb, ordersTable }: OrdersTable,
): AsyncGenerator<OrderKey> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      TableName: ordersTable,
      IndexName: 'status-index',
      KeyConditionExpression: '#status = :status AND createdAt <= :before',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': status, ':before': before },
    },
  );
  for await (const { Items } of pages) yield* (Items ?? []) as OrderKey[];
}

/** The keys of the orders with a notification that is pending since before a time (ISO 8601), all pages. */
export async function* overdueNotifications(
  before: string,
  { dynamodb, ordersTable }: OrdersTable,
): AsyncGenerator<OrderKey> {
  const pages = paginateScan(
    { client: dynamodb },
    {
      TableName: ordersTable,
      IndexName: 'notice-index',
      FilterExpression: 'noticeDue <= :before',
      ExpressionAttributeValues: { ':before': before },
    },
  );
  for await (const { Items } of pages) yield* (Items ?? []) as OrderKey[];
}

/** What a caller says of one order besides where it is. */
export interface ReconcileOrder {
  /** Milliseconds since 1970. */
  now: number;
  /** Asked only for an order whose message seems lost. */
  mayResend: () => Promise<boolean>;
  /** Told the order as it was read. */
  onOrder?: (order: Order) => void;
}

/**
 * Reads one order and does the one thing that it needs, if any. Every write is conditional on what was read, and every
 * start uses the recorded name. A second run, or one at the same time, therefore has no further effect.
 *
 * @throws OrderNotFound, and what AWS throws.
 */
export async function reconcileOrder(
  key: OrderKey,
  thresholds: Thresholds,
  { now, mayResend, onOrder, ...resources }: OrderResources & ReconcileOrder,
): Promise<OrderOutcome> {
  const order = await getOrder(key, resources);
  onOrder?.(order);
  if (!isOverdue(order, now, thresholds)) return 'LEAVE';
  const execution = order.executionId ?? order.orderId;
  const action = decideOrder(order, await executionState(resources.workflow, execution), now, thresholds);
  const at = new Date(now).toISOString();
  switch (action) {
    case 'LEAVE':
      return action;
    case 'RESEND':
      return (await mayResend()) ? resend(order, at, resources) : 'LEAVE';
    case 'START':
      await startExecution(resources.workflow, execution, order);
      return action;
    case 'RESUME': {
      const result = await resume(order, at, 'resumed by reconcile', resources);
      const resumed = 'written' in result ? result.written : undefined;
      if (!resumed?.executionId) return 'REFUSED';
      await startExecution(resources.workflow, resumed.executionId, resumed);
      return action;
    }
    case 'ESCALATE': {
      const result = await escalate(order, order.executionId, at, 'reconcile could not help', resources);
      return 'refusedBy' in result ? 'REFUSED' : action;
    }
  }
}

/** Counts first and sends then, so that the number of resends is limited even when messages are lost. */
async function resend(order: Order, at: string, resources: OrderResources): Promise<OrderOutcome> {
  const counted = await countResend(order, at, resources);
  if ('refusedBy' in counted) return 'REFUSED';
  await sendOrderMessage(resources, order);
  return 'RESEND';
}
