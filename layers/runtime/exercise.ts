import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { dynamodb } from '../../functions/shared/aws/dynamodb.ts';
import { lambdaHandler } from '../../functions/shared/runtime/lambda-handler.ts';
import { logger } from '../../functions/shared/runtime/logging.ts';
import { measure } from '../../functions/shared/runtime/metrics.ts';

const TableName = 'orders';
const Key = { orderId: 'o', createdAt: '2026-01-01T00:00:00.000Z' };
const Item = { ...Key, total: 8997, items: [{ productId: 'p', quantity: 1, gift: true }], history: [], note: null };
const names = { '#status': 'status' };
const values = { ':status': 'PENDING', ':at': 1 };

/** What a request does with the layer: a warm one, whose functions are then in the code cache. */
const handler = lambdaHandler(async ({ fails }: { orderId: string; fails: boolean }) => {
  const update = {
    TableName,
    Key,
    UpdateExpression: 'SET #status = :status',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
  await Promise.all([
    dynamodb.send(new GetCommand({ TableName, Key })),
    dynamodb.send(
      new QueryCommand({ TableName, KeyConditionExpression: 'orderId = :at', ExpressionAttributeValues: values }),
    ),
    dynamodb.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key] } } })),
  ]);
  await dynamodb.send(new PutCommand({ TableName, Item }));
  await dynamodb.send(new UpdateCommand(update)).catch(() => undefined);
  await dynamodb.send(new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item } }, { Update: update }] }));
  logger.appendKeys({ orderId: 'o' });
  logger.info('ORDER_CREATED', { lines: 1, total: 8997, currency: 'USD' });
  measure('OrdersPlaced', 1);
  measure('OrderValue', 89.97, 'USD');
  if (fails) throw new Error('one that is caught');
  return {};
});

/** One call of each client. Their answers have nothing in them, and of Stripe only the loading is in the cache. */
async function callClients(): Promise<void> {
  const [{ cognito }, { eventBridge }, { lambda }, { s3 }, { ses }, { sns }, { sqs }, { stepFunctions }] =
    await Promise.all([
      import('../../functions/shared/aws/cognito.ts'),
      import('../../functions/shared/aws/eventbridge.ts'),
      import('../../functions/shared/aws/lambda.ts'),
      import('../../functions/shared/aws/s3.ts'),
      import('../../functions/shared/aws/ses.ts'),
      import('../../functions/shared/aws/sns.ts'),
      import('../../functions/shared/aws/sqs.ts'),
      import('../../functions/shared/aws/step-functions.ts'),
    ]);
  const Simple = { Subject: { Data: 's' }, Body: { Text: { Data: 't' }, Html: { Data: 'h' } } };
  await Promise.allSettled([
    cognito.send(new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'c', AuthParameters: {} })),
    eventBridge.send(new PutEventsCommand({ Entries: [{ Source: 's', DetailType: 't', Detail: '{}' }] })),
    lambda.send(new InvokeCommand({ FunctionName: 'f', Payload: '{}' })),
    s3.send(new ListObjectVersionsCommand({ Bucket: 'b', Prefix: 'p' })),
    createPresignedPost(s3, { Bucket: 'b', Key: 'k' }),
    ses.send(new SendEmailCommand({ Destination: { ToAddresses: ['a@example.com'] }, Content: { Simple } })),
    sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:t', Message: '{}' })),
    sqs.send(new SendMessageCommand({ QueueUrl: `${process.env.AWS_ENDPOINT_URL}/000000000000/q`, MessageBody: '{}' })),
    stepFunctions.send(new StartExecutionCommand({ stateMachineArn: 'arn', name: 'n', input: '{}' })),
    import('@aws-sdk/client-secrets-manager'),
    import('stripe'),
  ]);
}

/** Answers as DynamoDB does, and nothing to the others. The conditional update is refused. */
const services = createServer((request, response) => {
  const operation = String(request.headers['x-amz-target']).split('.')[1];
  const item = {
    orderId: { S: 'o' },
    total: { N: '8997' },
    items: { L: [{ M: { quantity: { N: '1' }, gift: { BOOL: true } } }] },
  };
  const refusal = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'refused' };
  response.statusCode = operation === 'UpdateItem' ? 400 : 200;
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  const answers: Record<string, unknown> = {
    GetItem: { Item: item },
    Query: { Items: [item], Count: 1 },
    BatchGetItem: { Responses: { [TableName]: [item] }, UnprocessedKeys: {} },
    UpdateItem: refusal,
  };
  const xml = request.url?.includes('versions=')
    ? '<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>'
    : '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';
  const isXml = xml.startsWith('<List') || request.headers['content-type'] === 'application/x-www-form-urlencoded';
  request.resume().on('end', () => response.end(isXml ? xml : JSON.stringify(answers[String(operation)] ?? {})));
});

/** Calls the layer a few times as functions do. build/build-layer.ts runs it to make the code cache. */
export async function exercise(): Promise<void> {
  await new Promise<void>((listening) => services.listen(0, '127.0.0.1', listening));
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  const context = {
    awsRequestId: 'r',
    functionName: 'f',
    functionVersion: '1',
    memoryLimitInMB: '512',
    invokedFunctionArn: 'a',
  };
  for (const fails of [false, true, false]) {
    await (handler as (event: object, context: object) => Promise<unknown>)({ orderId: 'o', fails }, context).catch(
      () => undefined,
    );
  }
  await callClients();
  services.close();
}
