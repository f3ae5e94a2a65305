import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A program that runs until it is ended. */
export const HANG = 'setInterval(() => {}, 1000);\n';

/** A copy of what starts and ends the local cloud, in a folder of its own, with light programs in the place of the cloud. */
export interface ProjectCopy {
  folder: string;
  /** Writes a file below the folder. */
  write: (path: string, content: string) => void;
  /** Writes a program that is found on the PATH before all others. */
  command: (name: string, script: string) => void;
  /** Starts a program of this folder, with Node unless `command` names another. */
  start: (args: string[], options?: StartOptions) => Started;
  /** The command lines of all processes that name this folder. */
  processes: () => string[];
  /** Ends what still runs, and removes the folder. */
  remove: () => void;
}

interface StartOptions {
  command?: string;
  uid?: number;
  /** Lets the build take until it is ended. */
  slow?: boolean;
}

/** A program with its output so far. It leads a process group, as a program in a terminal does. */
export interface Started {
  child: ChildProcess;
  output: () => string;
  /** Resolves to its exit code, or to the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  /** Sends a signal to the whole group, as a terminal does. */
  signal: (name: NodeJS.Signals) => void;
}

/** Makes a copy whose cloud consists of three programs that only wait. */
export function copyProject({ withPackages = true } = {}): ProjectCopy {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'first-hour-')));
  // Other users may look into it; one test is another user.
  chmodSync(folder, 0o755);
  for (const path of ['local', 'package.json', 'package-lock.json'])
    cpSync(path, join(folder, path), { recursive: true });
  if (withPackages) symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const write = (path: string, content: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const name of ['start_ministack.py', 'pipe-relay.ts', 'edge.ts']) write(`local/${name}`, HANG);
  write(
    'local/sample-order.ts',
    'export async function placeSampleOrder() {}\nexport class SampleOrderFailure extends Error {}\n',
  );
  write('local/local-cloud.ts', LIGHT_CLOUD);
  write('local/api-document.ts', "export async function buildApiDocument() {\n  return 'nowhere';\n}\n");
  write('local/watch.ts', 'export class Watch {}\n');
  write('local/order-failure.ts', 'export function endOfEmulatorLog() {}\nexport function explainOrder() {}\n');
  mkdirSync(join(folder, 'bin'));
  const processes = () =>
    execFileSync('ps', ['-A', '-ww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`${folder}/`) && !/^\s*\d+\s+Z/.test(line))
      // Its state changes all the time.
      .map((line) => line.replace(/^\s*(\d+)\s+\S+/, '$1'));
  return {
    folder,
    write,
    command: (name, script) => {
      write(`bin/${name}`, script);
      chmodSync(join(folder, 'bin', name), 0o755);
    },
    start: (args, options = {}) => start(folder, args, options),
    processes,
    remove: () => {
      for (const line of processes()) {
        try {
          process.kill(Number.parseInt(line, 10), 'SIGKILL');
        } catch {
          // it has just ended
        }
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Stands for the cloud: its three programs are started and ended by the same code as the real ones. */
const LIGHT_CLOUD = `
import { endLocalCloud, startProcess } from './processes.ts';
import { checkPort } from './mini-stack.ts';
import { run } from './progress.mjs';
export async function build() {
  if (process.env.SLOW_BUILD) await run(process.execPath, [process.cwd() + '/hang.mjs'], { log: 'build' });
}
export async function startLocalCloud(port) {
  await checkPort(port);
  await startProcess('ministack', process.execPath, [], process.env);
  await startProcess('pipe-relay', process.execPath, [], process.env);
  await startProcess('edge', process.execPath, [], process.env);
  return { customer: {}, operator: {} };
}
export const stopLocalCloud = endLocalCloud;
`;

function start(
  folder: string,
  args: string[],
  { command = process.execPath, slow = false, ...options }: StartOptions,
): Started {
  let output = '';
  const child = spawn(command, args, {
    ...options,
    cwd: folder,
    detached: true,
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      PATH: `${folder}/bin:${process.env.PATH}`,
      ...(slow && { SLOW_BUILD: '1' }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data));
  return {
    child,
    output: () => output,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal ?? 1))),
    signal: (name) => process.kill(-(child.pid ?? 0), name),
  };
}
