import { existsSync, readFileSync } from 'node:fs';
import { type DeployedFunction, deployedFunctions, paint, readLogs, showEntry, stackOf } from './function-logs.ts';
import { type LogEntry, WHILE_LOADING } from './log-entries.ts';
import { causeOfAttempt, type OrderWay, readWay } from './order-timeline.ts';
import { LOCAL_DIR, type Stack } from './stack-file.ts';

const EMULATOR_LOG = `${LOCAL_DIR}/ministack.log`;
const RELAY_LOG = `${LOCAL_DIR}/pipe-relay.log`;
/** How many last entries of a function that failed are shown. */
const MOST_ENTRIES = 5;

/**
 * Why the sample order did not complete, in lines: which state failed with which error and cause, which functions throw
 * while they load, what functions logged last, with lines of the source, and where the rest is.
 *
 * @param orderId absent when the order was not accepted
 * @param since when the order was placed, in milliseconds
 */
export async function explainOrder(stack: Stack, orderId: string | undefined, since: number): Promise<string[]> {
  const functions = await deployedFunctions(stack);
  const way: OrderWay = orderId
    ? await readWay(stack, orderId, functions, since)
    : { orderId: '', executions: [], logs: [] };
  const logs = await readLogs(stack, functions, since);
  const errors = logs.filter(({ level }) => level === 'ERROR');
  const names = [...new Set(errors.map((entry) => entry.function))];
  const thrown = new Set(errors.filter(({ message }) => message !== WHILE_LOADING).map((entry) => entry.function));
  const lastLines = await Promise.all(
    functions.filter(({ name }) => thrown.has(name)).map((writer) => lastEntries(writer, logs)),
  );
  return [
    ...failedStates(way),
    ...(await loadingErrors(functions, logs)),
    ...lastLines.flat(),
    ...(orderId && way.executions.length === 0 ? withoutExecution() : []),
    '',
    'To look further:',
    ...(orderId ? [`  npm run order -- ${orderId}`] : []),
    `  npm run logs${names.length > 0 ? ` -- ${names.join(' ')} --since 5m` : ''}`,
    `  ${EMULATOR_LOG}, ${RELAY_LOG}`,
  ];
}

/** The states that failed for the last time, or whose attempts have failed so far. */
function failedStates({ executions }: OrderWay): string[] {
  return executions.flatMap((execution) =>
    execution.visits.flatMap(({ name, attempts, status, next }) => {
      const last = attempts.findLast(({ error }) => error !== undefined);
      if (last?.error === undefined || status === 'SUCCEEDED') return [];
      const cause = causeOfAttempt(last, execution);
      const tries = attempts.length === 1 ? 'its only attempt' : `${attempts.length} attempts`;
      const then = next === undefined ? '' : `; on to ${next}`;
      return [
        paint('red', `  ${name} failed with ${last.error}, after ${tries}${then}`),
        ...(cause ? [`    ${cause}`] : []),
      ];
    }),
  );
}

async function lastEntries(writer: DeployedFunction, logs: readonly LogEntry[]): Promise<string[]> {
  const own = logs.filter((entry) => entry.function === writer.name);
  // A function that is tried again says the same again.
  const different = [...new Map(own.map((entry) => [`${entry.message} ${entry.stack}`, entry])).values()];
  const shown = await Promise.all(different.slice(-MOST_ENTRIES).map((entry) => showEntry(entry, [writer])));
  return [`  The last lines of ${paint('bold', writer.name)}, of log group ${writer.logGroup}:`, ...shown.map(indent)];
}

const indent = (text: string) => text.replaceAll(/^/gm, '    ');

/** The functions that threw while they were loaded, each with its error and lines of the source. */
async function loadingErrors(functions: readonly DeployedFunction[], logs: readonly LogEntry[]): Promise<string[]> {
  const entries = new Map(
    logs.filter(({ message }) => message === WHILE_LOADING).map((entry) => [entry.function, entry]),
  );
  const lines = [...entries.values()].map(async (entry) => [
    paint('red', `  The function ${entry.function} throws while it loads:`),
    ...(await stackOf(entry, functions)).map((line) => `    ${line}`),
  ]);
  return (await Promise.all(lines)).flat();
}

function withoutExecution(): string[] {
  const lines = existsSync(RELAY_LOG) ? readFileSync(RELAY_LOG, 'utf8').trimEnd().split('\n').slice(-MOST_ENTRIES) : [];
  return [
    '  The order has no execution: its message is still on its way from the queue through dispatch-orders.',
    ...(lines.join('') === '' ? [] : [`  The last lines of ${RELAY_LOG}:`, ...lines.map((line) => `    ${line}`)]),
  ];
}
