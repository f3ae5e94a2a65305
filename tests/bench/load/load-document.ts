import type { CpuSeconds } from './cloud-usage.ts';
import type { CloudProfile } from './profile-cloud.ts';
import { BARS, type Comparison, type Percentiles, type Round } from './rounds.ts';

export interface MeasuredRound extends Round {
  /** Those that the API refused, that did not succeed, or whose end was not heard of within two minutes. */
  failed?: number;
  /** Workers of functions that were started in the round. Each costs as much as many invocations. */
  started?: number;
  /** Of the whole round. */
  cpu: CpuSeconds;
  /** From the POST to COMPLETED. Only orders have it. */
  completed?: Percentiles;
}

/** tests/bench/load/last-run.json. What is optional was not measured in every run. */
export interface LastRun {
  takenOn: string;
  machine: string;
  node: string;
  /** Of the last 1, 5 and 15 minutes, before the run. */
  loadAverage: number[];
  /** The states that an order passes. */
  states: string[];
  closed: { inFlight: number; orders: MeasuredRound[]; empty: MeasuredRound[] };
  open: { rate: number; orders: MeasuredRound; empty: MeasuredRound };
  /** Calls of AWS services that the functions made in the orders' round at a rate. */
  calls?: Record<string, number>;
  comparison: Comparison;
  profile?: CloudProfile;
}

/** Above it, other programs had a large part of the machine. */
const QUIET = 1;

const ms = (milliseconds: number) => milliseconds.toLocaleString('en-US');
const table = (head: string[], rows: string[][]) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
const latency = ({ p50, p95, p99, max }: Percentiles) => [p50, p95, p99, max].map(ms);

/** docs/load.md: the same for the same run. */
export function loadDocument(run: LastRun): string {
  const { closed, open, comparison, profile, loadAverage } = run;
  const count = closed.orders[0]?.count ?? 0;
  const met = (holds: boolean) => (holds ? 'met' : '**missed**');
  const busy = (loadAverage[0] ?? 0) > QUIET;
  return `# Load

<!-- npm run load writes this page. -->

What the local cloud takes, measured on ${run.takenOn} with Node.js ${run.node} on ${run.machine}. The load average of the machine
was ${loadAverage.join(', ')} before the run${busy ? ': **other programs ran at the same time**, so that only the ratios tell something' : ''}. These are no figures of AWS: one process is the emulator of all services.

Beside the orders stands an empty chain: as many states (${run.states.length}: ${run.states.join(', ')}), as many invocations, the same
dispatch, queue and relay, but functions that do nothing, and an API without sign-in. An order also has its
writes, its events, its logs and its e-mail, which count here as its own.

## At most ${closed.inFlight} in flight

${closed.orders.length} rounds of each chain, with ${count} in every one, in turn. Milliseconds are from the POST to the end of the execution, after the notification is
published. COMPLETED comes one state earlier.

${table(
  ['round', 'per second', 'p50', 'p95', 'p99', 'most', 'COMPLETED, p95', 'failed', 'workers started'],
  closed.orders.flatMap((round, index) => [
    row(`${index + 1}, orders`, round),
    ...[closed.empty[index]].flatMap((empty) => (empty ? [row(`${index + 1}, empty chain`, empty)] : [])),
  ]),
)}

${table(
  ['orders beside the empty chain, median of the rounds', 'ratio', 'bar', ''],
  [
    [
      'per second',
      comparison.throughput.toFixed(2),
      `at least ${BARS.leastThroughput}`,
      met(comparison.meetsThroughput),
    ],
    ['p95', comparison.p95.toFixed(2), `at most ${BARS.mostP95}`, met(comparison.meetsP95)],
  ],
)}

## Arrivals at a rate

${open.rate.toFixed(2)} per second on average, at random times that wait for no answer (an open loop). Milliseconds count from when
an order was due.

${table(
  ['', 'per second', 'p50', 'p95', 'p99', 'most', 'COMPLETED, p95', 'failed', 'workers started'],
  [row('orders', open.orders), row('empty chain', open.empty)],
)}

## Where the time goes

Milliseconds of processor time for each one that passed, all rounds with ${closed.inFlight} in flight. What follows an order, such as its
events and its e-mail, is in it as far as it came before the end of the round.

${cpuTable(closed)}
${callsTable(run)}${profile ? profileSections(profile) : ''}
## Repeat it

\`npm start -- --detach\`, then \`npm run load\`, or \`npm run load -- --profile\`, which also installs py-spy. It takes minutes,
and wants a machine that does nothing else. \`npm run load -- --rounds 1 --orders 50\` is a short trial. Ten thousand
orders one after the other, with what goes wrong in a shop, are \`npm run test:soak -- orders\`
(\`tests/soak/orders.soak.ts\`; SOAK_ORDERS changes how many).

[0057](adr/0057-load-beside-an-empty-chain.md) has why no load tool of npm is used, and how the ends are heard of.
`;
}

function row(title: string, { perSecond, latency: all, completed, failed, started }: MeasuredRound): string[] {
  return [
    title,
    perSecond.toFixed(2),
    ...latency(all),
    completed ? ms(completed.p95) : '',
    String(failed),
    String(started),
  ];
}

function cpuTable({ orders, empty }: LastRun['closed']): string {
  const [ofOrders, ofEmpty] = [orders, empty].map((rounds) => {
    const passed = rounds.reduce((sum, { count }) => sum + count, 0);
    const sums: CpuSeconds = {};
    for (const { cpu } of rounds) {
      for (const [part, seconds] of Object.entries(cpu)) sums[part] = (sums[part] ?? 0) + seconds;
    }
    return new Map(Object.entries(sums).map(([part, seconds]) => [part, (seconds * 1000) / passed]));
  });
  const parts = [...new Set([...(ofOrders?.keys() ?? []), ...(ofEmpty?.keys() ?? [])])]
    .map((part) => ({ part, orders: ofOrders?.get(part) ?? 0, empty: ofEmpty?.get(part) ?? 0 }))
    .filter((one) => one.orders + one.empty >= 0.5)
    .sort((a, b) => b.orders - a.orders);
  const total = (of: 'orders' | 'empty') => parts.reduce((sum, one) => sum + one[of], 0).toFixed(1);
  const rows = table(
    ['part', 'orders', 'empty chain'],
    [
      ...parts.map((one) => [one.part, one.orders.toFixed(1), one.empty.toFixed(1)]),
      ['together', total('orders'), total('empty')],
    ],
  );
  const emulator = parts.find(({ part }) => part === 'emulator')?.orders ?? 0;
  const share = (milliseconds: number) => (Number(total('empty')) / milliseconds).toFixed(2);
  return `${rows}

Were processor time all that counts, orders would pass at ${share(Number(total('orders')))} of the empty chain's rate; with functions that cost nothing, at
${share(emulator)}, because the emulator's own work on an order's calls would remain.`;
}

function callsTable({ calls, open }: LastRun): string {
  if (!calls) return '';
  const perOrder = (number: number) => (number / open.orders.count).toFixed(2);
  const all = Object.values(calls).reduce((sum, number) => sum + number, 0);
  return `
Each call of a service costs time in the emulator, and in the function that makes it. The functions made these for each
order, as their traces tell, at the rate of above:

${table(
  ['call', 'for each order'],
  [...Object.entries(calls).map(([call, number]) => [call, perOrder(number)]), ['together', perOrder(all)]],
)}
`;
}

function profileSections({ emulator, functions }: CloudProfile): string {
  return `
What the emulator was busy with while orders passed, by the file of it that was innermost (py-spy, threads that hold the
interpreter):

${table(
  ['file', 'per cent'],
  emulator.map(({ of, share }) => [of, share.toFixed(1)]),
)}

What one warm worker of each function was busy with (V8's profiler, 3 s each, without idle time):

${table(
  ['function', 'busy with', 'per cent'],
  Object.entries(functions).flatMap(([name, shares]) => shares.map(({ of, share }) => [name, of, share.toFixed(1)])),
)}
`;
}
