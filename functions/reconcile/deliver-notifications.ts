import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { OrderKey } from '../shared/orders/order.ts';
import type { Notifier } from '../shared/orders/request-notification.ts';

/** The function `notify` failed for an order. The notification stays due. */
export class NotificationNotDelivered extends Error {
  override readonly name = 'NotificationNotDelivered';
}

/**
 * Has `notify` publish what is pending for an order, and waits for its answer. An asynchronous call succeeds even when
 * nothing can be published.
 *
 * @returns how many notifications were published: 0 when somebody else was first.
 * @throws NotificationNotDelivered, and what Lambda throws. It may be repeated.
 */
export async function deliverNotifications(
  { orderId, createdAt }: OrderKey,
  { lambda, notifyFunction }: Notifier,
): Promise<number> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: notifyFunction,
      InvocationType: 'RequestResponse',
      Payload: JSON.stringify({ orderId, createdAt }),
    }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || '{}') as Answer;
  if (FunctionError === undefined) return answer.published ?? 0;
  throw new NotificationNotDelivered(`${answer.errorType}: ${answer.errorMessage}`);
}

interface Answer {
  published?: number;
  errorType?: string;
  errorMessage?: string;
}
