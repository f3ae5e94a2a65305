import { setTimeout as pause } from 'node:timers/promises';
import type { Attempt, StateVisit } from '../functions/shared/orders/execution-states.ts';
import { type Execution, functionsOfStates, messageOf, readExecutions } from './executions.ts';
import { clock, type DeployedFunction, deployedFunctions, paint, readLogs, showEntry } from './function-logs.ts';
import type { LogEntry } from './log-entries.ts';
import type { Stack } from './stack-file.ts';

const PAUSE = 300;
/** How long a message may be under way before it has its execution. The queue's longest retry here is shorter. */
const LONGEST_WITHOUT_EXECUTION = 30_000;
/** What is logged before the order has its row, and after its execution ended, in milliseconds. */
const BEFORE = 2000;
const AFTER = 1500;

/** What is known of an order's way. */
export interface OrderWay {
  orderId: string;
  executions: Execution[];
  /** What functions logged about it, oldest first. */
  logs: LogEntry[];
}

interface Line {
  at: number;
  key: string;
  text: string;
}

/** Reads the way of an order, with what its functions logged. */
export async function readWay(
  stack: Stack,
  orderId: string,
  functions: readonly DeployedFunction[],
  since: number,
): Promise<OrderWay> {
  const executions = await readExecutions(stack, orderId);
  const from = (executions[0]?.orderCreatedAt ?? since) - BEFORE;
  const [states, logs] = await Promise.all([functionsOfStates(stack, functions), readLogs(stack, functions, from)]);
  const mentioned = new Set(
    logs.filter((entry) => JSON.stringify(entry.fields).includes(orderId)).map(({ requestId }) => requestId),
  );
  // A function that failed early may not have logged whose order it was. Then its state was in an attempt.
  const attempts = executions.flatMap(({ visits }) =>
    visits.flatMap(({ name, attempts }) => attempts.map((attempt) => ({ attempt, called: states.get(name)?.name }))),
  );
  const isOfAttempt = (entry: LogEntry) =>
    entry.level === 'ERROR' &&
    attempts.some(({ attempt, called }) => called === entry.function && attempt.error && isWithin(entry.at, attempt));
  return {
    orderId,
    executions,
    logs: logs.filter(
      (entry) => mentionsOrder(entry, orderId) || mentioned.has(entry.requestId ?? entry.message) || isOfAttempt(entry),
    ),
  };
}

const mentionsOrder = (entry: LogEntry, orderId: string) => JSON.stringify(entry.fields).includes(orderId);

const isWithin = (at: number, { startedAt, endedAt }: Attempt) =>
  at >= Date.parse(startedAt) && at <= Date.parse(endedAt ?? startedAt) + 100;

/**
 * Prints the way of an order as it goes on: states as they pass, with attempts, errors and times, and between them what
 * functions logged about it. It ends when no execution of the order runs any more.
 *
 * @param since when the order was placed, in milliseconds; used while it has no execution. It is waited for half a minute
 * @param options `isLastOnly` leaves out what happened before the last execution began
 */
export async function followOrder(
  stack: Stack,
  orderId: string,
  since: number,
  print: (line: string) => void,
  { isLastOnly = false }: { isLastOnly?: boolean } = {},
): Promise<OrderWay> {
  const functions = await deployedFunctions(stack);
  const printed = new Set<string>();
  for (;;) {
    const way = await readWay(stack, orderId, functions, since);
    const from = isLastOnly ? (way.executions.at(-1)?.startedAt ?? 0) : 0;
    for (const { at, key, text } of await linesOf(way, stack, functions)) {
      if (at >= from && !printed.has(key)) print(text);
      printed.add(key);
    }
    const ended = Math.max(...way.executions.map(({ endedAt = Number.POSITIVE_INFINITY }) => endedAt));
    if (way.executions.length === 0 && Date.now() - since > LONGEST_WITHOUT_EXECUTION) return way;
    // The last lines of a log come after the end of the execution.
    if (way.executions.length > 0 && Date.now() > ended + AFTER) return way;
    await pause(PAUSE);
  }
}

async function linesOf(way: OrderWay, stack: Stack, functions: readonly DeployedFunction[]): Promise<Line[]> {
  const states = await functionsOfStates(stack, functions);
  const logs = way.logs.map(async (entry) => ({
    at: entry.at,
    key: [entry.at, entry.function, entry.requestId, entry.message].join(),
    text: indent(await showEntry(entry, functions, { leaveOut: ['orderId'] })),
  }));
  const passed = way.executions.flatMap((execution) => linesOfExecution(execution, states));
  // Stable: what happened in one millisecond stays in the order of the history.
  return [...passed, ...(await Promise.all(logs))].sort((one, other) => one.at - other.at);
}

const indent = (text: string) => {
  const [first = '', ...rest] = text.split('\n');
  const time = /\d\d:\d\d:\d\d\.\d{3}/.exec(first);
  // The time of day stays in the first column.
  const end = time ? first.indexOf(' ', time.index) : -1;
  const begun = end < 0 ? `    ${first}` : `${first.slice(0, end)}    ${first.slice(end)}`;
  return [begun, ...rest.map((line) => `            ${line}`)].join('\n');
};

function linesOfExecution(execution: Execution, states: Map<string, DeployedFunction>): Line[] {
  const { name, startedAt, endedAt } = execution;
  const line = (at: number, key: string, text: string): Line => ({
    at,
    key: `${name}/${key}`,
    text: `${paint('dim', clock(at))} ${text}`,
  });
  const lines = [line(startedAt, 'start', paint('bold', `execution ${name}`))];
  execution.visits.forEach((visit, index) => {
    const entered = Date.parse(visit.enteredAt);
    const called = states.get(visit.name)?.name;
    const title = `  ${paint('bold', visit.name)}${called ? paint('dim', `  (${called})`) : ''}`;
    lines.push(line(entered, `${index}`, title));
    visit.attempts.forEach((attempt, number) => {
      lines.push(
        ...linesOfAttempt(attempt, number, visit, execution, (at, key, text) => line(at, `${index}/${key}`, text)),
      );
    });
    const took = visit.exitedAt ? seconds(Date.parse(visit.exitedAt) - entered) : '';
    if (visit.status === 'SUCCEEDED' && visit.exitedAt) {
      lines.push(line(Date.parse(visit.exitedAt), `${index}/exit`, `      ${paint('green', '✓')} ${took}`));
    }
    if (visit.status === 'CAUGHT' && visit.exitedAt) {
      const text = `      ${paint('yellow', `${visit.error} was caught`)}; on to ${visit.next ?? 'the end'}`;
      lines.push(line(Date.parse(visit.exitedAt), `${index}/exit`, text));
    }
  });
  if (endedAt !== undefined) {
    const good = execution.status === 'SUCCEEDED';
    const why = [execution.error, execution.cause && messageOf(execution.cause)].filter(Boolean).join(': ');
    const text = `execution ${execution.status}${why ? `: ${why}` : ''}, after ${seconds(endedAt - startedAt)}`;
    lines.push(line(endedAt, 'end', paint(good ? 'green' : 'red', text)));
  }
  return lines;
}

function linesOfAttempt(
  attempt: Attempt,
  number: number,
  visit: StateVisit,
  execution: Execution,
  line: (at: number, key: string, text: string) => Line,
): Line[] {
  const lines: Line[] = [];
  const started = Date.parse(attempt.startedAt);
  if (number > 0) {
    const wait = visit.attempts[number - 1]?.retriedAfterSeconds;
    const text = `      attempt ${number + 1}${wait === undefined ? '' : `, after a wait of ${seconds(wait * 1000)}`}`;
    lines.push(line(started, `attempt ${number}`, text));
  }
  if (attempt.error !== undefined && attempt.endedAt !== undefined) {
    const cause = causeOfAttempt(attempt, execution);
    const text = `✗ attempt ${number + 1} failed after ${seconds(Date.parse(attempt.endedAt) - started)}: ${attempt.error}`;
    const told = cause && cause !== attempt.error ? `: ${cause}` : '';
    lines.push(line(Date.parse(attempt.endedAt), `failed ${number}`, `      ${paint('red', `${text}${told}`)}`));
  }
  return lines;
}

/** Why an attempt failed, in words. */
export function causeOfAttempt(attempt: Attempt, execution: Execution): string | undefined {
  return execution.causes.find(({ at }) => at === attempt.endedAt)?.cause;
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
