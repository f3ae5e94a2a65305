import { readdirSync, readFileSync } from 'node:fs';
import { pidsOf } from '../../../local/processes.cjs';

/** Seconds of processor time, by part of the local cloud. Functions are named as the emulator names them. */
export type CpuSeconds = Record<string, number>;

interface CloudProcess {
  pid: number;
  /** `emulator`, `relay`, or the physical name of a function. */
  part: string;
  cpuSeconds: number;
  /** Resident memory, MiB. */
  memory: number;
}

/** The kernel counts processor time in these, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * The processes of the running local cloud: emulator, relays, and every worker of a function. Linux only.
 *
 * @throws Error when the emulator does not run
 */
export function cloudProcesses(): CloudProcess[] {
  const emulators = pidsOf('ministack');
  if (emulators.length === 0) throw new Error('the emulator does not run');
  const relays = new Set(pidsOf('pipe-relay'));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      try {
        const { parent, cpuSeconds } = statusOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        const isWorker = emulators.includes(parent);
        if (!isWorker && !emulators.includes(pid) && !relays.has(pid)) return [];
        const part = isWorker ? functionOf(pid) : relays.has(pid) ? 'relay' : 'emulator';
        const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
        return [{ pid, part, cpuSeconds, memory }];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

/** Processor time between two looks, by part. A process that ended in between is missing. */
export function cpuBetween(before: CloudProcess[], after: CloudProcess[]): CpuSeconds {
  const used: CpuSeconds = {};
  for (const { pid, part, cpuSeconds } of after) {
    const earlier = before.find((one) => one.pid === pid)?.cpuSeconds ?? 0;
    used[part] = (used[part] ?? 0) + cpuSeconds - earlier;
  }
  return used;
}

/** MiB of the emulator, and of all workers of functions together. */
export function memoryOf(processes: CloudProcess[]): { emulator: number; functions: number; workers: number } {
  const sum = (of: CloudProcess[]) => Math.round(of.reduce((total, { memory }) => total + memory, 0));
  const workers = processes.filter(({ part }) => part !== 'emulator' && part !== 'relay');
  return {
    emulator: sum(processes.filter(({ part }) => part === 'emulator')),
    functions: sum(workers),
    workers: workers.length,
  };
}

/** The parent and the processor time in what /proc tells of a process. Its name may hold spaces and parentheses. */
export function statusOf(stat: string): { parent: number; cpuSeconds: number } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [, parent] = fields;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { parent: Number(parent), cpuSeconds: ticks / TICKS_PER_SECOND };
}

function functionOf(pid: number): string {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const line = environment.find((one) => one.startsWith('AWS_LAMBDA_FUNCTION_NAME='));
  return line?.slice(line.indexOf('=') + 1) ?? 'unknown';
}
