import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcess, runs, startProcess, stopProcess } from '../../local/processes.ts';

const before = process.cwd();
let folder: string;

// Processes are known by files below the working directory.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processes-'));
  mkdirSync(join(folder, '.local'));
  process.chdir(folder);
});

afterEach(async () => {
  await stopProcess('pipe-relay');
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const start = () => startProcess('pipe-relay', process.execPath, ['-e', 'setInterval(() => {}, 1000)'], process.env);
const pid = () => Number(readFileSync('.local/pipe-relay.pid', 'utf8'));

/** Whether that process lives. One that has ended and waits for its parent does not. */
function lives(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch {
    return false;
  }
  return !existsSync(`/proc/${id}/stat`) || !/\) Z /.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
}

test('a process that is started again replaces the one that was left over', async () => {
  await start();
  const orphan = pid();
  expect(lives(orphan)).toBe(true);
  await start();
  const next = pid();
  expect(next).not.toBe(orphan);
  expect([lives(orphan), lives(next)]).toEqual([false, true]);
});

test('a process is ended, politely or at once', async () => {
  await start();
  expect(runs('pipe-relay')).toBe(true);
  await expect(stopProcess('pipe-relay')).resolves.toBe(true);
  expect(runs('pipe-relay')).toBe(false);
  await expect(stopProcess('pipe-relay')).resolves.toBe(false);
  await start();
  const killed = pid();
  killProcess('pipe-relay');
  expect(runs('pipe-relay')).toBe(false);
  expect(existsSync('.local/pipe-relay.pid')).toBe(false);
  expect(killed).toBeGreaterThan(1);
});
