import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DeployedFunction, deployedFunctions, paint, readLogs, showEntry } from './function-logs.ts';
import type { LogEntry } from './log-entries.ts';
import { awsEnvironment } from './mini-stack.ts';
import { causeOfAttempt, type OrderWay, readWay } from './order-timeline.ts';
import { readableStack } from './source-frames.ts';
import { LOCAL_DIR, type Stack } from './stack-file.ts';

const EMULATOR_LOG = `${LOCAL_DIR}/ministack.log`;
const RELAY_LOG = `${LOCAL_DIR}/pipe-relay.log`;
/** How many last entries of a function that failed are shown. */
const MOST_ENTRIES = 5;

/** Where the emulator's log ends now. What comes later is of this start. */
export function endOfEmulatorLog(): number {
  return existsSync(EMULATOR_LOG) ? statSync(EMULATOR_LOG).size : 0;
}

/**
 * Why the sample order did not complete, in lines: which state failed with which error and cause, which functions throw
 * while they load, what functions logged last, with lines of the source, and where the rest is.
 *
 * @param orderId absent when the order was not accepted
 * @param since when the order was placed, in milliseconds
 * @param logStart where in the emulator's log to begin, in bytes
 */
export async function explainOrder(
  stack: Stack,
  orderId: string | undefined,
  since: number,
  logStart: number,
): Promise<string[]> {
  const functions = await deployedFunctions(stack);
  const way: OrderWay = orderId
    ? await readWay(stack, orderId, functions, since)
    : { orderId: '', executions: [], logs: [] };
  const unloadable = (await Promise.all(suspects(functions, logStart).map(loadingError))).filter(
    (lines) => lines.length > 0,
  );
  const logs = await readLogs(stack, functions, since);
  const failing = [...new Set(logs.filter(({ level }) => level === 'ERROR').map((entry) => entry.function))];
  const lastLines = await Promise.all(
    functions.filter(({ name }) => failing.includes(name)).map((writer) => lastEntries(writer, logs)),
  );
  const names = [...failing, ...failedFunctions(way, functions)];
  return [
    ...failedStates(way),
    ...unloadable.flat(),
    ...lastLines.flat(),
    ...(orderId && way.executions.length === 0 ? withoutExecution() : []),
    '',
    'To look further:',
    ...(orderId ? [`  npm run order -- ${orderId}`] : []),
    `  npm run logs -- ${[...new Set(names)].join(' ')}`.replace(/ -- $/, ''),
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
      const then = next === undefined ? '' : `; on to ${next}`;
      return [
        paint(
          'red',
          `  ${name} failed with ${last.error}, after ${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}${then}`,
        ),
        ...(cause ? [`    ${cause}`] : []),
      ];
    }),
  );
}

function failedFunctions({ executions }: OrderWay, functions: readonly DeployedFunction[]): string[] {
  const causes = executions.flatMap(({ causes }) => causes.map(({ cause }) => cause)).join('\n');
  return functions.filter(({ physicalName }) => causes.includes(physicalName)).map(({ name }) => name);
}

async function lastEntries(writer: DeployedFunction, logs: readonly LogEntry[]): Promise<string[]> {
  const own = logs.filter((entry) => entry.function === writer.name);
  // A function that is tried again says the same again.
  const different = [...new Map(own.map((entry) => [`${entry.message} ${entry.stack}`, entry])).values()];
  const shown = await Promise.all(different.slice(-MOST_ENTRIES).map((entry) => showEntry(entry, [writer])));
  return [`  The last lines of ${paint('bold', writer.name)}, of log group ${writer.logGroup}:`, ...shown.map(indent)];
}

const indent = (text: string) => text.replaceAll(/^/gm, '    ');

/** The functions of whose workers the emulator says that they did not start. */
function suspects(functions: readonly DeployedFunction[], logStart: number): DeployedFunction[] {
  if (!existsSync(EMULATOR_LOG)) return [];
  const lines = readFileSync(EMULATOR_LOG)
    .subarray(logStart)
    .toString()
    .split('\n')
    .filter((line) => /Worker (init failed|process exited)/.test(line));
  return functions.filter(({ physicalName }) => lines.some((line) => line.includes(physicalName)));
}

/**
 * Loads a function as Lambda does, in a process of its own. The emulator keeps only the message of what is thrown then.
 *
 * @returns the error with lines of the source; nothing when it loads
 */
async function loadingError({ name, logicalId, environment }: DeployedFunction): Promise<string[]> {
  const script =
    'try { require(process.argv[1]) } catch (error) { process.stdout.write(String(error?.stack ?? error)) }';
  const { stdout } = spawnSync(process.execPath, ['-e', script, resolve('.aws-sam/build', logicalId, 'handler.js')], {
    encoding: 'utf8',
    env: { ...awsEnvironment(environment.AWS_ENDPOINT_URL ?? ''), ...environment },
    timeout: 10_000,
  });
  if (!stdout) return [];
  const lines = await readableStack(stdout, logicalId);
  return [paint('red', `  The function ${name} throws while it loads:`), ...lines.map((line) => `    ${line}`)];
}

function withoutExecution(): string[] {
  const lines = existsSync(RELAY_LOG) ? readFileSync(RELAY_LOG, 'utf8').trimEnd().split('\n').slice(-MOST_ENTRIES) : [];
  return [
    '  The order has no execution: its message is still on its way from the queue through dispatch-orders.',
    ...(lines.join('') === '' ? [] : [`  The last lines of ${RELAY_LOG}:`, ...lines.map((line) => `    ${line}`)]),
  ];
}
