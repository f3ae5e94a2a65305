import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { traceHeader } from '../runtime/tracing.ts';
import type { Order, OrderKey } from './order.ts';

/** The orders queue, and the client that reaches it. */
export interface OrderQueue {
  sqs: Pick<SQSClient, 'send'>;
  orderQueueUrl: string;
}

/** A message of the orders queue. Fields may be added, but a consumer may depend only on these. */
export type OrderMessage = OrderKey & Pick<Order, 'correlationId'>;

/**
 * Sends an order to its workflow, with the trace header of this invocation. A second message does no harm, because the execution is named after the order.
 *
 * @throws what SQS throws.
 */
export async function sendOrderMessage(
  { sqs, orderQueueUrl }: OrderQueue,
  { orderId, createdAt, correlationId }: OrderMessage,
): Promise<void> {
  const message: OrderMessage = { orderId, createdAt, ...(correlationId !== undefined && { correlationId }) };
  const header = traceHeader();
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: orderQueueUrl,
      MessageBody: JSON.stringify(message),
      ...(header !== undefined && {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } },
      }),
    }),
  );
}
