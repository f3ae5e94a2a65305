import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { GROUPS } from '../../functions/shared/api/caller.ts';
import { PAYMENT_PROVIDERS } from '../../functions/shared/payments/providers/names.ts';
import { CHOICES, chosen, handedOn, holds } from './chosen.ts';
import { flatten, type Json, list, objectsIn, resourcesOf, root, type Template, target, template } from './template.ts';
import { inspectTemplate, resource, type TemplateRules } from './template-rules.ts';
import { translate } from './tools.ts';

/** What cannot name its resources. Everything else does. */
const RULES: TemplateRules = {
  wideStatements: {
    'TracingPolicy.SendTraces': {
      actions: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
      ],
      resource: '*',
      reason: 'X-Ray has no resources that a policy could name for these actions',
    },
    'WorkflowLoggingPolicy.DeliverLogs': {
      actions: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      resource: '*',
      reason: 'Step Functions sets its log delivery up itself, which AWS allows on every resource only',
    },
    'UploadImageRole.SignUploads': {
      actions: ['s3:PutObject'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
      resource: { 'Fn::Sub': '${ImagesBucket.Arn}/incoming/*' },
      reason: 'each upload has a key of its own',
    },
    'CheckImageRole.ReadAndRemoveUploads': {
      actions: ['s3:GetObjectVersion', 's3:DeleteObjectVersion'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
      resource: { 'Fn::Sub': '${ImagesBucket.Arn}/incoming/*' },
      reason: 'each upload has a key of its own',
    },
    'CheckImageRole.KeepImages': {
      actions: ['s3:PutObject'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
      resource: { 'Fn::Sub': '${ImagesBucket.Arn}/images/*' },
      reason: 'each image is kept under its hash',
    },
    'StripeKeyPolicy.ReadStripeKey': {
      actions: ['secretsmanager:GetSecretValue'],
      resource: {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's.
          'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/stripe-api-key-??????',
      },
      reason: 'the secret is made by hand and named by a parameter; AWS ends its ARN with six characters of its own',
    },
    'NetworkPolicy.ConnectToSubnets': {
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resource: '*',
      reason: 'AWS allows most of these actions on * only; KeepCodeOffTheNetwork takes the code of functions out',
    },
    'NetworkPolicy.KeepCodeOffTheNetwork': {
      effect: 'Deny',
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resource: '*',
      reason: 'Lambda needs the rights, and the code of the functions does not',
    },
    'DecryptPolicy.Decrypt': {
      actions: ['kms:Decrypt'],
      resource: { Ref: 'EncryptionKeyArn' },
      reason: 'the key is made by hand, and named by a parameter',
    },
    'EncryptPolicy.MakeDataKeys': {
      actions: ['kms:GenerateDataKey'],
      resource: { Ref: 'EncryptionKeyArn' },
      reason: 'the key is made by hand, and named by a parameter',
    },
    'SendEmailPolicy.SendAsTheShop': {
      actions: ['ses:SendEmail'],
      resource: { Ref: 'EmailIdentityArn' },
      reason: 'the identity is verified by hand, and named by a parameter',
    },
    'SendEmailPolicy.SendThroughConfigurationSet': {
      actions: ['ses:SendEmail'],
      resource: {
        'Fn::Sub':
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are CloudFormation's.
          'arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${MailConfigurationSet}',
      },
      reason: 'one resource: CloudFormation gives the name of a configuration set, and not its ARN',
    },
    'SendSmsPolicy.SendSms': {
      actions: ['sns:Publish'],
      resource: '*',
      reason: 'a phone number is no resource that a policy could name; PublishToNoTopic takes every topic out of it',
    },
    'SendSmsPolicy.PublishToNoTopic': {
      effect: 'Deny',
      actions: ['sns:Publish'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
      resource: { 'Fn::Sub': 'arn:${AWS::Partition}:sns:*:*:*' },
      reason: 'an SMS is allowed on *, and this leaves nothing of it but phone numbers',
    },
    'DeploymentRole.WatchAlarms': {
      actions: ['cloudwatch:DescribeAlarms'],
      resource: '*',
      reason: 'CodeDeploy asks for alarms in a way of its own, and AWS gives its own role this on * as well',
    },
    'PublishOrderEventsRole.FindOrderStream': {
      actions: ['dynamodb:ListStreams'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's.
      resource: { 'Fn::Sub': '${OrdersTable.Arn}/stream/*' },
      reason: 'it lists all streams of the table, and AWS allows it on all of them only',
    },
    'ListExecutionsRole.ReadExecutions': {
      actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
      resource: {
        'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:\${ProcessOrder.Name}:*`,
      },
      reason: 'executions are named by their orders, of which a policy knows nothing; it names their workflow',
    },
    'ReconcileRole.AskAboutExecution': {
      actions: ['states:DescribeExecution'],
      resource: {
        'Fn::Sub': `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:\${ProcessOrder.Name}:*`,
      },
      reason: 'executions are named by their orders, of which a policy knows nothing; it names their workflow',
    },
  },
};

const OUTPUTS = [
  'ApiUrl',
  'ApiKeyId',
  'UserPoolId',
  'UserPoolClientId',
  'OrderQueueUrl',
  'OrderDlqUrl',
  'DispatchWorkflowArn',
  'OrderWorkflowArn',
  'OrdersTableName',
  'ProductsTableName',
  'PaymentsTableName',
  'OperationsTableName',
  'NotificationsTopicArn',
  'NotificationQueueUrl',
  'NotificationDlqUrl',
  'OperationsTopicArn',
  'OrderPipeName',
  'OrderEventsBusName',
  'OrderEventsBusArn',
  'OrderEventsDlqUrl',
  'StorefrontUrl',
  'StorefrontDistributionId',
  'StorefrontBucketName',
];

const TABLE_KEYS: Record<string, string[]> = {
  OrdersTable: ['orderId HASH', 'createdAt RANGE'],
  ProductsTable: ['productId HASH'],
  PaymentsTable: ['paymentId HASH'],
  OperationsTable: ['pk HASH', 'sk RANGE'],
};

/** Routes of the API that need no customer; every other one does. */
const WITHOUT_CUSTOMER = ['post /auth', 'get /products'];

type Fields = { [key: string]: Json };
const byDefault = chosen(template);
/** The properties of a resource, as they are when nothing is chosen that is off by default. */
const propertiesByDefault = (id: string) => resource(byDefault, id).Properties as Fields;
const properties = (id: string) => resource(template, id).Properties as Fields;
const keysOf = (schema: Json | undefined) =>
  (schema as { AttributeName: string; KeyType: string }[]).map(
    ({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`,
  );

test('nothing in the template is wider, nameless, unlogged or untraced', () => {
  const findings = inspectTemplate(template, RULES);
  expect(findings.map(({ rule, state, message }) => `${rule} | ${state}: ${message}`)).toEqual([]);
});

test('the outputs give every address that a user needs', () => {
  expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(OUTPUTS));
});

describe('the tables', () => {
  test.each(Object.entries(TABLE_KEYS))('%s has the keys of the design', (id, keys) => {
    expect(keysOf(properties(id).KeySchema)).toEqual(keys);
  });

  test.each(resourcesOf('AWS::DynamoDB::Table').map(([id]) => id))(
    '%s is recoverable, on demand, and encrypted with the key that costs nothing',
    (id) => {
      expect(properties(id)).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      // DynamoDB encrypts every table. SSEEnabled would take a key of KMS, whose every use is billed.
      expect(propertiesByDefault(id)).not.toHaveProperty('SSESpecification');
    },
  );

  test('orders are found by status, by customer, and by a notification that is due', () => {
    const indexes = (properties('OrdersTable').GlobalSecondaryIndexes as Fields[]).map((index) => [
      index.IndexName,
      { keys: keysOf(index.KeySchema), projection: index.Projection },
    ]);
    expect(Object.fromEntries(indexes)).toEqual({
      'status-index': {
        keys: ['status HASH', 'createdAt RANGE'],
        projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['customerId'] },
      },
      'customer-index': {
        keys: ['customerId HASH', 'createdAt RANGE'],
        projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['status', 'total', 'currency'] },
      },
      'notice-index': { keys: ['orderId HASH', 'noticeDue RANGE'], projection: { ProjectionType: 'KEYS_ONLY' } },
    });
  });

  test('the stream of orders shows what was and what is', () => {
    expect(properties('OrdersTable').StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });
});

describe('the way from the API to the workflow', () => {
  test('a message is kept for 14 days, is encrypted, and is an operator’s after five receives', () => {
    expect(propertiesByDefault('OrderQueue')).toEqual({
      VisibilityTimeout: 360,
      MessageRetentionPeriod: 14 * 24 * 3600,
      ReceiveMessageWaitTimeSeconds: 20,
      SqsManagedSseEnabled: true,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': ['OrderDlq', 'Arn'] },
        maxReceiveCount: 5,
      },
    });
    expect(propertiesByDefault('OrderDlq')).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  test('a message stays hidden for six times as long as dispatch may take', () => {
    const dispatch = readFileSync(join(root, String(properties('DispatchOrders').DefinitionUri)), 'utf8');
    const { TimeoutSeconds } = parse(dispatch) as { TimeoutSeconds: number };
    expect(properties('OrderQueue').VisibilityTimeout).toBe(6 * TimeoutSeconds);
  });

  test('the pipe hands batches on and lets dispatch say which messages go back', () => {
    const pipe = properties('OrderPipe') as Fields;
    expect(pipe.SourceParameters).toEqual({ SqsQueueParameters: { BatchSize: expect.any(Number) } });
    expect((pipe.SourceParameters as { SqsQueueParameters: { BatchSize: number } }).SqsQueueParameters.BatchSize).toBe(
      10,
    );
    expect(target(pipe.Source)).toBe('OrderQueue');
    expect(target(pipe.Target)).toBe('DispatchOrders');
    expect(pipe.TargetParameters).toEqual({
      InputTemplate: '{"messageId": <$.messageId>, "body": <$.body>}',
      StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' },
    });
    expect(properties('DispatchOrders').Type).toBe('EXPRESS');
    expect(properties('ProcessOrder').Type).toBe('STANDARD');
  });

  test('the pipe may read its queue and start dispatch, and only from this account', () => {
    const role = properties('OrderPipeRole') as Fields;
    expect(JSON.stringify(role.AssumeRolePolicyDocument)).toContain('"aws:SourceAccount":{"Ref":"AWS::AccountId"}');
    const actions = (role.Policies as Fields[]).flatMap(({ PolicyDocument }) =>
      ((PolicyDocument as Fields).Statement as Fields[]).flatMap(({ Action }) => Action),
    );
    expect(actions.sort()).toEqual([
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'states:StartSyncExecution',
    ]);
  });
});

describe('the API', () => {
  let translated: Template;
  let routes: [route: string, method: Fields][];
  beforeAll(() => {
    translated = translate();
    const paths = (resource(translated, 'Api').Properties.Body as { paths: Record<string, Fields> }).paths;
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]): [string, Fields] => [`${method} ${path}`, route as Fields]),
    );
  });
  const securityOf = (route: Fields) => ((route.security ?? []) as Fields[]).flatMap((scheme) => Object.keys(scheme));

  test('has one stage, named api, in this region', () => {
    expect(properties('Api')).toMatchObject({ StageName: 'api', EndpointConfiguration: { Type: 'REGIONAL' } });
    expect(resourcesOf('AWS::ApiGateway::Stage', translated).map(([, stage]) => stage.Properties.StageName)).toEqual([
      'api',
    ]);
  });

  test('wants the key on every route and a customer on all but two', () => {
    const called = routes.filter(([route]) => !route.startsWith('options '));
    expect(called.length).toBeGreaterThan(4);
    for (const [route, method] of called) {
      const wanted = WITHOUT_CUSTOMER.includes(route) ? ['api_key'] : ['CustomerAuthorizer', 'api_key'];
      expect({ route, security: securityOf(method).sort() }).toEqual({ route, security: wanted });
    }
  });

  test('refuses to protect data where a customer can make the payment provider fail', () => {
    const rule = Object.values(template.Rules).find(({ Assertions }) =>
      Assertions.some(({ Assert }) => isDeepStrictEqual(Assert, { 'Fn::Equals': [{ Ref: 'SandboxFaults' }, 'false'] })),
    );
    expect(rule?.RuleCondition).toEqual({ 'Fn::Equals': [{ Ref: 'ProtectData' }, 'true'] });
    expect(template.Parameters.SandboxFaults?.Default).toBe('false');
  });

  test('slows whoever guesses passwords or has mails sent', () => {
    const settings = properties('Api').MethodSettings as Record<string, unknown>[];
    const auth = settings.find(({ ResourcePath }) => ResourcePath === '/~1auth');
    expect(auth).toMatchObject({ HttpMethod: 'POST', CachingEnabled: false });
    const whole = Number(template.Parameters.ApiRequestsPerSecond?.Default);
    expect(Number(auth?.ThrottlingRateLimit)).toBeLessThan(whole / 2);
    expect(Number(auth?.ThrottlingBurstLimit)).toBeLessThan(whole / 2);
  });

  test('lets a browser ask without key and token what it may send', () => {
    const preflights = routes.filter(([route]) => route.startsWith('options '));
    const paths = new Set(routes.map(([route]) => route.split(' ')[1]));
    expect(preflights).toHaveLength(paths.size);
    for (const [route, method] of preflights)
      expect({ route, security: securityOf(method) }).toEqual({ route, security: [] });
  });

  test('is throttled as a whole and by its key', () => {
    expect(properties('Api').MethodSettings).toContainEqual(
      expect.objectContaining({
        ResourcePath: '/*',
        HttpMethod: '*',
        ThrottlingRateLimit: { Ref: 'ApiRequestsPerSecond' },
        ThrottlingBurstLimit: { Ref: 'ApiRequestsPerSecond' },
      }),
    );
    expect(properties('UsagePlan')).not.toHaveProperty('Quota');
    expect(template.Parameters.ApiRequestsPerSecond?.Default).toBeLessThanOrEqual(150);
  });

  test('has customers who sign in without a client secret and cannot be guessed', () => {
    expect(properties('UserPoolClient')).toMatchObject({
      GenerateSecret: false,
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
    });
    expect(properties('UserPool')).toMatchObject({ Policies: { PasswordPolicy: { MinimumLength: 12 } } });
  });

  test('has addresses that ignore case, and codes that SES sends when it is told an identity', () => {
    expect(properties('UserPool')).toMatchObject({
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      EmailConfiguration: {
        'Fn::If': [
          'MailIsSentBySes',
          { EmailSendingAccount: 'DEVELOPER', SourceArn: { Ref: 'EmailIdentityArn' } },
          { EmailSendingAccount: 'COGNITO_DEFAULT' },
        ],
      },
    });
    expect(template.Parameters.EmailIdentityArn?.Default).toBe('');
  });

  test('has an alarm for the limits of accounts that its answers hide', () => {
    expect(properties('AuthLimitAlarm')).toMatchObject({ MetricName: 'AuthLimitsReached', Statistic: 'Sum' });
  });

  test('has a second factor for everybody, and for rights wherever data is protected', () => {
    expect(properties('UserPool')).toMatchObject({
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      LambdaConfig: {
        'Fn::If': [
          'DataIsProtected',
          { PreTokenGeneration: { Ref: 'CheckSecondFactorFunction.Alias' } },
          { Ref: 'AWS::NoValue' },
        ],
      },
    });
    expect(properties('CheckSecondFactorPermission')).toMatchObject({
      FunctionName: { Ref: 'CheckSecondFactorFunction.Alias' },
      Principal: 'cognito-idp.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': ['UserPool', 'Arn'] },
    });
    // Cognito waits five seconds for a trigger.
    expect(properties('CheckSecondFactorFunction').Timeout).toBeLessThanOrEqual(5);
  });

  test('has exactly the groups that give rights', () => {
    const groups = resourcesOf('AWS::Cognito::UserPoolGroup').map(([, { Properties }]) => Properties.GroupName);
    expect(groups).toEqual(GROUPS);
  });
});

test('the caps of a customer are two numbers: open orders, then orders per hour', () => {
  expect(template.Parameters.CustomerCaps).toMatchObject({ Type: 'CommaDelimitedList', Default: '20,60' });
  expect(properties('CreateOrderFunction').Environment).toMatchObject({
    Variables: {
      MAX_OPEN_ORDERS: { 'Fn::Select': [0, { Ref: 'CustomerCaps' }] },
      MAX_ORDERS_PER_HOUR: { 'Fn::Select': [1, { Ref: 'CustomerCaps' }] },
    },
  });
  const pattern = new RegExp(`^(?:${template.Parameters.CustomerCaps?.AllowedPattern})$`);
  expect(['20', '0', '', '-1', 'x', '1.5'].filter((cap) => pattern.test(cap))).toEqual(['20']);
});

test('concurrency is set aside for what takes and processes orders, and only when asked', () => {
  expect(template.Parameters.ReservedConcurrency?.Default).toBe(0);
  const reserved = resourcesOf('AWS::Serverless::Function').filter(
    ([, { Properties }]) => Properties.ReservedConcurrentExecutions !== undefined,
  );
  expect(reserved.map(([id]) => id)).toEqual([
    'CreateOrderFunction',
    'ValidateFunction',
    'PaymentFunction',
    'InventoryFunction',
    'NotifyFunction',
  ]);
  for (const [, { Properties }] of reserved) {
    expect(Properties.ReservedConcurrentExecutions).toEqual({
      'Fn::If': ['ConcurrencyIsReserved', { Ref: 'ReservedConcurrency' }, { Ref: 'AWS::NoValue' }],
    });
  }
});

describe('what is called without anybody who waits', () => {
  const rules = resourcesOf('AWS::Events::Rule');
  const targets = rules.flatMap(([id, { Properties }]) =>
    (Properties.Targets as Fields[]).map((to): [rule: string, to: Fields] => [id, to]),
  );
  const called = [...new Set(targets.map(([, to]) => target(to.Arn) ?? ''))];

  test('is reconcile, escalate-order and check-image', () => {
    expect(called.sort()).toEqual(['CheckImageFunction', 'EscalateOrderFunction', 'ReconcileFunction']);
  });

  test.each(targets)('%s keeps an event that its target could not be handed', (rule, to) => {
    expect(to.DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': ['EventsDlq', 'Arn'] } });
    const [statement] = (properties('EventsDlqPolicy').PolicyDocument as { Statement: Fields[] }).Statement;
    expect(statement).toMatchObject({ Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' });
    const sources = [...objectsIn(statement?.Condition)].flatMap((condition) => list(condition['aws:SourceArn']));
    expect(sources.map(target)).toContain(rule);
  });

  test.each(called)('%s keeps an event that it failed on, and may write it', (id) => {
    const failures = resourcesOf('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    expect(failures).toContainEqual({
      FunctionName: { Ref: id },
      Qualifier: 'live',
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['EventsDlq', 'Arn'] } } },
    });
    const role = target(properties(id).Role) ?? '';
    expect(statement(template, role, 'KeepFailedEvents')).toMatchObject({
      Action: 'sqs:SendMessage',
      Resource: { 'Fn::GetAtt': ['EventsDlq', 'Arn'] },
    });
  });
});

describe('the alarms on queues', () => {
  const watched = (id: string) => {
    const [dimension] = resource(flatten(template), id).Properties.Dimensions as Fields[];
    return target(dimension?.Value);
  };

  test('watch the queue that the pipe reads, and the one where its messages end', () => {
    expect(watched('OrderQueueAgeAlarm')).toBe(target(properties('OrderPipe').Source));
    const { deadLetterTargetArn } = properties('OrderQueue').RedrivePolicy as Fields;
    expect(watched('OrderDlqAlarm')).toBe(target(deadLetterTargetArn));
  });

  test('watch the queue of events that no function could take', () => {
    expect(watched('EventsDlqAlarm')).toBe('EventsDlq');
  });

  test('watch the queue of records that could not be published, and say what to do', () => {
    expect(watched('OrderEventsDlqAlarm')).toBe('OrderEventsDlq');
    expect(resource(template, 'OrderEventsDlqAlarm').Properties.AlarmDescription).toContain('order-events.md');
  });

  test('watch how late the events of orders are', () => {
    expect(watched('OrderEventsLateAlarm')).toBe('PublishOrderEventsFunction');
    expect(resource(template, 'OrderEventsLateAlarm').Properties.MetricName).toBe('IteratorAge');
  });

  test('watch the queue of outcomes that customers could not be told', () => {
    expect(watched('NotificationDlqAlarm')).toBe('NotificationDlq');
  });
});

describe('the way from the topic to the customer', () => {
  const deliver = () => properties('DeliverNotificationFunction');

  test('brings outcomes for customers alone, as they were published', () => {
    expect(properties('NotificationSubscription')).toEqual({
      TopicArn: { Ref: 'NotificationsTopic' },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['NotificationQueue', 'Arn'] },
      RawMessageDelivery: true,
      FilterPolicy: { eventType: ['OrderCompleted', 'OrderFailed', 'OrderCancelled'] },
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['NotificationDlq', 'Arn'] } },
    });
  });

  test.each(['NotificationQueue', 'NotificationDlq'])('lets only the topic send to %s', (queue) => {
    const policies = resourcesOf('AWS::SQS::QueuePolicy').filter(([, policy]) =>
      list(policy.Properties.Queues).some((one) => target(one) === queue),
    );
    expect(policies.map(([, policy]) => (policy.Properties.PolicyDocument as Fields).Statement)).toEqual([
      [
        {
          Sid: expect.any(String),
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
          Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'NotificationsTopic' } } },
        },
      ],
    ]);
  });

  test('keeps a message for 14 days, and hides it for six times the time that a worker has', () => {
    expect(propertiesByDefault('NotificationQueue')).toEqual({
      VisibilityTimeout: 6 * Number(deliver().Timeout),
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['NotificationDlq', 'Arn'] }, maxReceiveCount: 5 },
    });
    expect(propertiesByDefault('NotificationDlq')).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  test('goes in batches of which only the messages that failed come back, to few workers', () => {
    expect(deliver().Events).toEqual({
      Notifications: {
        Type: 'SQS',
        Properties: {
          Queue: { 'Fn::GetAtt': ['NotificationQueue', 'Arn'] },
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    });
  });

  test('leaves bounces and complaints to the list of SES, and counts them', () => {
    expect(properties('MailConfigurationSet')).toMatchObject({
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      ReputationOptions: { ReputationMetricsEnabled: true },
    });
    expect(properties('MailEvents')).toEqual({
      ConfigurationSetName: { Ref: 'MailConfigurationSet' },
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ['bounce', 'complaint', 'reject', 'renderingFailure'],
        CloudWatchDestination: {
          DimensionConfigurations: [
            {
              DimensionName: 'ses:configuration-set',
              DimensionValueSource: 'messageTag',
              DefaultDimensionValue: 'none',
            },
          ],
        },
      },
    });
  });

  test.each([
    ['SendEmailPolicy', 'MailIsSentBySes', 'EmailIdentityArn'],
    ['SendSmsPolicy', 'SmsIsSent', 'SmsCountries'],
  ])('gives %s only where somebody is told on that channel', (policy, Condition, parameter) => {
    expect(resource(template, policy).Condition).toBe(Condition);
    expect(template.Parameters[parameter]?.Default).toBe('');
  });
});

describe('the bus of order events', () => {
  const source = (properties('PublishOrderEventsFunction').Events as { OrderWrites: { Properties: Fields } })
    .OrderWrites.Properties;

  test('reads the stream of orders from its oldest record, and nothing that is no order', () => {
    expect(source).toMatchObject({
      Stream: { 'Fn::GetAtt': ['OrdersTable', 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
    });
    const [filter, ...more] = (source.FilterCriteria as { Filters: { Pattern: string }[] }).Filters;
    expect(more).toEqual([]);
    expect(JSON.parse(filter?.Pattern ?? '')).toEqual({
      eventName: ['INSERT', 'MODIFY'],
      dynamodb: { NewImage: { status: { S: [{ exists: true }] } } },
    });
  });

  test('a record that fails is bisected, retried within a limit, and kept, so that its shard goes on', () => {
    expect(source).toMatchObject({
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Type: 'SQS', Destination: { 'Fn::GetAtt': ['OrderEventsDlq', 'Arn'] } } },
    });
    expect(source.MaximumRetryAttempts).toBeGreaterThanOrEqual(1);
    expect(source.MaximumRetryAttempts).toBeLessThanOrEqual(20);
    // A stream keeps its records for a day. -1 would be for ever.
    expect(source.MaximumRecordAgeInSeconds).toBe(24 * 3600);
    expect(propertiesByDefault('OrderEventsDlq')).toEqual({
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  test('may be written by the publisher alone, and by no other role of the template', () => {
    const writers = resourcesOf('AWS::IAM::Role').filter(([, role]) =>
      JSON.stringify(role).includes('events:PutEvents'),
    );
    expect(writers.map(([id]) => id)).toEqual(['PublishOrderEventsRole']);
    expect(statement(template, 'PublishOrderEventsRole', 'TellOtherSystems').Resource).toEqual({
      'Fn::GetAtt': ['OrderEventsBus', 'Arn'],
    });
  });

  test('is archived for as many days as the parameter says, and not at all by default', () => {
    expect(template.Parameters.EventArchiveDays?.Default).toBe(0);
    const archive = resource(template, 'OrderEventsArchive');
    expect(archive.Condition).toBe('EventsAreArchived');
    expect(archive.Properties).toMatchObject({
      SourceArn: { 'Fn::GetAtt': ['OrderEventsBus', 'Arn'] },
      RetentionDays: { Ref: 'EventArchiveDays' },
    });
  });
});

describe('reconcile at 100,000 orders a day', () => {
  test.each([
    ['ReconcileSilentAlarm', 'ReconcileRuns', 'ReconcileOrdersSchedule', 'rate(5 minutes)', 300],
    ['LedgerSweepSilentAlarm', 'LedgerSweeps', 'ReconcileLedgerSchedule', 'rate(1 hour)', 3600],
  ])('%s rings when the runs of its schedule are missing', (alarm, MetricName, schedule, rate, Period) => {
    expect(properties(schedule).ScheduleExpression).toBe(rate);
    const watched = resource(flatten(template), alarm).Properties;
    expect(watched).toMatchObject({
      MetricName,
      Period,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(watched.EvaluationPeriods).toBeGreaterThanOrEqual(2);
  });

  test('rings when notifications stay undelivered', () => {
    expect(resource(flatten(template), 'NotificationsOverdueAlarm').Properties.MetricName).toBe('NotificationsOverdue');
  });

  test('nobody scans the Payments or the Operations table', () => {
    const scanned = resourcesOf('AWS::IAM::Role').flatMap(([role, { Properties }]) =>
      ((Properties.Policies ?? []) as { PolicyDocument: { Statement: Fields[] } }[])
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Action }) => [Action].flat().includes('dynamodb:Scan'))
        .map(({ Resource }) => [role, JSON.stringify(Resource)]),
    );
    expect(scanned.length).toBeGreaterThan(0);
    expect(scanned.filter(([, on]) => /PaymentsTable|OperationsTable/.test(on ?? ''))).toEqual([]);
  });

  test('the records of product changes expire, and what operators did does not', () => {
    expect(properties('OperationsTable').TimeToLiveSpecification).toEqual({
      AttributeName: 'expiresAt',
      Enabled: true,
    });
  });
});

test('every template of stacks/ is nested in the one at the root', () => {
  const nested = resourcesOf('AWS::Serverless::Application').map(([, { Properties }]) => Properties.Location);
  expect(nested.sort()).toEqual(globSync('stacks/**/*.yaml', { cwd: root }).sort());
});

test('the payment providers that can be chosen are those that there are', () => {
  expect(template.Parameters.PaymentProvider?.AllowedValues).toEqual(PAYMENT_PROVIDERS);
});

test('SAM adds no role and no policy of its own', () => {
  const written = Object.keys(template.Resources);
  const added = Object.entries(translate().Resources)
    .filter(([id, { Type }]) => Type.startsWith('AWS::IAM::') && !written.includes(id))
    .map(([id]) => id);
  expect(added).toEqual([]);
});

/* Every rule is shown to fail on a copy of the real template with one thing wrong. */

type Mutation = [rule: string, wrong: string, state: string, change: (template: Template) => void];

const statement = (t: Template, role: string, sid: string): Fields => {
  const policies = resource(t, role).Properties.Policies as { PolicyDocument: { Statement: Fields[] } }[];
  const found = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`${role} has no statement ${sid}`);
  return found;
};

/** What the root passes to the stack of the alarms. */
const passed = (t: Template) => resource(t, 'Monitoring').Properties.Parameters as Fields;

const MUTATIONS: Mutation[] = [
  [
    'function',
    'an old runtime',
    'GetOrderFunction',
    (t) => {
      resource(t, 'GetOrderFunction').Properties.Runtime = 'nodejs20.x';
    },
  ],
  [
    'function',
    'a function that is built in another way',
    'GetOrderFunction',
    (t) => {
      resource(t, 'GetOrderFunction').Metadata = { BuildMethod: 'esbuild', BuildProperties: { Minify: true } };
    },
  ],
  [
    'role',
    'a function without a role',
    'GetOrderFunction',
    (t) => delete resource(t, 'GetOrderFunction').Properties.Role,
  ],
  [
    'role',
    'two functions with one role',
    'ListProductsFunction',
    (t) => {
      resource(t, 'ListProductsFunction').Properties.Role = { 'Fn::GetAtt': ['GetOrderRole', 'Arn'] };
    },
  ],
  [
    'role',
    'a policy of AWS',
    'GetOrderFunction',
    (t) => {
      resource(t, 'GetOrderRole').Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/AWSLambda_FullAccess'];
    },
  ],
  [
    'role',
    'a role that anybody may take',
    'GetOrderFunction',
    (t) => {
      resource(t, 'GetOrderRole').Properties.AssumeRolePolicyDocument = {
        Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
      };
    },
  ],
  [
    'iam',
    'an action with a star',
    'GetOrderRole',
    (t) => {
      statement(t, 'GetOrderRole', 'ReadOrders').Action = 'dynamodb:*';
    },
  ],
  [
    'iam',
    'a resource with a star',
    'GetOrderRole',
    (t) => {
      statement(t, 'GetOrderRole', 'ReadOrders').Resource = '*';
    },
  ],
  [
    'iam',
    'every index of a table',
    'GetOrderRole',
    (t) => {
      statement(t, 'GetOrderRole', 'ReadOrders').Resource = { 'Fn::Sub': `\${OrdersTable.Arn}/index/*` };
    },
  ],
  [
    'iam',
    'an action more on a statement that may be wide',
    'TracingPolicy',
    (t) => {
      const document = resource(t, 'TracingPolicy').Properties.PolicyDocument as { Statement: { Action: string[] }[] };
      document.Statement[0]?.Action.push('xray:PutResourcePolicy');
    },
  ],
  [
    'iam',
    'a wide statement on more than it has a reason for',
    'ReconcileRole',
    (t) => {
      statement(t, 'ReconcileRole', 'AskAboutExecution').Resource = '*';
    },
  ],
  [
    'iam',
    'a statement that does not say what it is for',
    'GetOrderRole',
    (t) => {
      delete statement(t, 'GetOrderRole', 'ReadOrders').Sid;
    },
  ],
  [
    'iam',
    'a right on every topic, because nothing takes the topics out of *',
    'SendSmsPolicy',
    (t) => {
      const document = resource(t, 'SendSmsPolicy').Properties.PolicyDocument as { Statement: Fields[] };
      for (const one of document.Statement) one.Effect = 'Allow';
    },
  ],
  [
    'reference',
    'a right on a queue that the function does not read',
    'DeliverNotificationFunction',
    (t) => {
      statement(t, 'DeliverNotificationRole', 'ReceiveNotifications').Resource = {
        'Fn::GetAtt': ['OrderQueue', 'Arn'],
      };
    },
  ],
  [
    'logs',
    'logs that are never deleted',
    'GetOrderLogGroup',
    (t) => {
      delete resource(t, 'GetOrderLogGroup').Properties.RetentionInDays;
    },
  ],
  [
    'logs',
    'a function that logs into the default group',
    'GetOrderFunction',
    (t) => {
      delete resource(t, 'GetOrderFunction').Properties.LoggingConfig;
    },
  ],
  [
    'logs',
    'a function that may write another’s log',
    'GetOrderFunction',
    (t) => {
      statement(t, 'GetOrderRole', 'WriteLogs').Resource = { 'Fn::GetAtt': ['AuthLogGroup', 'Arn'] };
    },
  ],
  [
    'logs',
    'a workflow that logs its data',
    'ProcessOrder',
    (t) => {
      (resource(t, 'ProcessOrder').Properties.Logging as Fields).IncludeExecutionData = true;
    },
  ],
  [
    'tracing',
    'an untraced function',
    'GetOrderFunction',
    (t) => {
      resource(t, 'GetOrderFunction').Properties.Tracing = 'PassThrough';
    },
  ],
  ['tracing', 'an untraced workflow', 'ProcessOrder', (t) => delete resource(t, 'ProcessOrder').Properties.Tracing],
  ['parameter', 'a parameter without default', 'LogLevel', (t) => delete t.Parameters.LogLevel?.Default],
  ['parameter', 'a parameter without description', 'LogLevel', (t) => delete t.Parameters.LogLevel?.Description],
  [
    'parameter',
    'twenty-two parameters',
    'Parameters',
    (t) => {
      for (let n = Object.keys(t.Parameters).length; n < 22; n += 1)
        t.Parameters[`More${n}`] = { Type: 'String', Default: '', Description: 'One parameter more.' };
    },
  ],
  [
    'parameter',
    'a parameter that the console shows in no group',
    'LogLevel',
    (t) => {
      for (const group of objectsIn(t.Metadata as Json)) {
        if (Array.isArray(group.Parameters)) group.Parameters = group.Parameters.filter((name) => name !== 'LogLevel');
      }
    },
  ],
  [
    'parameter',
    'a parameter that the console shows without a label',
    'LogLevel',
    (t) => {
      for (const { LogLevel, ...rest } of objectsIn(t.Metadata as Json)) if (LogLevel && !rest.Type) t.Metadata = {};
    },
  ],
  [
    'key',
    'a table that keeps the key of AWS',
    'OrdersTable',
    (t) => delete resource(t, 'OrdersTable').Properties.SSESpecification,
  ],
  [
    'key',
    'a bucket whose objects nobody of ours encrypts',
    'ImagesBucket',
    (t) => delete resource(t, 'ImagesBucket').Properties.BucketEncryption,
  ],
  [
    'key',
    'a function that reads a table and may not use its key',
    'GetOrderRole',
    (t) => {
      const { Roles } = resource(t, 'DecryptPolicy').Properties;
      resource(t, 'DecryptPolicy').Properties.Roles = list(Roles).filter((role) => target(role) !== 'GetOrderRole');
    },
  ],
  [
    'key',
    'a function that may use the key for nothing',
    'GetOrderRole',
    (t) => {
      list(resource(t, 'EncryptPolicy').Properties.Roles).push({ Ref: 'GetOrderRole' });
    },
  ],
  [
    'name',
    'a table with a fixed name',
    'OrdersTable',
    (t) => {
      resource(t, 'OrdersTable').Properties.TableName = 'orders';
    },
  ],
  [
    'name',
    'an API key whose value is in the template',
    'ApiKey',
    (t) => {
      resource(t, 'ApiKey').Properties.Value = 'not-a-secret-any-more';
    },
  ],
  [
    'reference',
    'a right on a table that the function does not know',
    'GetOrderFunction',
    (t) => {
      statement(t, 'GetOrderRole', 'ReadOrders').Resource = [
        { 'Fn::GetAtt': ['OrdersTable', 'Arn'] },
        { 'Fn::GetAtt': ['PaymentsTable', 'Arn'] },
      ];
    },
  ],
  [
    'reference',
    'a table that the function knows and may not use',
    'CreateOrderFunction',
    (t) => {
      statement(t, 'CreateOrderRole', 'QueueOrder').Resource = { 'Fn::GetAtt': ['OrderDlq', 'Arn'] };
    },
  ],
  [
    'reference',
    'a queue for failed records that the function may not write',
    'PublishOrderEventsFunction',
    (t) => {
      statement(t, 'PublishOrderEventsRole', 'KeepFailedRecords').Resource = { 'Fn::GetAtt': ['OrderDlq', 'Arn'] };
    },
  ],
  [
    'alarm',
    'an alarm that tells nobody',
    'OrderDlqAlarm',
    (t) => delete resource(t, 'OrderDlqAlarm').Properties.AlarmActions,
  ],
  [
    'alarm',
    'an alarm that does not say what to do',
    'OrderDlqAlarm',
    (t) => {
      resource(t, 'OrderDlqAlarm').Properties.AlarmDescription = 'An order message could not be dispatched.';
    },
  ],
  [
    'alarm',
    'an alarm whose description CloudWatch refuses',
    'OrderDlqAlarm',
    (t) => {
      resource(t, 'OrderDlqAlarm').Properties.AlarmDescription += ` ${'And so on. '.repeat(100)}`.trimEnd();
    },
  ],
  [
    'alarm',
    'an alarm that tells a queue',
    'OrderDlqAlarm',
    (t) => {
      passed(t).OperationsTopicArn = { 'Fn::GetAtt': ['OrderDlq', 'Arn'] };
    },
  ],
  [
    'alarm',
    'an alarm on an address instead of a name',
    'OrderDlqAlarm',
    (t) => {
      passed(t).OrderDlqName = { 'Fn::GetAtt': ['OrderDlq', 'Arn'] };
    },
  ],
  [
    'alarm',
    'an alarm on what is no queue',
    'OrderQueueAgeAlarm',
    (t) => {
      passed(t).OrderQueueName = { 'Fn::GetAtt': ['OrdersTable', 'QueueName'] };
    },
  ],
  [
    'alarm',
    'an alarm on the metrics of another service',
    'BreakerOpenAlarm',
    (t) => {
      resource(t, 'BreakerOpenAlarm').Properties.Dimensions = [{ Name: 'service', Value: 'storefront' }];
    },
  ],
  [
    'alarm',
    'an alarm on the metrics of its own nested stack',
    'BreakerOpenAlarm',
    (t) => {
      resource(t, 'BreakerOpenAlarm').Properties.Namespace = { Ref: 'AWS::StackName' };
    },
  ],
  [
    'alarm',
    'an alarm on the errors of another API',
    'ApiErrorsAlarm',
    (t) => {
      resource(t, 'ApiErrorsAlarm').Properties.Dimensions = [{ Name: 'ApiName', Value: { Ref: 'Api' } }];
    },
  ],
  [
    'nested',
    'a parameter that is not passed',
    'Monitoring',
    (t) => {
      delete passed(t).MetricNamespace;
    },
  ],
  [
    'nested',
    'a parameter that nobody asks for',
    'Monitoring',
    (t) => {
      passed(t).Colour = 'red';
    },
  ],
  [
    'nested',
    'a function of the core that reads from a leaf',
    'Monitoring',
    (t) => {
      resource(t, 'NotifyFunction').Properties.Description = { 'Fn::GetAtt': ['Monitoring', 'Outputs.DashboardUrl'] };
    },
  ],
  [
    'nested',
    'an output of a leaf that may be left out',
    'StorefrontStack',
    (t) => {
      delete t.Outputs.StorefrontUrl?.Condition;
    },
  ],
];

describe('the rules report', () => {
  test.each(MUTATIONS)('%s: %s', (rule, _wrong, state, change) => {
    const changed = structuredClone(template);
    change(changed);
    const reported = inspectTemplate(changed, RULES);
    expect(reported.map((finding) => ({ rule: finding.rule, state: finding.state }))).toContainEqual({ rule, state });
  });
});

describe('what is off by default', () => {
  const on = chosen(template, CHOICES['with everything on']);
  const propertiesOn = (id: string) => resource(on, id).Properties as Fields;

  test('leaves no trace in what is deployed', () => {
    const text = JSON.stringify(byDefault.Resources);
    expect(Object.keys(byDefault.Resources)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(Firewall|NetworkPolicy|DecryptPolicy|EncryptPolicy)$/)]),
    );
    expect(text).not.toContain('EncryptionKeyArn');
    expect(resourcesOf('AWS::Serverless::Application', byDefault).map(([id]) => id)).not.toContain('Firewall');
    expect(byDefault.Globals.Function).not.toHaveProperty('VpcConfig');
  });

  test('a VPC is that of every function, and gives each the rights on its network interfaces', () => {
    expect(on.Globals.Function.VpcConfig).toEqual({
      SubnetIds: { 'Fn::Split': [',', CHOICES['with everything on'].VpcSubnetIds] },
      SecurityGroupIds: {
        'Fn::Split': [',', { 'Fn::Join': ['', [CHOICES['with everything on'].VpcSecurityGroupIds]] }],
      },
    });
    const functions = resourcesOf('AWS::Serverless::Function', on);
    expect(functions.length).toBeGreaterThan(20);
    for (const [id, { Properties }] of functions) {
      expect({ id, Properties }).not.toHaveProperty('Properties.VpcConfig');
      const role = propertiesOn(target(Properties.Role) ?? '');
      expect({ id, policies: role.ManagedPolicyArns }).toEqual({
        id,
        policies: [{ Ref: 'TracingPolicy' }, { Ref: 'NetworkPolicy' }],
      });
    }
  });

  test('a key encrypts queues in the place of the key of SQS', () => {
    for (const [, { Properties }] of resourcesOf('AWS::SQS::Queue', on)) {
      expect(Properties).toMatchObject({
        SqsManagedSseEnabled: false,
        KmsMasterKeyId: CHOICES['with everything on'].EncryptionKeyArn,
      });
    }
  });

  test('a firewall before a distribution believes the forwarded address, and one without does not', () => {
    const location = 'stacks/firewall/template.yaml';
    const rulesOf = (Storefront: string) => {
      const given = handedOn(template, location, { FirewallRequests: '2000', Storefront });
      const nested = resource(template, 'Firewall').Nested;
      if (!nested) throw new Error('the firewall has no template');
      return (resource(chosen(nested, given), 'WebAcl').Properties.Rules as Fields[]).map(
        ({ Name, Statement }) => [Name, (Statement as { RateBasedStatement?: Fields }).RateBasedStatement] as const,
      );
    };
    const alone = new Map(rulesOf('none'));
    expect(alone.get('requests-per-address')).toEqual({
      AggregateKeyType: 'IP',
      Limit: '2000',
      EvaluationWindowSec: 300,
    });
    expect([...alone.keys()]).not.toContain('requests-per-forwarded-address');
    const behind = new Map(rulesOf('on'));
    expect(behind.get('requests-per-address')).toHaveProperty('ScopeDownStatement');
    expect(behind.get('requests-per-forwarded-address')).toMatchObject({
      AggregateKeyType: 'FORWARDED_IP',
      ForwardedIPConfig: { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' },
      Limit: '2000',
    });
  });
});

describe('data that is protected', () => {
  const kinds = ['AWS::DynamoDB::Table', 'AWS::Cognito::UserPool', 'AWS::S3::Bucket'];
  const stores = Object.entries(template.Resources).filter(([, { Type }]) => kinds.includes(Type));

  test.each(stores)('%s outlives its stack and its replacement', (_id, store) => {
    const policy = { 'Fn::If': ['DataIsProtected', 'Retain', 'Delete'] };
    expect(store).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
  });

  test('is that of tables, the user pool and the images', () => {
    expect(stores.map(([id]) => id).sort()).toEqual([...Object.keys(TABLE_KEYS), 'ImagesBucket', 'UserPool'].sort());
  });
});

describe('the rules of the parameters', () => {
  const defaults = Object.fromEntries(
    Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default)]),
  );

  /** What CloudFormation would say to these parameters. */
  const refusals = (given: Record<string, string>): string[] => {
    const parameters: Record<string, string> = { ...defaults, ...given };
    return Object.values(template.Rules).flatMap(({ RuleCondition, Assertions }) =>
      holds(RuleCondition, parameters)
        ? Assertions.filter(({ Assert }) => !holds(Assert, parameters)).map(
            ({ AssertDescription }) => AssertDescription,
          )
        : [],
    );
  };

  test('refuse protected data without real payments, and without a named origin', () => {
    const real = { ProtectData: 'true', PaymentProvider: 'stripe', AllowedOrigin: 'https://shop.example.com' };
    expect(refusals(real)).toEqual([]);
    expect(refusals({ ...real, PaymentProvider: 'sandbox' })).toEqual([expect.stringContaining('sandbox')]);
    expect(refusals({ ...real, AllowedOrigin: '*' })).toEqual([expect.stringContaining('AllowedOrigin')]);
    expect(refusals({})).toEqual([]);
  });

  test('refuse subnets without security groups, and security groups without subnets', () => {
    const network = { VpcSubnetIds: 'subnet-0a1b,subnet-2c3d', VpcSecurityGroupIds: 'sg-0a1b' };
    expect(refusals(network)).toEqual([]);
    expect(refusals({ VpcSubnetIds: network.VpcSubnetIds })).toEqual([expect.stringContaining('VpcSecurityGroupIds')]);
    expect(refusals({ VpcSecurityGroupIds: network.VpcSecurityGroupIds })).toEqual([
      expect.stringContaining('VpcSubnetIds'),
    ]);
  });

  test.each([
    ['FirewallRequests', ['0', '10', '2000'], ['', '1', '9', '-10', '1.5']],
    ['VpcSubnetIds', ['', 'subnet-0a1b,subnet-2c3d'], ['subnet-0a1b', 'subnet-0a1b, subnet-2c3d', 'vpc-0a1b']],
    ['VpcSecurityGroupIds', ['', 'sg-0a1b', 'sg-0a1b,sg-2c3d'], ['default', 'sg-0a1b,']],
    [
      'EncryptionKeyArn',
      ['', 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555'],
      ['alias/orders', 'arn:aws:kms:eu-west-1:123456789012:alias/orders', '11111111-2222-3333-4444-555555555555'],
    ],
  ])('take only what can be a value of %s', (name, good, bad) => {
    const pattern = new RegExp(`^(?:${template.Parameters[name]?.AllowedPattern})$`);
    expect(good.filter((value) => !pattern.test(value))).toEqual([]);
    expect(bad.filter((value) => pattern.test(value))).toEqual([]);
    expect(template.Parameters[name]?.Default).toBe(good[0]);
  });

  const stages = [
    ...readFileSync(join(root, 'samconfig.toml'), 'utf8').matchAll(/^\[(\w+)\.deploy\.parameters\]([^[]*)/gm),
  ];

  test.each(stages.map(([, name = '', settings = '']) => [name, settings]))(
    'are kept by the stage %s of samconfig.toml',
    (_name, settings) => {
      const overrides = /^parameter_overrides = "(.*)"$/m.exec(settings)?.[1] ?? '';
      const given = Object.fromEntries(
        overrides
          .split(' ')
          .filter(Boolean)
          .map((pair) => pair.split('=')),
      );
      expect(Object.keys(given).filter((parameter) => !(parameter in template.Parameters))).toEqual([]);
      expect(refusals(given)).toEqual([]);
    },
  );

  test('prod protects its data', () => {
    const prod = stages.find(([, name]) => name === 'prod')?.[2];
    expect(prod).toContain('ProtectData=true');
  });
});

describe('the stage of the API', () => {
  test('is deployed anew when only a gateway response or the allowed origin changes', () => {
    expect(properties('Api').AlwaysDeploy).toBe(true);
  });

  test('pays for no metrics of single methods', () => {
    const settings = properties('Api').MethodSettings as Fields[];
    expect(settings.length).toBeGreaterThan(0);
    for (const setting of settings) expect(setting).not.toHaveProperty('MetricsEnabled');
  });
});

test('the operators are mailed when an address is given', () => {
  expect(template.Resources.OperatorSubscription).toEqual({
    Type: 'AWS::SNS::Subscription',
    Condition: 'OperatorIsMailed',
    Properties: { TopicArn: { Ref: 'OperationsTopic' }, Protocol: 'email', Endpoint: { Ref: 'OperatorEmail' } },
  });
});
