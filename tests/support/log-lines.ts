import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { aws, stack } from './stack.ts';

const logs = new CloudWatchLogsClient(aws);
const lambda = new LambdaClient(aws);
/** As many as one answer has at most. */
const MAX_LINES = 10_000;

/** The name of every log group that there is: of functions, workflows, the pipe and the API. */
export async function logGroups(): Promise<string[]> {
  const names: string[] = [];
  for await (const { logGroups: groups } of paginateDescribeLogGroups({ client: logs }, {})) {
    for (const { logGroupName } of groups ?? []) if (logGroupName) names.push(logGroupName);
  }
  return names;
}

/** The lines of a log group since a time, in milliseconds. A line may be there twice. */
export async function logLines(logGroupName: string, startTime: number): Promise<string[]> {
  const lines: string[] = [];
  let from = startTime;
  let nextToken: string | undefined;
  for (;;) {
    const page = await logs.send(
      new FilterLogEventsCommand({ logGroupName, startTime: from, ...(nextToken && { nextToken }) }),
    );
    const events = page.events ?? [];
    for (const { message } of events) lines.push(message ?? '');
    nextToken = page.nextToken;
    if (nextToken) continue;
    // The emulator has no token for what is beyond its limit, so that the next page begins where this one ended.
    const last = events.at(-1)?.timestamp;
    if (events.length < MAX_LINES || last === undefined) return lines;
    if (last === from) throw new Error(`${logGroupName} has too many lines of one millisecond`);
    from = last;
  }
}

/** The log group of a deployed function. */
export async function logGroupOf(logicalId: string): Promise<string> {
  const { LoggingConfig } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: stack.functions[logicalId] }),
  );
  if (!LoggingConfig?.LogGroup) throw new Error(`${logicalId} has no log group`);
  return LoggingConfig.LogGroup;
}
