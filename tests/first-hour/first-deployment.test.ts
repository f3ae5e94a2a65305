import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { shellText } from '../../local/shell-file.ts';
import { commandBlock } from '../support/command-blocks.ts';
import { HOSTILE_SETTINGS } from '../support/hostile-settings.ts';
import { aws, stack } from '../support/stack.ts';
import { TreeCopy } from '../support/tree-copy.ts';

const STACK = 'order-processing-dev';
/** A question of the SAM CLI that waits for its answer, such as `Deploy this changeset? [y/N]: `. */
const QUESTION = /^.*(?:\]|\w): $/m;

/**
 * `sam deploy` takes the built template without the types that the emulator refuses. It has its answers from a descriptor
 * of its own: npm makes the one that it inherits non-blocking, and Python takes an answer that is not there yet for the end.
 */
const LOCAL_TEMPLATE = `
sam() {
  if [ "$1" != deploy ]; then command sam "$@"; return; fi
  NODE_NO_WARNINGS=1 ${process.execPath} -e 'import("./local/deploy.ts").then((module) => module.writeLocalTemplate())'
  command sam "$@" --config-file "$PWD/samconfig.toml" --template-file .local/template.yaml <&3
}
`;

const clone = new TreeCopy({ installed: false });
const cloudFormation = new CloudFormationClient(aws);

afterAll(async () => {
  await cloudFormation.send(new DeleteStackCommand({ StackName: STACK }));
  clone.remove();
}, 180_000);

/** npm installs through the proxy that the user has, so that the settings have none here. */
const settings = Object.fromEntries(Object.entries(HOSTILE_SETTINGS).filter(([name]) => !/proxy/i.test(name)));

test('the commands of the first deployment install, build, ask and deploy, on a fresh clone', async () => {
  const commands = commandBlock('README.md', 'Deploy it');
  expect(commandBlock('docs/deploy.md', 'The first deployment')).toBe(commands);

  const bash = spawn('bash', ['-c', `${shellText(stack)}${LOCAL_TEMPLATE}set -e\n${commands}`], {
    cwd: clone.folder,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const answers = bash.stdio[3] as Writable;
  let output = '';
  let answered = 0;
  for (const stream of [bash.stdout, bash.stderr]) {
    stream?.on('data', (data: Buffer) => {
      output += data;
      const question = QUESTION.exec(output.slice(answered).split('\n').at(-1) ?? '')?.[0];
      if (question === undefined) return;
      answered = output.length;
      // An empty answer takes the default, which is No for this question alone.
      answers.write(question.includes('Deploy this changeset?') ? 'y\n' : '\n');
    });
  }
  const status = await new Promise((resolve) => bash.once('close', resolve));

  expect(output).toContain('Build Succeeded');
  expect(output).toContain(`Stack Name [${STACK}]`);
  expect(output).toContain('Deploy this changeset? [y/N]: ');
  expect(output).toContain(`Successfully created/updated stack - ${STACK}`);
  expect(status).toBe(0);
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
  expect(Stacks[0]?.StackStatus).toBe('CREATE_COMPLETE');
  expect(readFileSync(join(clone.folder, 'samconfig.toml'), 'utf8')).toContain(`stack_name = "${STACK}"`);
}, 600_000);
