import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourcesOf, type Template } from './template.ts';
import { runTool, translate } from './tools.ts';

/** What cfn-lint-serverless asks for and we do not do, each with the reason. */
const ACCEPTED: { rule: string; resource: RegExp; reason: string }[] = [
  {
    rule: 'ES1001',
    resource: /^DeliverNotificationFunctionNotifications$/,
    reason:
      'a destination of failures is for streams; what comes from a queue goes to the dead-letter queue of that queue',
  },
  {
    rule: 'ES2000',
    resource: /^Api(\w*Stage)?$/,
    reason: 'access logs need a role that is set once an account and region, which a stack may not take over',
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
}

/** The findings of cfn-lint with the serverless rules, accepted ones aside, and the accepted rules it did report. */
function lint(file: string) {
  const { stdout, stderr } = runTool('cfn-lint', ['-a', 'cfn_lint_serverless.rules', '-f', 'json', '-t', file]);
  if (stderr !== '') throw new Error(stderr);
  const matches = JSON.parse(stdout || '[]') as Match[];
  const accepted = (match: Match) =>
    ACCEPTED.find(
      ({ rule, resource }) => rule === match.Rule.Id && match.Message.split(' ').some((word) => resource.test(word)),
    );
  return {
    findings: matches.filter((match) => !accepted(match)).map(({ Rule, Message }) => `${Rule.Id} ${Message}`),
    accepted: new Set(matches.map((match) => accepted(match)?.rule)),
  };
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

  test('cfn-lint with the serverless rules has nothing to say about the template, and every exception is needed', () => {
    const { findings, accepted } = lint('template.yaml');
    expect(findings).toEqual([]);
    // It asks for some only once SAM has written out an event of a function.
    const used = new Set([...accepted, ...lint(written(translate('template.yaml'))).accepted]);
    expect([...used].sort()).toEqual(ACCEPTED.map(({ rule }) => rule).sort());
  });

  test.each(nested)('cfn-lint with the serverless rules has nothing to say about %s', (file) => {
    expect(lint(file).findings).toEqual([]);
  });

  test.each(files)(
    'cfn-lint with the serverless rules has nothing to say about what CloudFormation gets of %s',
    (file) => {
      expect(lint(written(translate(file))).findings).toEqual([]);
    },
  );

  test('cfn-lint reports an IAM action that does not exist', () => {
    const changed = translate();
    const text = JSON.stringify(changed.Resources.TracingPolicy).replace('xray:PutTraceSegments', 'xray:PutSegments');
    changed.Resources.TracingPolicy = JSON.parse(text);
    expect(lint(written(changed)).findings.join('\n')).toContain("'putsegments' is not one of");
  });
});
