import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type HistoryEntry, type Order, type OrderKey, OUTCOMES, type Outcome } from '../shared/orders/order.ts';
import { getOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { markNotified } from '../shared/orders/order-writes.ts';
import { plainError } from '../shared/orders/plain-reason.ts';

/** What subscribers receive for one outcome of an order. They must ignore a `noticeId` that they have seen before. */
export interface Notification {
  /** `<orderId>:<sequence>`, the same however often the notification is sent. */
  noticeId: string;
  orderId: string;
  sequence: number;
  status: Outcome;
  /** ISO 8601, UTC. */
  at: string;
  /** Absent on the operators' topic: it is not encrypted, and nobody there needs it. */
  customerId?: string;
  /** Minor units. */
  total: number;
  currency: string;
  /** Plain words on the topic for customers; what the workflow wrote on the topic for operators. */
  error?: Pick<NonNullable<Order['error']>, 'code' | 'message'> & { state?: string };
  /** Why the order needs attention. */
  detail?: string;
}

export interface NotifyResources extends OrdersTable {
  sns: Pick<SNSClient, 'send'>;
  /** The topic for customers and shops. */
  notificationsTopicArn: string;
  /** The topic for operators. Only this topic gets NEEDS_ATTENTION. */
  operationsTopicArn: string;
}

/**
 * Publishes every pending notification of an order, then marks them as published unless the history has grown
 * meanwhile. A notification whose mark was lost is published again with the same id.
 *
 * A topic that fails does not keep back what goes to the other one. But the mark is one number for all of them, so that
 * nothing is marked then: what was published comes again, under the same id.
 *
 * @returns how many notifications were published, and whether the order was marked. It is not marked when a new outcome
 * came meanwhile. The execution of that outcome then calls `notify` again, or `reconcile` does.
 * @throws OrderNotFound, what DynamoDB throws, and the first that SNS threw, once all were tried. It may be repeated after every error.
 */
export async function publishPendingNotifications(
  key: OrderKey,
  { sns, notificationsTopicArn, operationsTopicArn, ...orders }: NotifyResources,
): Promise<{ published: number; marked: boolean }> {
  const order = await getOrder(key, orders);
  const notifications = pendingNotifications(order);
  const failures: unknown[] = [];
  for (const notification of notifications) {
    const TopicArn = notification.status === 'NEEDS_ATTENTION' ? operationsTopicArn : notificationsTopicArn;
    await sns
      .send(
        new PublishCommand({
          TopicArn,
          Message: JSON.stringify(notification),
          MessageAttributes: {
            status: { DataType: 'String', StringValue: notification.status },
            noticeId: { DataType: 'String', StringValue: notification.noticeId },
          },
        }),
      )
      .catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  if (notifications.length === 0 && order.noticeDue === undefined) return { published: 0, marked: true };
  const mark = await markNotified(order, orders);
  return { published: notifications.length, marked: 'written' in mark };
}

/** The notifications of an order that are not published yet, oldest first. */
export function pendingNotifications(order: Order): Notification[] {
  return order.history
    .map((entry, sequence) => ({ entry, sequence }))
    .slice(order.announced ?? 0)
    .filter((one): one is { entry: HistoryEntry & { status: Outcome }; sequence: number } => isOutcome(one.entry))
    .map(({ entry: { status, at, detail }, sequence }) => ({
      noticeId: `${order.orderId}:${sequence}`,
      orderId: order.orderId,
      sequence,
      status,
      at,
      ...(status !== 'NEEDS_ATTENTION' && { customerId: order.customerId }),
      total: order.total,
      currency: order.currency,
      // A completed or cancelled order may still hold an earlier error, which is not the reason of its outcome.
      ...(order.error && status === 'FAILED' && { error: plainError(order.error) }),
      ...(order.error && status === 'NEEDS_ATTENTION' && { error: order.error }),
      ...(status === 'NEEDS_ATTENTION' && detail !== undefined && { detail }),
    }));
}

function isOutcome(entry: HistoryEntry): entry is HistoryEntry & { status: Outcome } {
  return OUTCOMES.some((outcome) => outcome === entry.status);
}
