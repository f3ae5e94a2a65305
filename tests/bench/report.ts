import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Medians. Milliseconds, but for the bytes of the package. */
export interface Figures {
  zipped: number;
  /** Processor time of load and first answered request. */
  cpu: number;
  /** Processor time of the whole process, with Node's own start. */
  process: number;
  load: number;
  /** Wall clock of load and first answered request. */
  total: number;
  fastest: number;
  /** Of one warm request. */
  warmCpu?: number;
  warm?: number;
}

/** What tests/bench/last-run.json holds. */
export interface BenchRun {
  at: string;
  node: string;
  processor: string;
  cores: number;
  loadAverage: number[];
  rounds: number;
  warmRequests: number;
  layerZipped: number;
  publicProject: { name: string; commit: string; handler: string; missing?: string };
  subjects: Record<string, Figures>;
  builds: Record<string, Figures>;
}

const PUBLIC = 'put-product of the public project';
/** The steps of process-order, and what else an order passes on its way to the customer's e-mail. */
export const WORKFLOW_FUNCTIONS = ['validate', 'payment', 'inventory', 'notify'];

export interface Bar {
  what: string;
  most: number;
  measured: number | undefined;
}

/** Every bar, with what was measured. */
export function barsOf({ subjects }: BenchRun): Bar[] {
  const of = (name: string) => subjects[name];
  const ratio = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : one / other;
  const functions = Object.keys(subjects).filter((name) => !['empty', 'conventional', PUBLIC].includes(name));
  const cold = (name: string, other: string) => ratio(of(name)?.cpu, of(other)?.cpu);
  return [
    { what: `cold, create-order to ${PUBLIC}`, most: 0.6, measured: cold('create-order', PUBLIC) },
    ...['create-order', ...WORKFLOW_FUNCTIONS].map((name) => ({
      what: `cold, ${name} to the conventional handler`,
      most: name === 'create-order' ? 0.4 : 0.5,
      measured: cold(name, 'conventional'),
    })),
    ...functions.map((name) => ({
      what: `whole process, ${name} to the empty handler`,
      most: 2.6,
      measured: ratio(of(name)?.process, of('empty')?.process),
    })),
    ...functions.map((name) => ({
      what: `package of ${name} in KB`,
      most: 60,
      measured: (of(name)?.zipped ?? 0) / 1024,
    })),
    {
      what: 'warm, create-order to the conventional handler',
      most: 0.75,
      measured: ratio(of('create-order')?.warmCpu, of('conventional')?.warmCpu),
    },
  ];
}

/** The tables of a run, which go into docs/performance.md when all was measured. */
export function writeReport(run: BenchRun, whole: boolean): string {
  const text = measuredPart(run);
  if (whole) {
    const file = resolve('docs/performance.md');
    const document = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      document.replace(/(<!-- measured -->\n)[\s\S]*(<!-- end of what is measured -->)/, `$1\n${text}\n$2`),
    );
    writeFileSync(resolve('docs/images/cold-starts.svg'), picture(run));
  }
  return text;
}

/** The part of docs/performance.md that follows from a run. */
export function measuredPart(run: BenchRun): string {
  const { conventional, empty } = run.subjects;
  const relative = (value: number, base: number | undefined) => (base ? (value / base).toFixed(2) : '-');
  const row = ([name, of]: [string, Figures]) =>
    `| ${[
      name,
      of.cpu.toFixed(1),
      relative(of.cpu, conventional?.cpu),
      of.process.toFixed(1),
      relative(of.process, empty?.process),
      of.total.toFixed(0),
      of.warmCpu?.toFixed(2) ?? '-',
      of.warmCpu === undefined ? '-' : relative(of.warmCpu, conventional?.warmCpu),
      (of.zipped / 1024).toFixed(0),
    ].join(' | ')} |`;
  const bars = barsOf(run);
  const missed = bars.filter(({ measured, most }) => measured === undefined || measured > most);
  const builds = Object.entries(run.builds).map(([name, of]) => {
    const base = run.builds[`${name.split(',')[0]}, one file`];
    const ratio = relative(of.cpu, base?.cpu);
    return `| ${[name, of.cpu.toFixed(1), ratio, of.total.toFixed(0), (of.zipped / 1024).toFixed(0)].join(' | ')} |`;
  });
  const place = `${run.cores} cores of ${run.processor}, load average ${run.loadAverage.map((load) => load.toFixed(1)).join(', ')}`;
  const project = run.publicProject;
  return [
    `${run.at.slice(0, 10)}, Node ${run.node}, ${place}; medians of ${run.rounds} cold starts and of ${run.warmRequests} warm`,
    'requests. CPU is processor time in milliseconds, wall the time until the first answer.',
    `The layer has ${(run.layerZipped / 1024).toFixed(0)} KB zipped, once for all functions.`,
    ...(project.missing === undefined
      ? [`The public project is ${project.name} at ${project.commit.slice(0, 7)}.`]
      : [`The public project was not measured: ${project.missing}.`]),
    '',
    '![Cold starts of every function](images/cold-starts.svg)',
    '',
    '| handler | cold CPU | to conventional | whole process | to empty | cold wall | warm CPU | to conventional | KB |',
    '|---|---|---|---|---|---|---|---|---|',
    ...Object.entries(run.subjects).map(row),
    '',
    '| build | cold CPU | to one file | wall | KB of the function |',
    '|---|---|---|---|---|',
    ...builds,
    '',
    `Of ${bars.length} bars, ${bars.length - missed.length} are met.${missed.length > 0 ? ' These are missed:' : ''}`,
    '',
    ...(missed.length > 0 ? ['| bar | at most | measured |', '|---|---|---|'] : []),
    ...missed.map(({ what, most, measured }) => `| ${what} | ${most} | ${measured?.toFixed(2) ?? 'not measured'} |`),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

const BAR = { width: 420, height: 14, gap: 6, label: 220 };

/** Cold starts as bars: processor time of load and first answered request. */
function picture({ subjects }: BenchRun): string {
  const entries = Object.entries(subjects).sort(([, one], [, other]) => other.cpu - one.cpu);
  const longest = Math.max(...entries.map(([, { cpu }]) => cpu));
  const height = entries.length * (BAR.height + BAR.gap) + BAR.gap;
  const bars = entries.map(([name, { cpu }], index) => {
    const y = BAR.gap + index * (BAR.height + BAR.gap);
    const length = (cpu / longest) * BAR.width;
    const colour = ['empty', 'conventional', PUBLIC].includes(name) ? '#8a8f98' : '#2f6fb5';
    return [
      `<text x="${BAR.label - 8}" y="${y + 11}" text-anchor="end">${name}</text>`,
      `<rect x="${BAR.label}" y="${y}" width="${length.toFixed(1)}" height="${BAR.height}" fill="${colour}"/>`,
      `<text x="${(BAR.label + length + 6).toFixed(1)}" y="${y + 11}">${cpu.toFixed(0)} ms</text>`,
    ].join('\n');
  });
  const width = BAR.label + BAR.width + 70;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>Cold start of every function: processor time until the first answer</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${bars.join('\n')}
</svg>
`;
}
