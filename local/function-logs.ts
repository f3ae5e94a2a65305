import { styleText } from 'node:util';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { entriesOf, type LogEntry, type LogEvent } from './log-entries.ts';
import { ROOT } from './mini-stack.ts';
import { Failure } from './progress.mjs';
import { folderOf, readableStack } from './source-frames.ts';
import type { Stack } from './stack-file.ts';

/** A deployed function, and where it logs. */
export interface DeployedFunction {
  /** Its folder, such as create-order. */
  name: string;
  logicalId: string;
  physicalName: string;
  logGroup: string;
  environment: Record<string, string>;
}

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colours text when the output is a terminal. It obeys NO_COLOR and FORCE_COLOR. */
export const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });

/** What the clients of a stack's services are made with. On AWS the environment has profile and credentials. */
export function connectionOf({ endpoint, region }: Stack) {
  return { region, ...(endpoint !== undefined && { endpoint, credentials: ROOT }) };
}

/**
 * The functions of the stack.
 *
 * @param names folders of those that are wanted; empty: all of them
 * @throws Failure naming a function that does not exist
 */
export async function deployedFunctions(stack: Stack, names: readonly string[] = []): Promise<DeployedFunction[]> {
  const known = Object.entries(stack.functions).map(([logicalId, physicalName]) => {
    return { logicalId, physicalName, name: folderOf(logicalId).replace(/^functions\//, '') };
  });
  const unknown = names.find((name) => !known.some((candidate) => candidate.name === name));
  if (unknown !== undefined) {
    throw new Failure(
      `There is no function ${unknown}. There are: ${known
        .map(({ name }) => name)
        .sort()
        .join(', ')}`,
    );
  }
  const lambda = new LambdaClient(connectionOf(stack));
  const wanted = known.filter(({ name }) => names.length === 0 || names.includes(name));
  return Promise.all(
    wanted.map(async (found) => {
      const { LoggingConfig, Environment } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: found.physicalName }),
      );
      const logGroup = LoggingConfig?.LogGroup ?? `/aws/lambda/${found.physicalName}`;
      return { ...found, logGroup, environment: Environment?.Variables ?? {} };
    }),
  );
}

/** What functions logged since a time, in milliseconds, oldest first. */
export async function readLogs(
  stack: Stack,
  functions: readonly DeployedFunction[],
  startTime: number,
): Promise<LogEntry[]> {
  const client = new CloudWatchLogsClient(connectionOf(stack));
  const entries = functions.map(async ({ name, logGroup: logGroupName }) => {
    const events: LogEvent[] = [];
    for await (const page of paginateFilterLogEvents({ client }, { logGroupName, startTime })) {
      events.push(...(page.events ?? []));
    }
    return entriesOf(name, events);
  });
  return (await Promise.all(entries)).flat().sort((one, other) => one.at - other.at);
}

/** The time of day in UTC, with milliseconds. */
export const clock = (at: number) => new Date(at).toISOString().slice(11, 23);

const STYLE: Record<string, Parameters<typeof styleText>[0]> = { ERROR: 'red', WARN: 'yellow', DEBUG: 'dim' };

/** An entry as one line, and below it the stack of an error with files and lines of the source. */
export async function showEntry(
  entry: LogEntry,
  functions: readonly DeployedFunction[],
  { leaveOut = [], width = 0 }: { leaveOut?: readonly string[]; width?: number } = {},
): Promise<string> {
  const fields = Object.entries(entry.fields)
    .filter(([key]) => !leaveOut.includes(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const line = [
    paint('dim', clock(entry.at)),
    paint('cyan', entry.function.padEnd(width)),
    paint(STYLE[entry.level] ?? 'green', entry.level.padEnd(5)),
    entry.message,
    paint('dim', fields.join(' ')),
  ];
  const stack = await stackOf(entry, functions);
  const below = stack.filter((text) => text !== entry.message).map((text) => `\n    ${text}`);
  return `${line.join(' ').trimEnd()}${below.join('')}`;
}

/** The stack of an entry's error, with files and lines of the source. Empty when it has none. */
export async function stackOf(entry: LogEntry, functions: readonly DeployedFunction[]): Promise<string[]> {
  const writer = functions.find(({ name }) => name === entry.function);
  return entry.stack === undefined ? [] : readableStack(entry.stack, writer?.logicalId ?? '');
}
