import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { shellText } from '../../local/shell-file.ts';
import { commandBlock } from '../support/command-blocks.ts';
import { HOSTILE_SETTINGS } from '../support/hostile-settings.ts';
import { aws, stack } from '../support/stack.ts';
import { TreeCopy } from '../support/tree-copy.ts';

const STACK = 'order-processing-dev';
/** More than the SAM CLI asks. An empty answer takes the default, which is No for the last question. */
const ANSWERS = '\n'.repeat(100);

const clone = new TreeCopy({ installed: false });
const cloudFormation = new CloudFormationClient(aws);

afterAll(async () => {
  await cloudFormation.send(new DeleteStackCommand({ StackName: STACK }));
  clone.remove();
}, 60_000);

/** npm installs through the proxy that the user has, so that the settings have none here. */
const settings = Object.fromEntries(Object.entries(HOSTILE_SETTINGS).filter(([name]) => !/proxy/i.test(name)));

test('the commands of the first deployment install, build, ask and make a change set, on a fresh clone', async () => {
  const commands = commandBlock('README.md', 'Deploy it');
  expect(commandBlock('docs/deploy.md', 'The first deployment')).toBe(commands);

  const bash = spawn('bash', ['-c', `${shellText(stack)}\nset -e\n${commands}`], {
    cwd: clone.folder,
    env: { ...process.env, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  bash.stdin.end(ANSWERS);
  let output = '';
  for (const stream of [bash.stdout, bash.stderr]) stream.on('data', (data: Buffer) => (output += data));
  await new Promise((resolve) => bash.once('close', resolve));

  expect(output).toContain('Build Succeeded');
  expect(output).toContain(`Stack Name [${STACK}]`);
  expect(output).toContain('Changeset created successfully');
  // The local cloud takes a template without the types that it does not know: local/deploy.ts deploys one.
  expect(output).toMatch(/Deploy this changeset\? \[y\/N\]:\s*$/);
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
  expect(Stacks[0]?.StackStatus).toBe('REVIEW_IN_PROGRESS');
  expect(readFileSync(join(clone.folder, 'samconfig.toml'), 'utf8')).toContain(`stack_name = "${STACK}"`);
}, 600_000);
