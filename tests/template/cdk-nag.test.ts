import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { type Accepted, faultsOf, notAccepted, type Reported } from './accepted.ts';
import { CHOICES, chosen, handedOn } from './chosen.ts';
import { resourcesOf, type Template, template } from './template.ts';
import { translate } from './tools.ts';

/** What cdk-nag asks for and we do not do, each with the reason. */
const ACCEPTED: Accepted[] = [
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    resource: /^(TracingPolicy|WorkflowLoggingPolicy|NetworkPolicy|DeploymentRole)$/,
    reason: 'AWS allows these actions on every resource only; template.test.ts names each of them (wideStatements)',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    resource: /^SendSmsPolicy$/,
    reason: 'a phone number is no resource that a policy could name; a Deny takes every topic out of it',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<ProcessOrder.Name>:*]',
    resource: /^(ListExecutionsRole|ReconcileRole)$/,
    reason: 'executions are named by their orders, of which a policy knows nothing; it names their workflow',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ImagesBucket.Arn>/incoming/*]',
    resource: /^(UploadImageRole|CheckImageRole)$/,
    reason: 'each upload has a key of its own below this prefix',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ImagesBucket.Arn>/images/*]',
    resource: /^CheckImageRole$/,
    reason: 'each image is kept under its hash, below this prefix',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<OrdersTable.Arn>/stream/*]',
    resource: /^PublishOrderEventsRole$/,
    reason: 'ListStreams lists the streams of a table, and AWS allows it on all of them only',
  },
  {
    rule: 'AwsSolutions-SQS3',
    resource: /^(EventsDlq|OrderEventsDlq)$/,
    reason: 'they are dead-letter queues: of rules, functions and a stream, which cdk-nag does not look at',
  },
  {
    rule: 'AwsSolutions-SQS4',
    resource: /^(OrderQueue|OrderDlq|NotificationQueue|NotificationDlq|EventsDlq|OrderEventsDlq)$/,
    reason:
      'only roles of this template, SNS and EventBridge may use the queues; their clients, the SDK and AWS, speak HTTPS',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    resource: /Dlq$/,
    reason: 'a dead-letter queue is where messages end, and an alarm rings',
  },
  {
    rule: 'AwsSolutions-S1',
    resource: /^(ImagesBucket|AccessLogBucket|SiteBucket)$/,
    reason:
      'images and pages are public, and uploads are in the audit entries; Storefront=logged logs the pages, and a bucket ' +
      'of logs would write one line for each of its lines',
  },
  {
    rule: 'AwsSolutions-COG1',
    resource: /^UserPool$/,
    reason: 'twelve characters of three kinds; a symbol that is asked for ends as one exclamation mark',
  },
  {
    rule: 'AwsSolutions-COG2',
    resource: /^UserPool$/,
    reason: 'customers choose; the rights of operators need a second factor wherever data is protected (docs/adr/0020)',
  },
  {
    rule: 'AwsSolutions-COG8',
    resource: /^UserPool$/,
    reason:
      'the plus plan is billed for each user of a month; guessing is slowed by the throttle of /auth and by Cognito',
  },
  {
    rule: 'AwsSolutions-APIG1',
    resource: /^ApiapiStage$/,
    reason:
      'access logs need a role that is set once per account and region, so that they are asked for (ApiAccessLogs)',
  },
  {
    rule: 'Serverless-APIGWAccessLogging',
    resource: /^ApiapiStage$/,
    reason:
      'access logs need a role that is set once per account and region, so that they are asked for (ApiAccessLogs)',
  },
  {
    rule: 'AwsSolutions-APIG2',
    resource: /^Api$/,
    reason: 'the functions check every body, and their answer names the field that is wrong (docs/adr/0034)',
  },
  {
    rule: 'AwsSolutions-APIG3',
    resource: /^ApiapiStage$/,
    reason: 'the firewall is in a nested stack, where cdk-nag does not find it, and a choice: FirewallRequests',
  },
  {
    rule: 'AwsSolutions-APIG6',
    resource: /^ApiapiStage$/,
    reason:
      'execution logs of the gateway hold bodies and tokens; the functions log what they were asked, without them',
  },
  {
    rule: 'AwsSolutions-SMG4',
    resource: /^ApiKeySecret$/,
    reason: 'API and distribution have to change together, which a deployment does; docs/deploy.md says how',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    resource: /Function$/,
    reason:
      'what is invoked asynchronously has a failure destination (EventInvokeConfig), which cdk-nag does not see; the ' +
      'others are invoked synchronously, and their callers retry',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    resource: /^DeliverNotificationFunctionNotifications$/,
    reason: 'a destination is for streams; what comes from a queue goes to the dead-letter queue of that queue',
  },
  {
    rule: 'Serverless-SNSRedrivePolicy',
    resource: /^OperatorSubscription$/,
    reason: 'SNS itself retries a mail; one that nobody can receive leaves its alarm and its order where they are',
  },
  {
    rule: 'AwsSolutions-CFR1',
    resource: /^Distribution$/,
    reason: 'the product does not know in which countries a shop sells',
  },
  {
    rule: 'AwsSolutions-CFR2',
    resource: /^Distribution$/,
    reason: 'its firewall would have to be in us-east-1; FirewallRequests sets one before the API (docs/hardening.md)',
  },
  {
    rule: 'AwsSolutions-CFR3',
    resource: /^Distribution$/,
    reason: 'logs have the addresses of people: they are a choice of the deployment (Storefront=logged)',
  },
  {
    rule: 'AwsSolutions-CFR4',
    resource: /^Distribution$/,
    reason: "a distribution at CloudFront's own name has CloudFront's certificate, whose TLS version cannot be chosen",
  },
];

describe('cdk-nag, with the packs AwsSolutions and Serverless', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'cdk-nag-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What both packs find in a template as CloudFormation gets it. */
  function reportedOn(translated: Template): Reported[] {
    const templateFile = join(directory, 'template.json');
    const { Parameters, Resources } = translated;
    // The rest is not looked at, and what is left of Rules and Outputs may name what is chosen away. CfnInclude does not
    // know the language extensions: the text of the dashboard is its JSON as it stands.
    const asText = (_key: string, value: unknown) =>
      typeof value === 'object' && value !== null && 'Fn::ToJsonString' in value
        ? JSON.stringify(value['Fn::ToJsonString'])
        : value;
    writeFileSync(templateFile, JSON.stringify({ Parameters, Resources }, asText));
    const stack = new Stack(new App({ outdir: join(directory, 'cdk.out') }), 'Stack');
    new CfnInclude(stack, 'Template', { templateFile });
    return [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
      pack.validateScope(stack).violations.flatMap(({ ruleName, description, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({
          rule: ruleName,
          resource: constructPath?.split('/').at(-1) ?? '',
          message: description,
        })),
      ),
    );
  }

  const files = [
    'template.yaml',
    ...resourcesOf('AWS::Serverless::Application').map(([, a]) => String(a.Properties.Location)),
  ];
  const reported: Reported[] = [];

  test.each(files)(
    'has nothing to say about %s, by default and with everything on',
    (file) => {
      const translated = translate(file);
      for (const given of Object.values(CHOICES)) {
        reported.push(...reportedOn(chosen(translated, handedOn(template, file, given))));
      }
      expect(notAccepted(reported, ACCEPTED)).toEqual([]);
    },
    120_000,
  );

  test('has a reason for every exception, and needs it', () => {
    expect(reported.length).toBeGreaterThan(0);
    expect(faultsOf(ACCEPTED, reported)).toEqual([]);
  });

  test('reports what no exception has a reason for', () => {
    const changed = chosen(translate());
    changed.Resources.OpenBucket = { Type: 'AWS::S3::Bucket', Properties: {} };
    const table = changed.Resources.OrdersTable?.Properties ?? {};
    delete table.PointInTimeRecoverySpecification;
    expect(notAccepted(reportedOn(changed), ACCEPTED).map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['AwsSolutions-S1 OpenBucket', 'AwsSolutions-DDB3 OrdersTable']),
    );
  }, 120_000);
});
