import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { type Delivery, findDeliveries } from '../../../functions/shared/notifications/delivery.ts';
import { definitionOf } from '../../dynamodb-local/engine.ts';
import { copyFunction } from '../../support/function-copy.ts';
import { iam, putPolicy } from '../../support/role-policies.ts';
import { aws, dynamodb, sqs, stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { resourcesOf } from '../../template/template.ts';

/** The deployed deliver-notification under another name, with a queue and records of its own, before other providers. */
export interface DeliveryCopy {
  queueUrl: string;
  /** Invokes it, and returns its result and its log. */
  invoke(event: unknown): Promise<{ result: unknown; log: string }>;
  deliveriesOf(orderId: string): Promise<Pick<Delivery, 'status' | 'channel' | 'attempts' | 'error'>[]>;
  /** The bodies of its dead letters, each once. */
  deadLetters(): Promise<string[]>;
  /** How many messages are in its queue, received ones included. */
  queued(): Promise<number>;
  close(): Promise<void>;
}

/** How long a received message is hidden, in seconds. The deployed queue has the same here (local/queues.ts). */
const VISIBILITY = 5;
const MAX_RECEIVES = 5;

/** @param providersAt where it finds SES and SNS */
export async function openDeliveryCopy(providersAt: string): Promise<DeliveryCopy> {
  const lambda = new LambdaClient(aws);
  const name = `deliver-${randomUUID().slice(0, 8)}`;
  const operationsTable = await makeOperationsTable(name);
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
  );
  const allow = (Action: string | string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
  await putPolicy(name, name, {
    Version: '2012-10-17',
    Statement: [allow(['dynamodb:Query', 'dynamodb:UpdateItem']), allow(['logs:CreateLogStream', 'logs:PutLogEvents'])],
  });

  await copyFunction(lambda, stack.functions.DeliverNotificationFunction, {
    name,
    role: Role?.Arn,
    environment: {
      OPERATIONS_TABLE: operationsTable,
      AWS_ENDPOINT_URL_SESV2: providersAt,
      AWS_ENDPOINT_URL_SNS: providersAt,
    },
  });

  const dlq = await makeQueue(`${name}-dlq`);
  const queue = await makeQueue(name, {
    VisibilityTimeout: String(VISIBILITY),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount: MAX_RECEIVES }),
  });
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: name,
      EventSourceArn: queue.arn,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    }),
  );
  const letters = new Map<string, string>();

  return {
    queueUrl: queue.url,
    async invoke(event) {
      const { Payload, LogResult } = await lambda.send(
        new InvokeCommand({ FunctionName: name, LogType: 'Tail', Payload: JSON.stringify(event) }),
      );
      return {
        result: JSON.parse(Buffer.from(Payload ?? []).toString('utf8')),
        log: Buffer.from(LogResult ?? '', 'base64').toString('utf8'),
      };
    },
    deliveriesOf: (orderId) => findDeliveries(orderId, { dynamodb, operationsTable }),
    async deadLetters() {
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: dlq.url, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }),
        );
        for (const { MessageId = '', Body = '' } of Messages) letters.set(MessageId, Body);
        if (Messages.length === 0) return [...letters.values()];
      }
    },
    async queued() {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: queue.url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    },
    async close() {
      await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      for (const { url } of [queue, dlq]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: name }));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
      await dynamodb.send(new DeleteTableCommand({ TableName: operationsTable }));
    },
  };
}

async function makeQueue(name: string, attributes: Record<string, string> = {}): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.QueueArn ?? '' };
}

/** An Operations table as the template describes it. */
async function makeOperationsTable(name: string): Promise<string> {
  const [, table] = resourcesOf('AWS::DynamoDB::Table').find(([id]) => id === 'OperationsTable') ?? [];
  if (!table) throw new Error('the template has no OperationsTable');
  await dynamodb.send(new CreateTableCommand({ ...definitionOf(table.Properties), TableName: name }));
  await waitFor('the table', async () => {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }));
    return Table?.TableStatus === 'ACTIVE';
  });
  return name;
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
