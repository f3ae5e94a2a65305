/** From what an order used to dollars. Nothing here reads or measures anything. */
import type { Measured } from './measured-orders.ts';
import { type Item, PRICES } from './prices.ts';

/**
 * What an emulator cannot tell. Each is a guess on the dear side, and stands in docs/costs.md.
 */
export const ASSUMED = {
  /** CPU of an invocation on a whole core, and of each call of AWS, as measured for the handlers here. */
  cpuMs: 0.5,
  cpuMsPerCall: 0.6,
  /** A function gets this share of a core at 512 MB: a whole one is 1,769 MB. */
  core: 512 / 1769,
  memoryGb: 0.5,
  /** Time that a function waits for each answer of AWS. */
  waitMsPerCall: 10,
  /** Cold starts: how many invocations have one, and how long it is. Since August 2025 they are paid for. */
  coldShare: 0.01,
  coldMs: 500,
  /** A state of process-order leaves about six lines in its log, without data. */
  logBytesPerState: 2400,
  /** X-Ray records one request per second and 5 % of the others. */
  tracedShare: 0.05,
  /** Traces per order: the API's, which goes on through the queue where AWS lets it, and that of the stream. */
  tracesPerOrder: 2,
  /** An Express execution here is rounded up to this, in one chunk of memory. */
  expressMs: 100,
  expressGb: 0.0625,
  /** What Step Functions itself needs for each state of an Express workflow. */
  expressStateMs: 20,
  /** Operations of a durable function: the start of the execution, and each step. */
  durableStart: 1,
  durableBytesPerStep: 1024,
  /** Long polls of a queue that nobody writes to: five pollers, each for 20 seconds. */
  pollers: 5,
  pollSeconds: 20,
  /** A run of reconcile that finds nothing. */
  idleReconcileReads: 5,
  idleReconcileMs: 1000,
} as const;

/** Hours of a month. */
const HOURS = 730;
export const MILLION = 1e6;

export type Part = 'workflow' | 'other' | 'logs' | 'traces' | 'email' | 'SMS' | 'kept';

export interface Row {
  part: Part;
  what: string;
  item: Item;
  /** For one order. */
  units: number;
}

/** Dollars for so many units at the list price, or at that above what is free every month. */
export function dollarsFor(item: Item, units: number, { free = false } = {}): number {
  const price: { dollars: number; free?: number } = PRICES[item];
  return Math.max(0, units - (free ? (price.free ?? 0) : 0)) * price.dollars;
}

/** How long an invocation is paid for, in milliseconds, on average. */
export function billedMs(calls: number): number {
  const cpu = (ASSUMED.cpuMs + calls * ASSUMED.cpuMsPerCall) / ASSUMED.core;
  return Math.ceil(cpu + calls * ASSUMED.waitMsPerCall) + ASSUMED.coldShare * ASSUMED.coldMs;
}

/** An order is one message in the orders queue. */
const MESSAGES = 1;

/** The functions that process-order calls, by folder. */
const STEPS = ['validate', 'payment', 'inventory', 'notify'];

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
const callsOf = ({ calls }: { calls: Record<string, number> }) => sum(Object.values(calls));

/** The rows of one order that was completed, as it is built. */
export function billOf(measured: Measured): Row[] {
  const { states, functions, writes, indexWrites, reads } = measured;
  const used = Object.entries(functions);
  return [
    {
      part: 'workflow',
      what: `process-order, Standard: ${states.join(', ')}`,
      item: 'transition',
      units: states.length,
    },
    { part: 'other', what: 'POST /orders', item: 'apiRequest', units: 1 },
    { part: 'other', what: 'the same at the edge', item: 'edgeRequest', units: 1 },
    { part: 'other', what: 'all functions', item: 'lambdaRequest', units: sum(used.map(([, one]) => one.invocations)) },
    {
      part: 'other',
      what: 'all functions, at 512 MB',
      item: 'lambdaDuration',
      units: sum(used.map(([, one]) => gbSeconds(one))),
    },
    ...tableRows('writes', writes, 'write'),
    ...tableRows('writes of its indexes', indexWrites, 'write'),
    { part: 'other', what: 'reads of all tables', item: 'read', units: sum(reads.map(({ units }) => units)) },
    // A message is sent, received and deleted; that alone would be fewer requests in batches.
    { part: 'other', what: 'orders queue', item: 'queueRequest', units: 3 * MESSAGES },
    { part: 'other', what: 'queue of notifications', item: 'queueRequest', units: 3 * measured.publications },
    { part: 'other', what: 'the pipe', item: 'pipeRequest', units: MESSAGES },
    { part: 'other', what: 'dispatch-orders, one message at a time', item: 'expressRequest', units: MESSAGES },
    {
      part: 'other',
      what: 'dispatch-orders',
      item: 'expressDuration',
      units: (ASSUMED.expressMs / 1000) * ASSUMED.expressGb,
    },
    { part: 'other', what: 'events on the bus', item: 'event', units: measured.events },
    { part: 'other', what: 'outcome to the topic', item: 'publish', units: measured.publications },
    { part: 'logs', what: 'functions', item: 'logs', units: sum(used.map(([, one]) => one.logBytes)) / 1e9 },
    {
      part: 'logs',
      what: 'workflows',
      item: 'logs',
      units: (measured.workflowLogBytes || ASSUMED.logBytesPerState * (states.length + 2)) / 1e9,
    },
    { part: 'traces', what: 'sampled', item: 'trace', units: ASSUMED.tracesPerOrder * ASSUMED.tracedShare },
    { part: 'email', what: 'one for the outcome', item: 'email', units: 1 },
    { part: 'SMS', what: 'one for the outcome, if SmsCountries says so', item: 'sms', units: 1 },
    {
      part: 'kept',
      what: 'rows and indexes, per month',
      item: 'storage',
      units: sum(Object.values(measured.storedBytes)) / 1e9,
    },
    {
      part: 'kept',
      what: 'their point-in-time recovery, per month',
      item: 'backup',
      units: sum(Object.values(measured.storedBytes)) / 1e9,
    },
  ];
}

const gbSeconds = (one: Measured['functions'][string]) =>
  ((one.invocations * billedMs(one.invocations > 0 ? callsOf(one) / one.invocations : 0)) / 1000) * ASSUMED.memoryGb;

function tableRows(what: string, uses: Measured['writes'], item: Item): Row[] {
  const tables = [...new Set(uses.map(({ table }) => table))];
  return tables.map((table) => ({
    part: 'other',
    what: `${table.replace(/Table$/, '')}: ${what}`,
    item,
    units: sum(uses.filter((use) => use.table === table).map(({ units }) => units)),
  }));
}

/** Dollars for a million orders, by part. */
export function partsOf(rows: Row[]): Record<Part, number> {
  const parts: Record<Part, number> = { workflow: 0, other: 0, logs: 0, traces: 0, email: 0, SMS: 0, kept: 0 };
  for (const { part, item, units } of rows) parts[part] += dollarsFor(item, units * MILLION);
  return parts;
}

export interface Way {
  name: string;
  orchestration: number;
  other: number;
}

/** Dollars for a million orders, orchestrated in four ways. The functions do the same in each. */
export function waysOf(measured: Measured): Way[] {
  const rows = billOf(measured);
  const { workflow, other } = partsOf(rows);
  const steps = Object.entries(measured.functions).filter(([name]) => STEPS.includes(name));
  const runMs = sum(steps.map(([, one]) => one.invocations * billedMs(callsOf(one) / Math.max(1, one.invocations))));
  const invoked = sum(steps.map(([, { invocations }]) => invocations));

  const million = (item: Item, units: number) => dollarsFor(item, units * MILLION);
  const expressMs = Math.ceil((runMs + measured.states.length * ASSUMED.expressStateMs) / 100) * 100;
  const express = million('expressRequest', 1) + million('expressDuration', (expressMs / 1000) * ASSUMED.expressGb);
  // Without pipe and dispatch, one function takes the message and does all steps: one request instead of several.
  const dispatch = sum(
    rows
      .filter(({ what }) => what.startsWith('dispatch-orders') || what === 'the pipe')
      .map(({ item, units }) => million(item, units)),
  );
  const fewer = million('lambdaRequest', invoked - 1);
  const durable =
    million('durableOperation', ASSUMED.durableStart + measured.states.length) +
    million('durableWritten', (measured.states.length * ASSUMED.durableBytesPerStep) / 1e9);
  return [
    { name: 'Standard, as it is', orchestration: workflow, other },
    { name: 'Express', orchestration: express, other },
    { name: 'a durable function', orchestration: durable, other: other - dispatch - fewer },
    { name: 'no orchestrator, one function on the queue', orchestration: 0, other: other - dispatch - fewer },
  ];
}

/** What stands in the template and is paid for every month, used or not. */
export interface Standing {
  alarms: number;
  compositeAlarms: number;
  dashboards: number;
  secrets: number;
  /** Queues that something polls all the time. */
  polledQueues: number;
  /** Runs of scheduled functions per hour. */
  scheduledRunsPerHour: number;
}

export interface MonthRow {
  what: string;
  item: Item;
  units: number;
}

/** The rows of a month of a small shop: what its orders use, and what stands idle. */
export function monthOf(measured: Measured, standing: Standing, orders: number): MonthRow[] {
  const runs = standing.scheduledRunsPerHour * HOURS;
  const polls = (standing.polledQueues * ASSUMED.pollers * HOURS * 3600) / ASSUMED.pollSeconds;
  const idle: MonthRow[] = [
    { what: 'alarms', item: 'alarm', units: standing.alarms },
    { what: 'composite alarms', item: 'compositeAlarm', units: standing.compositeAlarms },
    { what: 'dashboards', item: 'dashboard', units: standing.dashboards },
    { what: 'custom metrics that completed orders leave', item: 'metric', units: measured.metrics.length },
    { what: 'secrets', item: 'secret', units: standing.secrets },
    { what: 'polls of idle queues', item: 'queueRequest', units: polls },
    { what: 'reconcile, by its schedules', item: 'lambdaRequest', units: runs },
    {
      what: 'reconcile, its time',
      item: 'lambdaDuration',
      units: ((runs * ASSUMED.idleReconcileMs) / 1000) * ASSUMED.memoryGb,
    },
    { what: 'reconcile, its reads', item: 'read', units: runs * ASSUMED.idleReconcileReads },
  ];
  const paid = billOf(measured).filter(({ part }) => part !== 'SMS');
  return [
    ...idle,
    ...paid.map(({ part, what, item, units }) => ({
      what: `orders: ${part === 'other' ? '' : `${part}, `}${what}`,
      item,
      units: units * orders,
    })),
  ];
}

/** Dollars of a month, at list prices and above what is free for every account. Free units are shared by all rows. */
export function monthlyDollars(rows: MonthRow[]): { list: number; free: number } {
  const units = new Map<Item, number>();
  for (const row of rows) units.set(row.item, (units.get(row.item) ?? 0) + row.units);
  const total = (free: boolean) => sum([...units].map(([item, count]) => dollarsFor(item, count, { free })));
  return { list: total(false), free: total(true) };
}
