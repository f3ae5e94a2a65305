import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { OrderKey } from './order.ts';

/** The function `notify`, and the client that reaches it. */
export interface Notifier {
  lambda: LambdaClient;
  notifyFunction: string;
}

/**
 * Has `notify` announce whatever of an order is not announced yet, without waiting for it. Asking twice is harmless:
 * what to say is read from the order, and every notification has an id.
 */
export async function requestNotification(
  { lambda, notifyFunction }: Notifier,
  { orderId, createdAt }: OrderKey,
): Promise<void> {
  await lambda.send(
    new InvokeCommand({
      FunctionName: notifyFunction,
      InvocationType: 'Event',
      Payload: JSON.stringify({ orderId, createdAt }),
    }),
  );
}
