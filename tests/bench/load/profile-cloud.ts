import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../local/progress.mjs';
import { waitFor } from '../../support/wait-for.ts';
import { cloudProcesses } from './cloud-usage.ts';
import { type CpuProfile, type Share, sharesOfProfile, sharesOfStacks } from './profiles.ts';

/** What the emulator and each function were busy with, the largest share first. */
export interface CloudProfile {
  emulator: Share[];
  functions: Record<string, Share[]>;
}

const PY_SPY = '.venv/py-spy/bin/py-spy';
/** The profiles themselves. A .cpuprofile opens in the developer tools of Chromium. */
const FOLDER = '.local/profiles';
const WORKER_SECONDS = 3;
/** Where SIGUSR1 makes Node listen. */
const INSPECTOR = 'http://127.0.0.1:9229';

/**
 * Profiles the emulator while `work` runs, with py-spy, and the busiest worker of every function that orders meet, one
 * after the other, with V8's own profiler.
 *
 * @param nameOf the readable name of a function
 * @throws Failure when py-spy is not installed, or may not look into the emulator
 */
export async function profileCloud(
  nameOf: (part: string) => string,
  work: () => Promise<unknown>,
): Promise<CloudProfile> {
  if (!existsSync(PY_SPY)) throw new Failure('py-spy is not installed; npm run load -- --profile installs it.');
  mkdirSync(FOLDER, { recursive: true });
  const emulator = cloudProcesses().find(({ part }) => part === 'emulator')?.pid;
  const stacks = `${FOLDER}/emulator.txt`;
  const options = ['--pid', String(emulator), '--format', 'raw', '--output', stacks, '--gil', '--nonblocking'];
  const spy = spawn(PY_SPY, ['record', ...options, '--duration', '600'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(spy, 'exit');
  await work();
  // It writes what it has when it is interrupted.
  spy.kill('SIGINT');
  await ended;
  if (!existsSync(stacks)) throw new Failure('py-spy saw nothing. It has to be root, or to be allowed to trace.');

  const functions: CloudProfile['functions'] = {};
  const working = work();
  working.catch(() => undefined); // it is awaited below
  // Those that have worked most, so that the warm path is what is seen.
  const busiest = new Map<string, { pid: number; cpuSeconds: number }>();
  for (const { pid, part, cpuSeconds } of cloudProcesses()) {
    const name = nameOf(part);
    if (name === part || name === 'empty functions') continue;
    if (cpuSeconds > (busiest.get(name)?.cpuSeconds ?? 0)) busiest.set(name, { pid, cpuSeconds });
  }
  const byUse = [...busiest].sort(([, a], [, b]) => b.cpuSeconds - a.cpuSeconds).slice(0, 6);
  for (const [name, { pid }] of byUse) {
    const profile = await profileWorker(pid);
    if (!profile) continue;
    writeFileSync(`${FOLDER}/${name}.cpuprofile`, JSON.stringify(profile));
    functions[name] = sharesOfProfile(profile);
  }
  await working;
  return { emulator: sharesOfStacks(readFileSync(stacks, 'utf8')), functions };
}

/** The profile of a worker over some seconds; undefined when it ended meanwhile. */
async function profileWorker(pid: number): Promise<CpuProfile | undefined> {
  try {
    process.kill(pid, 'SIGUSR1');
  } catch {
    return undefined;
  }
  const url = await waitFor(
    `the inspector of process ${pid}`,
    async () => {
      const targets = (await (await fetch(`${INSPECTOR}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
      return targets[0]?.webSocketDebuggerUrl;
    },
    { seconds: 10 },
  ).catch(() => undefined);
  if (url === undefined) return undefined;
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let calls = 0;
  const call = (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((answered, failed) => {
      calls += 1;
      const id = calls;
      const hear = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown> };
        if (answer.id !== id) return;
        socket.removeEventListener('message', hear);
        answered(answer.result ?? {});
      };
      socket.addEventListener('message', hear);
      socket.addEventListener('close', () => failed(new Error('the worker ended')));
      socket.send(JSON.stringify({ id, method, params }));
    });
  try {
    const whose = await call('Runtime.evaluate', { expression: 'process.pid' });
    if ((whose.result as { value?: number }).value !== pid) return undefined; // another program listens there
    await call('Profiler.enable');
    await call('Profiler.start');
    await pause(WORKER_SECONDS * 1000);
    const { profile } = await call('Profiler.stop');
    // The next worker wants the port.
    const expression = "setTimeout(() => require('node:inspector').close(), 50)";
    await call('Runtime.evaluate', { expression, includeCommandLineAPI: true });
    return profile as CpuProfile;
  } catch {
    return undefined;
  } finally {
    socket.close();
    await pause(200);
  }
}
