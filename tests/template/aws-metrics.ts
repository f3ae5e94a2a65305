/**
 * The metrics of AWS that are used here, as AWS publishes them: by namespace, each with the dimensions that it has. A
 * set of dimensions that is not here has no data, and an alarm on it never rings. From the user guides of the services,
 * page "Monitoring … with Amazon CloudWatch" of each.
 */
import type { Json, Template } from './template.ts';

const FUNCTION = [['FunctionName']];
const STATE_MACHINE = [['StateMachineArn']];
const QUEUE = [['QueueName']];
const PIPE = [['PipeName']];
const API = [['ApiName'], ['ApiName', 'Stage'], ['ApiName', 'Stage', 'Method', 'Resource']];
const TABLE_OR_INDEX = [['TableName'], ['TableName', 'GlobalSecondaryIndexName']];
const DISTRIBUTION = [['DistributionId', 'Region']];

/** For each metric, the sets of dimensions it is published with. */
export const AWS_METRICS: Readonly<Record<string, Readonly<Record<string, readonly (readonly string[])[]>>>> = {
  'AWS/Lambda': {
    Invocations: FUNCTION,
    Errors: FUNCTION,
    Throttles: FUNCTION,
    Duration: FUNCTION,
    IteratorAge: FUNCTION,
    ConcurrentExecutions: FUNCTION,
  },
  'AWS/ApiGateway': { Count: API, '4XXError': API, '5XXError': API, Latency: API, IntegrationLatency: API },
  'AWS/SQS': {
    ApproximateAgeOfOldestMessage: QUEUE,
    ApproximateNumberOfMessagesVisible: QUEUE,
    ApproximateNumberOfMessagesNotVisible: QUEUE,
    NumberOfMessagesReceived: QUEUE,
    NumberOfMessagesSent: QUEUE,
  },
  'AWS/EventBridge/Pipes': {
    Invocations: PIPE,
    ExecutionFailed: PIPE,
    ExecutionThrottled: PIPE,
    ExecutionTimeout: PIPE,
  },
  'AWS/States': {
    ExecutionsStarted: STATE_MACHINE,
    ExecutionsSucceeded: STATE_MACHINE,
    ExecutionsFailed: STATE_MACHINE,
    ExecutionsTimedOut: STATE_MACHINE,
    ExecutionsAborted: STATE_MACHINE,
    ExecutionThrottled: STATE_MACHINE,
    ExecutionTime: STATE_MACHINE,
  },
  'AWS/DynamoDB': {
    ReadThrottleEvents: TABLE_OR_INDEX,
    WriteThrottleEvents: TABLE_OR_INDEX,
    SystemErrors: [['TableName', 'Operation']],
    ThrottledRequests: [['TableName', 'Operation']],
  },
  'AWS/SNS': { NumberOfNotificationsFailed: [['TopicName']], NumberOfNotificationsDelivered: [['TopicName']] },
  'AWS/SES': {
    'Reputation.BounceRate': [['ses:configuration-set']],
    'Reputation.ComplaintRate': [['ses:configuration-set']],
  },
  'AWS/CloudFront': { '5xxErrorRate': DISTRIBUTION, '4xxErrorRate': DISTRIBUTION, Requests: DISTRIBUTION },
};

/** The operations that DynamoDB counts its errors by. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateItem',
];

/** The type of resource a dimension is about, and the attribute that is its value; none when it is what Ref gives. */
const RESOURCES: Readonly<Record<string, { type: string; attribute?: string }>> = {
  FunctionName: { type: 'AWS::Serverless::Function' },
  StateMachineArn: { type: 'AWS::Serverless::StateMachine' },
  QueueName: { type: 'AWS::SQS::Queue', attribute: 'QueueName' },
  TopicName: { type: 'AWS::SNS::Topic', attribute: 'TopicName' },
  TableName: { type: 'AWS::DynamoDB::Table' },
  PipeName: { type: 'AWS::Pipes::Pipe' },
  DistributionId: { type: 'AWS::CloudFront::Distribution' },
  'ses:configuration-set': { type: 'AWS::SES::ConfigurationSet' },
};

/** Whether a dimension's value is that of a resource of the template. `all` are the dimensions it stands with. */
export function isOfTemplate(
  name: string,
  value: Json,
  all: Readonly<Record<string, Json>>,
  template: Template,
): boolean {
  const of = RESOURCES[name];
  const text = JSON.stringify(value);
  if (of) {
    return Object.entries(template.Resources).some(
      ([id, { Type }]) =>
        Type === of.type && text === JSON.stringify(of.attribute ? { 'Fn::GetAtt': [id, of.attribute] } : { Ref: id }),
    );
  }
  const api = template.Resources.Api?.Properties;
  switch (name) {
    // SAM gives an API without a name that of the stack.
    case 'ApiName':
      return api?.Name === undefined && text === '{"Ref":"AWS::StackName"}';
    case 'Stage':
      return value === api?.StageName;
    case 'Operation':
      return OPERATIONS.includes(String(value));
    case 'Region':
      return value === 'Global';
    case 'GlobalSecondaryIndexName': {
      const table = template.Resources[(all.TableName as { Ref?: string } | undefined)?.Ref ?? ''];
      const indexes = (table?.Properties.GlobalSecondaryIndexes ?? []) as { IndexName: string }[];
      return indexes.some(({ IndexName }) => IndexName === value);
    }
    default:
      return false;
  }
}
