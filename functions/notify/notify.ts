import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { despiteConflicts } from '../shared/aws/conflict.ts';
import { type HistoryEntry, type Order, type OrderKey, OUTCOMES, type Outcome } from '../shared/orders/order.ts';
import { getOrder } from '../shared/orders/order-table.ts';
import { unlessRefused } from '../shared/orders/order-update.ts';

/** What subscribers receive for one outcome of an order. Consumers drop a `noticeId` that they have seen. */
export interface Notice {
  /** `<orderId>:<sequence>`, the same however often the notice is sent. */
  noticeId: string;
  orderId: string;
  sequence: number;
  status: Outcome;
  /** ISO 8601, UTC. */
  at: string;
  customerId?: string;
  /** Minor units. */
  total: number;
  currency: string;
  error?: NonNullable<Order['error']>;
  /** What an operator has to know about an order that needs attention. */
  detail?: string;
}

export interface Announcement {
  dynamodb: DynamoDBDocumentClient;
  ordersTable: string;
  sns: Pick<SNSClient, 'send'>;
  /** Where customers and shops listen. */
  notificationsTopicArn: string;
  /** Where operators listen; they alone are told that an order needs attention. */
  operationsTopicArn: string;
}

/**
 * Announces what is on the order's row and has not been announced, then marks it so unless the history has grown
 * meanwhile. A notice whose mark was lost goes out again under the same id.
 *
 * @returns how many notices were published, and whether the row is marked; if not, the outcome that came meanwhile
 * has its own notify, and reconcile.
 * @throws OrderNotFound, and whatever SNS or DynamoDB throw: everything may be repeated.
 */
export async function announceOutcomes(
  key: OrderKey,
  { dynamodb, ordersTable, sns, notificationsTopicArn, operationsTopicArn }: Announcement,
): Promise<{ published: number; marked: boolean }> {
  const order = await getOrder(dynamodb, ordersTable, key);
  const notices = dueNotices(order);
  for (const notice of notices) {
    await sns.send(
      new PublishCommand({
        TopicArn: notice.status === 'NEEDS_ATTENTION' ? operationsTopicArn : notificationsTopicArn,
        Message: JSON.stringify(notice),
        MessageAttributes: {
          status: { DataType: 'String', StringValue: notice.status },
          noticeId: { DataType: 'String', StringValue: notice.noticeId },
        },
      }),
    );
  }
  if (notices.length === 0 && order.noticeDue === undefined) return { published: 0, marked: true };
  const mark = await despiteConflicts(() =>
    unlessRefused(() =>
      dynamodb.send(
        new UpdateCommand({
          TableName: ordersTable,
          Key: { orderId: order.orderId, createdAt: order.createdAt },
          UpdateExpression: 'SET announced = :n REMOVE noticeDue',
          ConditionExpression: 'size(history) = :n',
          ExpressionAttributeValues: { ':n': order.history.length },
        }),
      ),
    ),
  );
  return { published: notices.length, marked: 'output' in mark };
}

/** The notices of every outcome in the history that has not been announced, oldest first. */
export function dueNotices(order: Order): Notice[] {
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
      customerId: order.customerId,
      total: order.total,
      currency: order.currency,
      // A completed or cancelled order may carry what once stopped it; that is not why it ended so.
      ...(order.error && (status === 'FAILED' || status === 'NEEDS_ATTENTION') && { error: order.error }),
      ...(status === 'NEEDS_ATTENTION' && detail !== undefined && { detail }),
    }));
}

function isOutcome(entry: HistoryEntry): entry is HistoryEntry & { status: Outcome } {
  return OUTCOMES.some((outcome) => outcome === entry.status);
}
