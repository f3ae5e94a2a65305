import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { ExecutionInput } from './order-execution.ts';

/** The function `notify`, and the client that reaches it. */
export interface Notifier {
  lambda: LambdaClient;
  notifyFunction: string;
}

/**
 * Starts the function `notify` for an order and does not wait for it. It may be called twice: `notify` reads from the
 * order what is pending, and every notification has an id.
 *
 * @throws what Lambda throws.
 */
export async function requestNotification(
  { lambda, notifyFunction }: Notifier,
  { orderId, createdAt, correlationId }: ExecutionInput,
): Promise<void> {
  await lambda.send(
    new InvokeCommand({
      FunctionName: notifyFunction,
      InvocationType: 'Event',
      Payload: JSON.stringify({ orderId, createdAt, ...(correlationId !== undefined && { correlationId }) }),
    }),
  );
}
