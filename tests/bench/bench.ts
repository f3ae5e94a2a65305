/**
 * Measures what every function costs: its cold start, its warm requests and its package.
 *
 *   npm run bench [-- --rounds 21] [--core 1] [--only create-order,validate]
 *
 * A cold start is a fresh process that loads the function and answers its first request. Both count together, because a
 * build can move work from one to the other. Every round runs every subject once, in turn and pinned to one core, so that
 * other load on the machine affects all of them alike. Processor time counts first, because other load stretches it less
 * than the wall clock. The services answer from a process of their own, at once.
 *
 * A whole run, without --only, writes tests/bench/last-run.json and the measured part of docs/performance.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  asDeployed,
  type Built,
  functionNames,
  inOneFile,
  layerSize,
  ofProject,
  plain,
  withOwnCache,
  withoutCaches,
} from './builds.ts';
import { coldStart, eventFileOf, makeOwnCache, type Run, Services, type Subject } from './measure.ts';
import { fetchProject, PROJECT } from './public-project.ts';
import { type BenchRun, type Figures, writeReport } from './report.ts';
import { PUT_PRODUCT } from './requests.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    core: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
/** The functions whose builds are compared with each other. */
const COMPARED = ['create-order', 'validate'];
const WARM_REQUESTS = 200;
const WARM_ROUNDS = 5;

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function figuresOf({ zipped }: Built, runs: readonly Run[], warm: readonly Run[]): Figures {
  const of = (pick: (run: Run) => number | undefined, from = runs) => round(median(from.map((run) => pick(run) ?? 0)));
  return {
    zipped,
    cpu: of((run) => run.cpu),
    process: of((run) => run.process),
    load: of((run) => run.load),
    total: of((run) => run.total),
    fastest: round(Math.min(...runs.map((run) => run.total))),
    ...(warm.length > 0 && { warmCpu: of((run) => run.warmCpu, warm), warm: of((run) => run.warm, warm) }),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;

/** Shows what is done on one line of a terminal, and at most once in ten percent elsewhere. */
function progress(what: string, total: number): () => void {
  let done = 0;
  return () => {
    done += 1;
    const text = `${what}: ${done} of ${total}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${text}${done === total ? '\n' : ''}`);
    else if (Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total)) console.log(text);
  };
}

async function measure(): Promise<void> {
  const began = new Date();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const names = functionNames().filter((name) => options.only?.split(',').includes(name) ?? true);
  const services = await Services.start(folder, [...new Set([...names, 'create-order'])]);
  try {
    const { subjects, builds, missing } = await buildAll(names, folder, services);
    const rounds = Number(options.rounds);
    const all = [...subjects, ...builds];
    const cold = await interleaved(all, rounds, 'cold starts', (subject) => coldStart(subject, services, options.core));
    const often = subjects.filter(({ name }) => name !== 'empty' && name !== 'put-product of the public project');
    const warm = await interleaved(often, WARM_ROUNDS, `runs of ${WARM_REQUESTS} warm requests`, (subject) =>
      coldStart(subject, services, options.core, WARM_REQUESTS),
    );
    const figures = (list: readonly Subject[]) =>
      Object.fromEntries(
        list.map((subject) => [subject.name, figuresOf(subject, cold.get(subject) ?? [], warm.get(subject) ?? [])]),
      );
    const run: BenchRun = {
      at: began.toISOString(),
      node: process.version,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      loadAverage: loadavg().map(round),
      rounds,
      warmRequests: WARM_REQUESTS * WARM_ROUNDS,
      layerZipped: layerSize(),
      publicProject: { ...PROJECT, ...(missing !== undefined && { missing }) },
      subjects: figures(subjects),
      builds: figures(builds),
    };
    if (options.only === undefined) {
      // A list is on one line, as the formatter has it.
      const text = JSON.stringify(run, null, 2).replaceAll(/\[\s+([^\]]*?)\s+\]/g, (list) =>
        list.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
      );
      writeFileSync(resolve('tests/bench/last-run.json'), `${text}\n`);
    }
    console.log(`\n${writeReport(run, options.only === undefined)}`);
  } finally {
    services.stop();
    rmSync(folder, { recursive: true });
  }
}

async function buildAll(names: readonly string[], folder: string, services: Services) {
  const step = progress('builds', names.length + 3 + COMPARED.length);
  const into = (name: string) => join(folder, name.replaceAll(/\W/g, '-'));
  const as = (name: string, built: Built): Subject => ({ ...built, as: name, event: eventFileOf(name) });
  const subjects: Subject[] = [];
  for (const name of ['empty', 'conventional'] as const) {
    subjects.push(as('create-order', await plain(name, into(name))));
    step();
  }
  const project = fetchProject();
  if ('entry' in project) {
    const event = join(folder, 'put-product-of-the-public-project.json');
    writeFileSync(event, JSON.stringify(PUT_PRODUCT));
    const built = await ofProject(project.entry, into('public'));
    subjects.push({ ...built, name: 'put-product of the public project', as: 'put-product', event });
  } else console.log(`${PROJECT.name} is not measured: ${project.missing}`);
  step();
  for (const name of names) {
    subjects.push(as(name, await asDeployed(name, into(name))));
    step();
  }
  const builds: Subject[] = [];
  for (const name of COMPARED.filter((compared) => names.includes(compared))) {
    const add = (how: string, built: Built) => builds.push({ ...as(name, built), name: `${name}, ${how}` });
    const deployed = await asDeployed(name, into(`${name} layer`));
    const oneFile = await inOneFile(name, into(`${name} one file`));
    const cached = (built: Built, how: string) =>
      withOwnCache(built, into(`${name} ${how}`), (program) => makeOwnCache(as(name, built), services, program));
    add('one file', oneFile);
    add('one file with its cache', cached(oneFile, 'one file cached'));
    add('layer without its cache', withoutCaches(deployed, into('layer without caches')));
    add('layer with its cache', deployed);
    add('layer and function with caches', cached(deployed, 'both'));
    step();
  }
  return { subjects, builds, missing: 'missing' in project ? project.missing : undefined };
}

/** Runs every subject once in each round. The first round warms the machine's file cache up and is not counted. */
async function interleaved(
  subjects: readonly Subject[],
  rounds: number,
  what: string,
  run: (subject: Subject) => Promise<Run>,
): Promise<Map<Subject, Run[]>> {
  const step = progress(what, subjects.length * (rounds + 1));
  const runs = new Map<Subject, Run[]>(subjects.map((subject) => [subject, []]));
  for (let index = 0; index <= rounds; index += 1) {
    for (const subject of subjects) {
      const found = await run(subject);
      if (index > 0) runs.get(subject)?.push(found);
      step();
    }
  }
  return runs;
}

await measure();
