import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { type ProcessName, programOf, stopProcess } from './processes.cjs';
import { LOCAL_DIR } from './stack-file.ts';

export { endLocalCloud, killProcess, pidsOf, portTrouble, runs, stopProcess } from './processes.cjs';

/**
 * Starts a process that outlives this one, in a process group of its own, with a log under `.local`. One of that name
 * that still runs is ended first, so that there are never two.
 *
 * @param flags what comes before the program on the command line
 */
export async function startProcess(
  name: ProcessName,
  command: string,
  flags: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await stopProcess(name);
  mkdirSync(LOCAL_DIR, { recursive: true });
  const log = openSync(`${LOCAL_DIR}/${name}.log`, 'a');
  const child = spawn(command, [...flags, programOf(name)], { env, detached: true, stdio: ['ignore', log, log] });
  if (child.pid === undefined) throw new Error(`${command} does not start`);
  child.unref();
}
