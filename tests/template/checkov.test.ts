import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accepted, faultsOf, notAccepted, type Reported } from './accepted.ts';
import { CHOICES, chosen, handedOn } from './chosen.ts';
import { root, type Template, template } from './template.ts';
import { runTool, translate } from './tools.ts';

/** What checkov asks for and we do not do, each with the reason. */
const ACCEPTED: Accepted[] = [
  {
    rule: 'CKV_AWS_111',
    resource: /^SendSmsPolicy$/,
    reason: 'a phone number is no resource that a policy could name; a Deny takes every topic out of *',
  },
  {
    rule: 'CKV_AWS_111',
    resource: /^NetworkPolicy$/,
    reason: 'AWS allows the rights on network interfaces on * only; a Deny takes the code of functions out of them',
  },
  {
    rule: 'CKV_AWS_115',
    resource: /Function$/,
    reason: 'concurrency is set aside by the parameter ReservedConcurrency, for the functions that process orders only',
  },
  {
    rule: 'CKV_AWS_116',
    resource: /Function$/,
    reason:
      'what is invoked asynchronously has a failure destination (EventInvokeConfig), which checkov does not see; the ' +
      'others are invoked synchronously, and their callers retry',
  },
  {
    rule: 'CKV_AWS_117',
    resource: /Function$/,
    reason:
      'functions call AWS and the payment provider only; a VPC adds endpoints and their cost, so it is a choice: VpcSubnetIds',
  },
  {
    rule: 'CKV_AWS_119',
    resource: /Table$/,
    reason:
      "DynamoDB encrypts with a key of its own; a customer's is a choice (EncryptionKeyArn), and every use is billed",
  },
  {
    rule: 'CKV_AWS_120',
    resource: /^ApiapiStage$/,
    reason: 'orders must never come from a cache; the catalogue is cached at the edge',
  },
  {
    rule: 'CKV_AWS_149',
    resource: /^ApiKeySecret\d*$/,
    reason: "Secrets Manager encrypts with a key of its own; a customer's key costs, and who may read is the same",
  },
  {
    rule: 'CKV_AWS_158',
    resource: /LogGroup$/,
    reason: 'CloudWatch encrypts with a key of its own, and logs hold no personal data',
  },
  {
    rule: 'CKV_AWS_174',
    resource: /^Distribution$/,
    reason: "a distribution at CloudFront's own name has CloudFront's certificate, whose TLS version cannot be chosen",
  },
  {
    rule: 'CKV_AWS_173',
    resource: /Function$/,
    reason: 'the environment holds names and addresses and no secret; Lambda encrypts it with a key of its own',
  },
  {
    rule: 'CKV_AWS_18',
    resource: /^(ImagesBucket|SiteBucket|AccessLogBucket)$/,
    reason:
      'images and pages are public, and who uploads one is in the audit entries; Storefront=logged logs the pages; a bucket of access logs would write one line for ' +
      'each of its lines',
  },
  {
    rule: 'CKV_AWS_26',
    resource: /^OperationsTopic$/,
    reason: 'alarms cannot publish to a topic with the AWS-managed key; it carries order ids and statuses only',
  },
  {
    rule: 'CKV_AWS_27',
    resource: /^(OrderQueue|OrderDlq|NotificationQueue|NotificationDlq|EventsDlq|OrderEventsDlq)$/,
    reason: 'SqsManagedSseEnabled encrypts with a key of SQS, at no cost',
  },
  {
    rule: 'CKV_AWS_68',
    resource: /^Distribution$/,
    reason:
      'a firewall costs from 6 USD per month before the first request, and must be in us-east-1; the API is throttled, and ' +
      'every body is validated. docs/deploy.md says how to put one in front',
  },
  {
    rule: 'CKV_AWS_86',
    resource: /^Distribution$/,
    reason:
      'logs have the addresses of people: they are a choice of the deployment (Storefront=logged), kept for 7 days',
  },
  {
    rule: 'CKV_AWS_76',
    resource: /^ApiapiStage$/,
    reason:
      'access logs need a role that is set once per account and region, so that they are asked for (ApiAccessLogs)',
  },
];

interface Finding {
  check_id: string;
  check_name: string;
  /** `AWS::Type.LogicalId` */
  resource: string;
}

describe('checkov', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'checkov-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What checkov finds in these templates, by file name. */
  function findings(templates: Record<string, Template>): Reported[] {
    for (const [name, template] of Object.entries(templates)) {
      writeFileSync(join(directory, `${name}.json`), JSON.stringify(template));
    }
    const options = ['--framework', 'cloudformation', '--compact', '--quiet', '--skip-download', '-o', 'json'];
    const { stdout, stderr } = runTool('checkov', ['-d', directory, ...options], 'checkov');
    const report = JSON.parse(stdout || '{}') as { results?: { failed_checks: Finding[] } };
    if (!report.results) throw new Error(`checkov gave no report: ${stderr}`);
    return report.results.failed_checks.map(({ check_id, check_name, resource }) => ({
      rule: check_id,
      resource: resource.split('.').at(-1) ?? '',
      message: check_name,
    }));
  }

  test('has nothing to say about what CloudFormation gets, by default and with everything on', () => {
    const paths = ['template.yaml', ...globSync('stacks/*/template.yaml', { cwd: root })];
    const translated = paths.map((path) => [path, translate(path)] as const);
    const templates = Object.entries(CHOICES).flatMap(([choice, given]) =>
      translated.map(([path, each]) => [
        `${choice} ${path}`.replaceAll(/[ /]/g, '-'),
        chosen(each, handedOn(template, path, given)),
      ]),
    );
    const reported = findings(Object.fromEntries(templates));
    expect(notAccepted(reported, ACCEPTED)).toEqual([]);
    expect(faultsOf(ACCEPTED, reported)).toEqual([]);
  }, 240_000);

  test('reports a bucket that is open to the public', () => {
    const open = { Type: 'AWS::S3::Bucket', Properties: { AccessControl: 'PublicRead' } };
    const found = findings({ open: { Resources: { OpenBucket: open } } as unknown as Template });
    expect(found.map(({ rule, resource }) => `${rule} ${resource}`)).toContain('CKV_AWS_20 OpenBucket');
  }, 120_000);
});
