import { randomUUID } from 'node:crypto';
import { SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { sns, sqs } from './stack.ts';

export interface Inbox {
  /** Every message that has come so far, in the order of arrival. */
  messages(): Promise<{ body: Record<string, unknown>; attributes: Record<string, string> }[]>;
  close(): Promise<void>;
}

/** A queue of the test's own, subscribed to a topic: what a subscriber would get. Close it at the end. */
export async function openInbox(topicArn: string): Promise<Inbox> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `inbox-${randomUUID()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const queueArn = Attributes?.QueueArn;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: { RawMessageDelivery: 'true' },
      ReturnSubscriptionArn: true,
    }),
  );

  const arrived: Awaited<ReturnType<Inbox['messages']>> = [];
  return {
    async messages() {
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 3600,
            MessageAttributeNames: ['All'],
          }),
        );
        for (const message of Messages) {
          const attributes = Object.entries(message.MessageAttributes ?? {});
          arrived.push({
            body: JSON.parse(message.Body ?? 'null'),
            attributes: Object.fromEntries(attributes.map(([name, value]) => [name, value.StringValue ?? ''])),
          });
        }
        if (Messages.length === 0) return arrived;
      }
    },
    async close() {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}
