/** The Python tools that `local/bootstrap.mjs` installs, pinned, each set into a folder of .venv. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Template } from './template.ts';

// Nothing here talks to AWS; the region only keeps the tools from asking for one.
const environment = { ...process.env, AWS_DEFAULT_REGION: 'us-east-1', SAM_CLI_TELEMETRY: '0' };

/** Runs one of the tools at the root of the project. */
export function runTool(name: string, args: readonly string[], set: 'sam' | 'checkov' = 'sam') {
  const path = join(root, '.venv', set, 'bin', name);
  if (!existsSync(path)) throw new Error(`${path} is missing; npm test installs it`);
  const { status, stdout, stderr } = spawnSync(path, args, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, stderr };
}

/** A template as CloudFormation gets it, with everything that SAM adds. */
export function translate(path = 'template.yaml'): Template {
  const { status, stdout, stderr } = runTool('python', ['tests/template/translate.py', path]);
  if (status !== 0) throw new Error(`${path} cannot be translated: ${stderr}`);
  return JSON.parse(stdout) as Template;
}
