import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLocalCloud, killProcess, pidsOf, runs, startProcess, stopProcess } from '../../local/processes.ts';
import { waitFor } from '../support/wait-for.ts';

const before = process.cwd();
let folder: string;

// Processes are known by the program of the working directory that they run.
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'processes-')));
  mkdirSync(join(folder, 'local'));
  for (const name of ['pipe-relay', 'edge']) writeFileSync(`${folder}/local/${name}.ts`, 'setInterval(() => {}, 1000)');
  process.chdir(folder);
});

afterEach(async () => {
  await endLocalCloud();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const start = (name: 'pipe-relay' | 'edge' = 'pipe-relay') => startProcess(name, process.execPath, [], process.env);

test('a process that is started again replaces the one that was left over', async () => {
  await start();
  const orphan = pidsOf('pipe-relay');
  expect(orphan).toHaveLength(1);
  await start();
  const next = pidsOf('pipe-relay');
  expect(next).toHaveLength(1);
  expect(next).not.toEqual(orphan);
});

test('there is no second relay, also after .local was deleted', async () => {
  await start();
  rmSync('.local', { recursive: true });
  await start();
  expect(pidsOf('pipe-relay')).toHaveLength(1);
});

test('a process is ended, politely or at once', async () => {
  await start();
  expect(runs('pipe-relay')).toBe(true);
  await expect(stopProcess('pipe-relay')).resolves.toBe(true);
  expect(runs('pipe-relay')).toBe(false);
  await expect(stopProcess('pipe-relay')).resolves.toBe(false);
  await start();
  killProcess('pipe-relay');
  await waitFor('the end of the relay', async () => !runs('pipe-relay'));
  await expect(stopProcess('pipe-relay')).resolves.toBe(false);
});

test('the processes of another folder are not ours', async () => {
  await start('edge');
  process.chdir(before);
  const seen = pidsOf('edge');
  process.chdir(folder);
  const [ours] = pidsOf('edge');
  expect(ours).toEqual(expect.any(Number));
  expect(seen).not.toContain(ours);
});
