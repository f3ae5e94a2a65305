/** How much an order uses: counted in a run on the local cloud. How long it takes: computed from the counts. */
import { ASSUMED } from '../cost/bill.ts';
import type { Measured } from '../cost/measured-orders.ts';

export interface Calibration {
  takenOn: string;
  source: string;
  /** Different products in an order. */
  lines: number;
  /** For one order: how often each is invoked, its calls of AWS, and the milliseconds that it has a core. */
  functions: Record<string, { invocations: number; calls: number; cpuMs: number }>;
  /** Write units per order, by who writes and table: the Products table without its rows' share is not there. */
  writes: Record<string, Record<string, number>>;
  statusIndex: Record<string, number>;
  ledgerIndex: number;
  /** Write units of one line of an order in a transaction. */
  unitsPerLine: number;
  events: number;
  /** Writes to an order's row, which are records of the stream. */
  orderWrites: number;
}

/** What of a run of npm run load the model needs: seconds of processor time by function, such as CreateOrder. */
export interface LoadRun {
  takenOn: string;
  closed: { orders: { count: number; cpu: Record<string, number> }[] };
}

/** Fewer orders say more about how functions start, and run before they are compiled, than about how they go on. */
const ENOUGH_ORDERS = 1000;

/**
 * What of a measurement of npm run cost the model needs, and the processor time of a run of npm run load. Without such
 * a run, or after a short trial, the processor time is that which docs/costs.md assumes for each call.
 */
export function calibrationOf(
  measured: Measured,
  source: string,
  load?: { run: LoadRun; source: string },
): Calibration {
  const rounds = load?.run.closed.orders ?? [];
  const orders = sum(rounds.map(({ count }) => count));
  const isEnough = load !== undefined && orders >= ENOUGH_ORDERS;
  const cpuOf = (name: string, invocations: number, calls: number) => {
    const title = name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    const assumed = invocations * ASSUMED.cpuMs + calls * ASSUMED.cpuMsPerCall;
    return round(isEnough ? (sum(rounds.map(({ cpu }) => cpu[title] ?? 0)) * 1000) / orders : assumed);
  };
  const writes: Calibration['writes'] = {};
  for (const { who, table, units } of measured.writes) {
    if (table === 'ProductsTable') continue;
    writes[who] = { ...writes[who], [table]: round((writes[who]?.[table] ?? 0) + units) };
  }
  const products = measured.writes.filter(({ who, table }) => table === 'ProductsTable' && who === 'CompleteOrder');
  const indexed = (name: string) => measured.indexWrites.filter(({ what }) => what === name);
  return {
    takenOn: measured.takenOn,
    source: isEnough ? `${source}, and processor time of ${load.source} of ${load.run.takenOn}` : source,
    lines: measured.lines,
    functions: Object.fromEntries(
      Object.entries(measured.functions).map(([name, use]) => {
        const invocations = round(use.invocations);
        const calls = round(sum(Object.values(use.calls)));
        return [name, { invocations, calls, cpuMs: cpuOf(name, invocations, calls) }];
      }),
    ),
    writes,
    statusIndex: Object.fromEntries(indexed('status-index').map(({ who, units }) => [who, round(units)])),
    ledgerIndex: round(sum(indexed('touched-index').map(({ units }) => units))),
    unitsPerLine: round(sum(products.map(({ units }) => units)) / measured.lines),
    events: round(measured.events),
    orderWrites: measured.writes.filter(({ what }) => what.startsWith('the order')).length,
  };
}

/** What no run on this machine can tell. Each stands in docs/scaling.md. */
export const ASSUMED_IN_MODEL = {
  /** Of a whole core's megabytes: what a function gets is in proportion. */
  wholeCoreMb: 1769,
  /** Time that a function waits for each answer of AWS. */
  waitMsPerCall: ASSUMED.waitMsPerCall,
  coldSeconds: ASSUMED.coldMs / 1000,
  /** Of the logarithm of a duration: the slowest hundredth takes about three times the median. */
  durationSigma: 0.45,
  /** What Step Functions itself needs for a state of a Standard workflow. */
  stateSeconds: 0.03,
  /** A call of StartExecution, and the rest of a run of dispatch-orders with the pipe's own work. */
  startSeconds: 0.03,
  dispatchSeconds: 0.1,
  /** How long a transaction holds a row against others: from its first phase to its last. */
  holdSeconds: 0.01,
  /** The SDK's second attempt after a throttle. */
  secondAttemptSeconds: 0.05,
} as const;

/** The median duration of one invocation in seconds, warm: docs/costs.md computes what is billed in the same way. */
export function secondsOf(calibration: Calibration, name: string, memoryMb: number): number {
  const { invocations, calls, cpuMs } = calibration.functions[name] ?? { invocations: 0, calls: 0, cpuMs: 0 };
  if (invocations === 0) throw new Error(`${name} was not measured`);
  const core = Math.min(1, memoryMb / ASSUMED_IN_MODEL.wholeCoreMb);
  return (cpuMs / core + calls * ASSUMED_IN_MODEL.waitMsPerCall) / invocations / 1000;
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
const round = (value: number) => Math.round(value * 1000) / 1000;
