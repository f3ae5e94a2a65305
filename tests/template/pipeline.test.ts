import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Json, list, objectsIn, root } from './template.ts';
import { runTool } from './tools.ts';

type Fields = { [key: string]: Json };

const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'), { logLevel: 'silent' }) as Fields;

describe('the template of the pipeline', () => {
  const file = 'pipeline/template.yaml';
  const template = read(file);
  const resources = Object.values(template.Resources as Fields).flatMap((resource) =>
    // Fn::ForEach has a name, a list, and what is made for each of it.
    Array.isArray(resource) ? Object.entries(resource[2] as Fields) : [],
  );
  const roles = [
    ...Object.entries(template.Resources as Fields).filter(([, resource]) => (resource as Fields).Type),
    ...resources,
  ].filter(([, resource]) => (resource as Fields).Type === 'AWS::IAM::Role');

  test('cfn-lint has nothing to say about it', () => {
    expect(runTool('cfn-lint', ['-a', 'cfn_lint_serverless.rules', '-t', file])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('a workflow is each role in one environment of the repository alone', () => {
    const trusted = roles.map(([id, role]): [string, Json | undefined] => {
      const conditions = [...objectsIn((role as Fields).Properties)].map(
        (object) => object['token.actions.githubusercontent.com:sub'],
      );
      return [id, conditions.find((subject) => subject !== undefined)];
    });
    expect(trusted).toEqual([
      ['PackageRole', `repo:\${Repository}:environment:artefacts`],
      [`\${Stage}DeliveryRole`, `repo:\${Repository}:environment:\${Stage}`],
      // CloudFormation's own, which no workflow can be.
      [`\${Stage}ExecutionRole`, undefined],
    ]);
    const audiences = [...objectsIn(template)].map((object) => object['token.actions.githubusercontent.com:aud']);
    expect(audiences.filter((audience) => audience !== undefined)).toEqual(Array(2).fill('sts.amazonaws.com'));
  });

  test('only CloudFormation may do whatever a service has, and nobody may do everything', () => {
    for (const [id, role] of roles) {
      const actions = [...objectsIn((role as Fields).Properties)].flatMap(({ Action }) => list(Action)).map(String);
      expect(actions).not.toContain('*');
      expect(actions.filter((action) => /^(iam|sts|kms|organizations):.*\*/.test(action))).toEqual([]);
      if (id !== `\${Stage}ExecutionRole`) expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    }
  });
});

describe.each(globSync('.github/workflows/*.yml', { cwd: root }).sort())('%s', (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const workflow = read(file);
  const jobs = Object.entries(workflow.jobs as { [id: string]: Fields });

  test('names each action by a commit, with its version beside it', () => {
    const used = [...text.matchAll(/uses: (.*)/g)]
      .map(([, what = '']) => what)
      .filter((what) => !what.startsWith('./'));
    for (const what of used) expect(what).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('has no right but to read, and the identity where it is wanted', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [, { permissions, uses, steps }] of jobs) {
      const takesRole =
        JSON.stringify(steps ?? '').includes('configure-aws-credentials') || /stage\.yml/.test(String(uses));
      expect(permissions).toEqual(takesRole ? { contents: 'read', 'id-token': 'write' } : undefined);
    }
  });

  test('runs only scripts of the repository, without an expression in a command', () => {
    const scripts = Object.keys((read('package.json').scripts as Fields) ?? {});
    const commands = jobs.flatMap(([, { steps }]) =>
      list(steps).flatMap((step) => list((step as Fields).run).map(String)),
    );
    for (const command of commands) {
      expect(command).not.toContain('${{');
      const [, script = ''] = command.match(/^npm (?:run )?(\S+)/) ?? [];
      const isKnown =
        command === 'npm ci' || scripts.includes(script) || existsSync(join(root, command.split(' ')[0] ?? ''));
      expect([command, isKnown]).toEqual([command, true]);
    }
  });
});

test('a delivery tests first, builds once, and comes to prod through dev and staging', () => {
  const jobs = read('.github/workflows/deliver.yml').jobs as { [id: string]: Fields };
  expect(Object.fromEntries(Object.entries(jobs).map(([id, { needs }]) => [id, needs ?? null]))).toEqual({
    check: null,
    package: 'check',
    dev: 'package',
    staging: 'dev',
    prod: 'staging',
  });
  const building = globSync('.github/workflows/*.yml', { cwd: root }).filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('pipeline/package.sh'),
  );
  expect(building).toEqual(['.github/workflows/deliver.yml']);
});
