import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { stack } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a run of the operators' command line left. */
export interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Where the runs of this test keep the tokens of an operator. */
export const stateFolder = temporaryFolder('ops-state');

/** Runs `npm run ops -- …` as a process of its own, upon the stack under test, as that operator. */
export function ops(
  args: readonly string[],
  operator: { email: string; password: string } = stack.operator,
): Promise<Run> {
  const where = stack.endpoint === undefined ? ['--stack', stack.stackName, '--region', stack.region] : [];
  return runOps([...args, ...where], { OPS_EMAIL: operator.email, OPS_PASSWORD: operator.password });
}

/** Runs the command line with these arguments, and with this in its environment beside what this process has. */
export function runOps(args: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  const { FORCE_COLOR: _, ...own } = process.env;
  const env = { ...own, NO_COLOR: '1', XDG_STATE_HOME: stateFolder, ...environment };
  return new Promise((done, failed) => {
    const child = execFile(process.execPath, [resolve('ops/ops.mjs'), ...args], { env }, (error, stdout, stderr) => {
      const { code = 0 } = (error ?? {}) as { code?: number | string };
      if (typeof code === 'number') done({ exitCode: code, stdout, stderr });
      else failed(error);
    });
    child.stdin?.end();
  });
}

/** What a command answers with `--json`. @throws Error when it was not done, with what it said */
export async function opsJson<T>(args: readonly string[], operator?: { email: string; password: string }): Promise<T> {
  const { exitCode, stdout, stderr } = await ops([...args, '--json'], operator);
  if (exitCode !== 0) throw new Error(`ops ${args.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}
