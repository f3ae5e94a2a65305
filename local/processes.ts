import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LOCAL_DIR } from './stack-file.ts';

/** The processes that make up the local cloud. Each has a pid and a log under `.local`. */
export type ProcessName = 'ministack' | 'pipe-relay' | 'edge';

/**
 * Starts a process that outlives this one, in a process group of its own. One of that name that still runs is ended
 * first, so that there are never two.
 */
export async function startProcess(
  name: ProcessName,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await stopProcess(name);
  const log = openSync(`${LOCAL_DIR}/${name}.log`, 'a');
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] });
  if (child.pid === undefined) throw new Error(`${command} does not start`);
  writeFileSync(pidFile(name), String(child.pid));
  child.unref();
}

/** Whether that process is alive. */
export function runs(name: ProcessName): boolean {
  const pid = readPid(name);
  return pid !== undefined && isAlive(pid);
}

/**
 * Ends a process and those that it started, first politely.
 *
 * @returns whether there was one to end
 */
export async function stopProcess(name: ProcessName): Promise<boolean> {
  const pid = readPid(name);
  if (pid === undefined || !isAlive(pid)) {
    rmSync(pidFile(name), { force: true });
    return false;
  }
  process.kill(-pid, 'SIGTERM');
  for (const deadline = Date.now() + 15_000; isAlive(pid) && Date.now() < deadline; ) await pause(50);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the whole group has gone already
  }
  rmSync(pidFile(name), { force: true });
  return true;
}

/** Ends a process at once, as a crash would. */
export function killProcess(name: ProcessName): void {
  const pid = readPid(name);
  if (pid !== undefined && isAlive(pid)) process.kill(-pid, 'SIGKILL');
  rmSync(pidFile(name), { force: true });
}

function pidFile(name: ProcessName): string {
  return `${LOCAL_DIR}/${name}.pid`;
}

function readPid(name: ProcessName): number | undefined {
  if (!existsSync(pidFile(name))) return undefined;
  const pid = Number(readFileSync(pidFile(name), 'utf8'));
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Whether a process of ours has this number: ours lead a process group. One that has ended but waits for its parent does not count. */
function isAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return !existsSync('/proc/self/stat');
  }
}
