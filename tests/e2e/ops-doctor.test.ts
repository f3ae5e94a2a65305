import { randomUUID } from 'node:crypto';
import { APIGatewayClient, DeleteUsagePlanKeyCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminRemoveUserFromGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PipesClient, StopPipeCommand } from '@aws-sdk/client-pipes';
import { CreateEmailIdentityCommand, DeleteEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import type { Finding } from '../../ops/findings.ts';
import { runOps } from '../support/ops.ts';
import { aws, cognito, sns, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(120_000);

// What doctor looks at is made here once more, small, so that nothing of the shop that other tests use is broken.

const cloudFormation = new CloudFormationClient(aws);
const gateway = new APIGatewayClient(aws);
const pipes = new PipesClient(aws);
const ses = new SESv2Client(aws);
const tables = new DynamoDBClient(aws);

const name = `doctor-${randomUUID().slice(0, 8)}`;
const sender = `${name}@example.com`;
const operator = `${name}-operator@example.com`;
const PRODUCT = { productId: { S: 'ONE' } };

const resources = {
  Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes: ['email'] } },
  Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: { Ref: 'Pool' } } },
  Group: {
    Type: 'AWS::Cognito::UserPoolGroup',
    Properties: { UserPoolId: { Ref: 'Pool' }, GroupName: 'operators' },
  },
  Products: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'productId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'productId', KeyType: 'HASH' }],
    },
  },
  Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: true } },
  Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: {} },
  PlanKey: {
    Type: 'AWS::ApiGateway::UsagePlanKey',
    Properties: { KeyId: { Ref: 'Key' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'Plan' } },
  },
  Topic: { Type: 'AWS::SNS::Topic' },
  Source: { Type: 'AWS::SQS::Queue' },
  Target: { Type: 'AWS::SQS::Queue' },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'pipes.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  },
  Pipe: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Source: { 'Fn::GetAtt': ['Source', 'Arn'] },
      Target: { 'Fn::GetAtt': ['Target', 'Arn'] },
    },
  },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Source', 'QueueName'] } }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [{ Ref: 'Topic' }],
    },
  },
};

const outputs = {
  UserPoolId: { Ref: 'Pool' },
  UserPoolClientId: { Ref: 'Client' },
  ApiKeyId: { Ref: 'Key' },
  ProductsTableName: { Ref: 'Products' },
  OperationsTopicArn: { Ref: 'Topic' },
  OrderPipeName: { Ref: 'Pipe' },
  OrderQueueUrl: { Ref: 'Source' },
  // What doctor does not look at.
  ...Object.fromEntries(
    [
      'OrderDlqUrl',
      'DispatchWorkflowArn',
      'OrderWorkflowArn',
      'OrdersTableName',
      'PaymentsTableName',
      'NotificationsTopicArn',
      'OperationsTableName',
    ].map((output) => [output, 'none']),
  ),
};

let physical: Record<string, string>;
let listener: string;

beforeAll(async () => {
  const template = {
    Parameters: { EmailIdentityArn: { Type: 'String' }, PaymentProvider: { Type: 'String', Default: 'sandbox' } },
    Resources: resources,
    Outputs: Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }])),
  };
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: JSON.stringify(template),
      Parameters: [
        {
          ParameterKey: 'EmailIdentityArn',
          ParameterValue: `arn:aws:ses:${stack.region}:000000000000:identity/${sender}`,
        },
      ],
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  await waitFor('the stack', async () => {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    const [described] = Stacks;
    if (described?.StackStatus?.includes('ROLLBACK')) throw new Error(described.StackStatusReason);
    return described?.StackStatus === 'CREATE_COMPLETE';
  });
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: name }));
  physical = Object.fromEntries(
    StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
      LogicalResourceId,
      PhysicalResourceId,
    ]),
  );
  const user = { UserPoolId: physical.Pool, Username: operator };
  await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName: 'operators' }));
  await tables.send(new PutItemCommand({ TableName: physical.Products, Item: PRODUCT }));
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: sender }));
  const { SubscriptionArn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: physical.Topic,
      Protocol: 'email',
      Endpoint: operator,
      ReturnSubscriptionArn: true,
    }),
  );
  listener = SubscriptionArn;
});

afterAll(async () => {
  await ses.send(new DeleteEmailIdentityCommand({ EmailIdentity: sender })).catch(() => undefined);
  await cloudFormation.send(new DeleteStackCommand({ StackName: name }));
});

/** What doctor finds here. What all of the account has in common is left out. */
async function diagnose(): Promise<{ exitCode: number; findings: Finding[] }> {
  const { exitCode, stdout } = await runOps(['doctor', '--json', '--stack', name, '--region', stack.region]);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return { exitCode, findings: findings.filter(({ code }) => !OF_THE_ACCOUNT.has(code)) };
}

const OF_THE_ACCOUNT = new Set([
  'SES_SANDBOX',
  'LAMBDA_CONCURRENCY_LOW',
  'START_EXECUTION_LOW',
  'GATEWAY_ROLE_MISSING',
]);

test('doctor finds nothing where nothing is missing, and names each thing that is broken', async () => {
  expect((await diagnose()).findings).toEqual([]);

  await pipes.send(new StopPipeCommand({ Name: physical.Pipe }));
  await cognito.send(
    new AdminRemoveUserFromGroupCommand({ UserPoolId: physical.Pool, Username: operator, GroupName: 'operators' }),
  );
  await tables.send(new DeleteItemCommand({ TableName: physical.Products, Key: PRODUCT }));
  await gateway.send(new DeleteUsagePlanKeyCommand({ usagePlanId: physical.Plan, keyId: physical.Key }));
  await sns.send(new UnsubscribeCommand({ SubscriptionArn: listener }));
  // Nobody confirms it.
  const endpoint = 'https://nobody.example.com/alarms';
  await sns.send(new SubscribeCommand({ TopicArn: physical.Topic, Protocol: 'https', Endpoint: endpoint }));
  await ses.send(new DeleteEmailIdentityCommand({ EmailIdentity: sender }));

  const { exitCode, findings } = await diagnose();
  expect(exitCode).toBe(1);
  expect(findings.map(({ code, what }) => `${code}: ${what}`)).toEqual([
    `PIPE_NOT_RUNNING: The pipe ${physical.Pipe} is STOPPED: orders wait in their queue.`,
    'NO_OPERATOR: Nobody is in the group operators, so that nobody may look after orders.',
    'CATALOGUE_EMPTY: The catalogue has no product, so that nothing can be ordered.',
    `API_KEY_MISSING: The API key ${physical.Key} is in no usage plan of the API: every request is refused.`,
    `SUBSCRIPTION_UNCONFIRMED: ${endpoint} has not confirmed to be told of alarms.`,
    'ALARMS_UNHEARD: Nobody listens to the topic of the operators: alarms ring, and nobody is told.',
    `SES_IDENTITY_UNVERIFIED: SES may not send as ${sender}: the identity is not verified, so that no customer gets an e-mail.`,
  ]);
  for (const { remedy } of findings) expect(remedy).toMatch(/^\S.{10,200}$/);
});
