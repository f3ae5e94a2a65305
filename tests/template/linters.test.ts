import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accepted, faultsOf, notAccepted, type Reported } from './accepted.ts';
import { CHOICES, chosen, handedOn } from './chosen.ts';
import { resourcesOf, type Template, template } from './template.ts';
import { runTool, translate } from './tools.ts';

/** What cfn-lint-serverless asks for and we do not do, each with the reason. */
const ACCEPTED: Accepted[] = [
  {
    rule: 'ES1001',
    resource: /^DeliverNotificationFunctionNotifications$/,
    reason:
      'a destination of failures is for streams; what comes from a queue goes to the dead-letter queue of that queue',
  },
  {
    rule: 'ES2000',
    resource: /^Api(\w*Stage)?$/,
    reason:
      'access logs need a role that is set once per account and region, so that they are asked for (ApiAccessLogs)',
  },
  {
    rule: 'ES7000',
    resource: /^OperatorSubscription$/,
    reason: 'SNS itself retries a mail; one that nobody can receive leaves its alarm and its order where they are',
  },
  {
    rule: 'ES1007',
    resource: /Permission$/,
    reason: 'it does not know an alias: what an alias fails on is kept, which template.test.ts checks',
  },
  { rule: 'ES6000', resource: /Dlq$/, reason: 'a dead-letter queue is where messages end' },
  {
    rule: 'WS1004',
    resource: /Function$/,
    reason:
      'it looks for groups named after the function; ours are named by LoggingConfig, which template.test.ts checks',
  },
];

interface Match {
  Rule: { Id: string };
  Message: string;
  Location: { Path?: (string | number)[] | null };
}

/** What cfn-lint says with the serverless rules. */
function lint(file: string): Reported[] {
  const { stdout, stderr } = runTool('cfn-lint', ['-a', 'cfn_lint_serverless.rules', '-f', 'json', '-t', file]);
  if (stderr !== '') throw new Error(stderr);
  return (JSON.parse(stdout || '[]') as Match[]).map(({ Rule, Message, Location }) => ({
    rule: Rule.Id,
    resource: String(Location.Path?.[1] ?? file),
    message: Message,
  }));
}

const nested = resourcesOf('AWS::Serverless::Application').map(([, { Properties }]) => String(Properties.Location));
const files = ['template.yaml', ...nested];

describe('linters', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'template-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const written = (template: Template) => {
    const file = join(directory, 'template.json');
    writeFileSync(file, JSON.stringify(template));
    return file;
  };

  // It looks at one file a call, and does not follow the Location of a nested application.
  test.each(files)('sam validate --lint has nothing to say about %s', (file) => {
    const { status, stdout } = runTool('sam', ['validate', '--lint', '--template-file', file]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('is a valid SAM Template') });
  });

  const reported: Reported[] = [];

  test.each(files)('cfn-lint with the serverless rules has nothing to say about %s', (file) => {
    reported.push(...lint(file));
    expect(notAccepted(reported, ACCEPTED)).toEqual([]);
  });

  // What a choice leaves out is not deployed, and its parameters have values that it never gets.
  const deployed = Object.entries(CHOICES).flatMap(([choice, given]) => {
    const applications = resourcesOf('AWS::Serverless::Application', chosen(template, given));
    const locations = applications.map(([, { Properties }]) => String(Properties.Location));
    return ['template.yaml', ...locations].map((file) => [file, choice, given] as const);
  });

  test.each(deployed)(
    'cfn-lint with the serverless rules has nothing to say about what CloudFormation gets of %s, %s',
    (file, _choice, given) => {
      reported.push(...lint(written(chosen(translate(file), handedOn(template, file, given)))));
      expect(notAccepted(reported, ACCEPTED)).toEqual([]);
    },
    60_000,
  );

  test('every exception has a reason and is needed', () => {
    expect(reported.length).toBeGreaterThan(0);
    expect(faultsOf(ACCEPTED, reported)).toEqual([]);
  });

  test.each([
    ['a role', 'CreateOrderRole', 'sqs:SendMessage', 'sqs:SendMesage'],
    ['a policy', 'TracingPolicy', 'xray:PutTraceSegments', 'xray:PutSegments'],
    ['the policy of a bucket', 'ImagesBucketPolicy', 's3:GetObject', 's3:FetchObject'],
    ['the policy of a queue', 'EventsDlqPolicy', 'sqs:SendMessage', 'sqs:Send'],
  ])('cfn-lint reports an action of %s that does not exist', (_what, id, right, wrong) => {
    const { [id]: policy } = translate().Resources;
    if (!policy) throw new Error(`the template has no ${id}`);
    const Resources = { [id]: JSON.parse(JSON.stringify(policy).replace(right, wrong)) };
    const messages = lint(written({ Resources } as unknown as Template)).map(({ message }) => message.toLowerCase());
    expect(messages.join('\n')).toContain(`'${wrong.split(':')[1]?.toLowerCase()}' is not one of`);
  });
});
