import { PublishCommand, type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import type { Order, OrderKey } from '../shared/orders/order.ts';
import { getOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { markNotified } from '../shared/orders/order-writes.ts';
import { attentionEmail } from './attention-email.ts';
import { pendingEvents } from './outcome-events.ts';

export interface NotifyResources extends OrdersTable {
  sns: Pick<SNSClient, 'send'>;
  /** The topic for customers and shops. */
  notificationsTopicArn: string;
  /** The topic for operators. Only this topic gets OrderNeedsAttention. */
  operationsTopicArn: string;
  /** Told of each event that a topic has taken. */
  onPublished?: (event: OutcomeEvent, order: Order) => void;
}

/**
 * Publishes every pending event of an order, then marks them as published unless the history has grown meanwhile. An
 * event whose mark was lost is published again with the same `noticeId`. Subscribers must ignore one that they have
 * seen before.
 *
 * A topic that fails does not keep back what goes to the other one. But the mark is one number for all of them, so that
 * nothing is marked then: what was published comes again, under the same id.
 *
 * @returns how many events were published, and whether the order was marked. It is not marked when a new outcome
 * came meanwhile. The execution of that outcome then calls `notify` again, or `reconcile` does.
 * @throws OrderNotFound, what DynamoDB throws, and the first that SNS threw, once all were tried. It may be repeated after every error.
 */
export async function publishPendingNotifications(
  key: OrderKey,
  { sns, notificationsTopicArn, operationsTopicArn, onPublished, ...orders }: NotifyResources,
): Promise<{ published: number; marked: boolean }> {
  const order = await getOrder(key, orders);
  const events = pendingEvents(order);
  const failures: unknown[] = [];
  for (const event of events) {
    const TopicArn = event.type === 'OrderNeedsAttention' ? operationsTopicArn : notificationsTopicArn;
    try {
      await sns.send(new PublishCommand({ TopicArn, ...messageOf(event, order) }));
      onPublished?.(event, order);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  if (events.length === 0 && order.noticeDue === undefined) return { published: 0, marked: true };
  const mark = await markNotified(order, orders);
  return { published: events.length, marked: 'written' in mark };
}

/** What SNS is told: the event for programs, with sentences beside it where a person subscribes by e-mail. */
function messageOf(event: OutcomeEvent, order: Order): Omit<PublishCommandInput, 'TopicArn'> {
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  const MessageAttributes = {
    eventType: attribute(event.type),
    status: attribute(event.status),
    noticeId: attribute(event.noticeId),
    // Beside the event and not in it: a listener of an older release refuses a member that it does not know.
    ...(order.correlationId !== undefined && { correlationId: attribute(order.correlationId) }),
  };
  const json = JSON.stringify(event);
  if (event.type !== 'OrderNeedsAttention') return { Message: json, MessageAttributes };
  const { subject, text } = attentionEmail(event, order);
  return {
    Subject: subject,
    Message: JSON.stringify({ default: json, email: text }),
    MessageStructure: 'json',
    MessageAttributes,
  };
}
