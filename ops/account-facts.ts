import {
  APIGatewayClient,
  GetAccountCommand,
  GetApiKeyCommand,
  paginateGetUsagePlanKeys,
} from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  paginateListUsersInGroup,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import {
  GetEmailIdentityCommand,
  GetAccountCommand as GetMailAccountCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { GetSubscriptionAttributesCommand, paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { describeStack } from '../local/described-stack.ts';
import { connectionOf } from '../local/function-logs.ts';
import type { Stack } from '../local/stack-file.ts';
import { failureOf } from './exit.ts';
import type { AccountFacts, Unread } from './findings.ts';
import { pipeState, readAlarms } from './machinery.ts';
import { resourcesOf } from './stack-resources.ts';

/** Each fact, and in whose words it is told that it could not be read. */
const READERS: { [Fact in keyof AccountFacts]?: [string, (account: Account) => Promise<AccountFacts[Fact]>] } = {
  pipe: ['the pipe', async ({ stack }) => ({ name: stack.orderPipeName, state: await pipeState(stack) })],
  operators: ['the operators', readOperators],
  hasProducts: ['the catalogue', readHasProducts],
  apiKey: ['the API key', readApiKey],
  subscriptions: ['who is told of alarms', readSubscriptions],
  alarms: ['the alarms', ({ stack }) => readAlarms(stack)],
  mail: ['SES', readMail],
  lambdaConcurrency: ['the concurrency of Lambda', readLambdaConcurrency],
  startsPerSecond: ['the quota of StartExecution', readStartsPerSecond],
  gatewayRole: ["API Gateway's role for logs", readGatewayRole],
  stripeSecret: ['the secret of Stripe', readStripeSecret],
};

/** What is read of, and with what. */
interface Account {
  stack: Stack;
  connection: ReturnType<typeof connectionOf>;
  parameters: Record<string, string>;
}

/**
 * Reads all facts at once, with the caller's own AWS credentials. One that cannot be read, because the caller may not
 * or because an emulator lacks the service, is named in `unread`.
 *
 * @throws Failure when the stack itself cannot be read
 */
export async function readAccount(stack: Stack): Promise<{ facts: AccountFacts; unread: Unread[] }> {
  const connection = connectionOf(stack);
  const described = await describeStack(stack.stackName, new CloudFormationClient(connection));
  const parameters = Object.fromEntries(
    (described.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [ParameterKey, ParameterValue]),
  );
  const unread: Unread[] = [];
  const read = Object.entries(READERS).map(async ([fact, [what, reader]]) => {
    try {
      return [[fact, await reader({ stack, connection, parameters })]];
    } catch (error) {
      unread.push({ what, why: failureOf(error).message });
      return [];
    }
  });
  const facts = Object.fromEntries((await Promise.all(read)).flat()) as Omit<AccountFacts, 'stackName' | 'parameters'>;
  return { facts: { ...facts, stackName: stack.stackName, parameters }, unread };
}

async function readOperators({ stack, connection }: Account): Promise<NonNullable<AccountFacts['operators']>> {
  const client = new CognitoIdentityProviderClient(connection);
  const UserPoolId = stack.userPoolId;
  const operators: NonNullable<AccountFacts['operators']> = [];
  for await (const { Users = [] } of paginateListUsersInGroup({ client }, { UserPoolId, GroupName: 'operators' })) {
    for (const { Username = '', Enabled = false } of Users) {
      const { UserMFASettingList = [] } = await client.send(new AdminGetUserCommand({ UserPoolId, Username }));
      operators.push({ username: Username, enabled: Enabled, hasSecondFactor: UserMFASettingList.length > 0 });
    }
  }
  return operators;
}

async function readHasProducts({ stack, connection }: Account): Promise<boolean> {
  const { Count = 0 } = await new DynamoDBClient(connection).send(
    new ScanCommand({ TableName: stack.productsTable, Limit: 1, Select: 'COUNT' }),
  );
  return Count > 0;
}

async function readApiKey({ stack, connection }: Account): Promise<NonNullable<AccountFacts['apiKey']>> {
  const client = new APIGatewayClient(connection);
  const id = stack.outputs.ApiKeyId ?? '';
  try {
    const { enabled = false } = await client.send(new GetApiKeyCommand({ apiKey: id }));
    const plan = (await resourcesOf(stack)).find(({ type }) => type === 'AWS::ApiGateway::UsagePlan');
    let isInUsagePlan = false;
    for await (const { items = [] } of paginateGetUsagePlanKeys({ client }, { usagePlanId: plan?.physicalId })) {
      isInUsagePlan ||= items.some((key) => key.id === id);
    }
    return { id, exists: true, enabled, isInUsagePlan };
  } catch (error) {
    if ((error as Error).name !== 'NotFoundException') throw error;
    return { id, exists: false, enabled: false, isInUsagePlan: false };
  }
}

async function readSubscriptions({ stack, connection }: Account): Promise<NonNullable<AccountFacts['subscriptions']>> {
  const client = new SNSClient(connection);
  const found: NonNullable<AccountFacts['subscriptions']> = [];
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: stack.operationsTopicArn })) {
    for (const { Endpoint = '', SubscriptionArn = '' } of page.Subscriptions ?? []) {
      found.push({ endpoint: Endpoint, isConfirmed: await isConfirmed(SubscriptionArn, client) });
    }
  }
  return found;
}

/** Until it is confirmed, SNS lists a subscription with a word in the place of its ARN, or, asked by its ARN, says so. */
async function isConfirmed(SubscriptionArn: string, client: SNSClient): Promise<boolean> {
  if (!SubscriptionArn.startsWith('arn:')) return false;
  const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  return Attributes?.PendingConfirmation !== 'true';
}

async function readMail({ connection, parameters }: Account): Promise<NonNullable<AccountFacts['mail']>> {
  const client = new SESv2Client(connection);
  const { ProductionAccessEnabled = false } = await client.send(new GetMailAccountCommand({}));
  const [, name] = (parameters.EmailIdentityArn ?? '').split(':identity/');
  if (name === undefined) return { isInSandbox: !ProductionAccessEnabled };
  const isVerified = await client
    .send(new GetEmailIdentityCommand({ EmailIdentity: name }))
    .then(({ VerifiedForSendingStatus = false }) => VerifiedForSendingStatus)
    .catch((error: Error) => {
      if (error.name === 'NotFoundException') return false;
      throw error;
    });
  return { isInSandbox: !ProductionAccessEnabled, identity: { name, isVerified } };
}

async function readLambdaConcurrency({ connection }: Account): Promise<number> {
  const { AccountLimit } = await new LambdaClient(connection).send(new GetAccountSettingsCommand({}));
  return AccountLimit?.ConcurrentExecutions ?? 0;
}

async function readStartsPerSecond({ connection }: Account): Promise<number> {
  const client = new ServiceQuotasClient({ ...connection, maxAttempts: 1 });
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: 'states' })) {
    const quota = Quotas.find(({ QuotaName = '' }) => /^StartExecution throttle token refill/i.test(QuotaName));
    if (quota?.Value !== undefined) return quota.Value;
  }
  throw new Error('Service Quotas does not name it here');
}

async function readGatewayRole({ connection }: Account): Promise<string> {
  const { cloudwatchRoleArn = '' } = await new APIGatewayClient(connection).send(new GetAccountCommand({}));
  return cloudwatchRoleArn;
}

async function readStripeSecret({ stack, connection, parameters }: Account): Promise<AccountFacts['stripeSecret']> {
  if (parameters.PaymentProvider !== 'stripe') return undefined;
  const name = `${stack.stackName}/stripe-api-key`;
  try {
    // The value is not read: whether it has a current version says enough.
    const { VersionIdsToStages = {} } = await new SecretsManagerClient(connection).send(
      new DescribeSecretCommand({ SecretId: name }),
    );
    return { name, hasValue: Object.values(VersionIdsToStages).some((stages) => stages.includes('AWSCURRENT')) };
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    return { name, hasValue: false };
  }
}
