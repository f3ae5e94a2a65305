import {
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { readPageToken, writePageToken } from '../shared/api/page-token.ts';
import { type StateVisit, statesOf } from '../shared/orders/execution-states.ts';
import type { Order } from '../shared/orders/order.ts';
import { describeExecution, executionNames, isRunning, type OrderWorkflow } from '../shared/orders/order-execution.ts';

/** An execution as the API shows it. All times are ISO 8601, UTC. */
export interface ExecutionView {
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  startedAt: string;
  endedAt?: string;
  arn: string;
  states: StateVisit[];
  /** The history is longer than what was read. The states are those of its beginning. */
  truncated?: true;
}

export interface ExecutionPage {
  items: ExecutionView[];
  nextToken?: string;
}

/** How many histories a page holds. */
const PAGE = 5;
/** How many of an order's retries are asked for, the newest ones. Each retry is an operator's act, or one of a few. */
const MOST_RETRIES = 48;
const EVENTS_PER_CALL = 1000;
/** The longest way with every retry used up has fewer than 3,000 events. */
const MOST_CALLS = 3;

/** A page ends at an execution, by when it was started and its name. */
const POSITION = [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, /^[0-9a-f-]{36}(-cancel|-retry-\d{1,9})?$/];

/**
 * A page of an order's executions, oldest first. One that ended more than 90 days ago is not in it, because Step
 * Functions does not keep it longer.
 *
 * @throws Problem VALIDATION_FAILED when the token is not one.
 */
export async function listExecutions(
  order: Order,
  nextToken: string | undefined,
  workflow: OrderWorkflow,
): Promise<ExecutionPage> {
  const after = nextToken === undefined ? '' : readPageToken(nextToken, POSITION).join();
  const found = await Promise.all(recentNames(order).map((name) => describeExecution(workflow, name)));
  const left = found
    .flatMap((execution) => execution ?? [])
    .sort((a, b) => (position(a).join() < position(b).join() ? -1 : 1))
    .filter((execution) => position(execution).join() > after);
  const page = left.slice(0, PAGE);
  const last = page.at(-1);
  return {
    items: await Promise.all(page.map((execution) => toView(execution, workflow))),
    ...(last && left.length > PAGE && { nextToken: writePageToken(position(last)) }),
  };
}

function recentNames(order: Order): string[] {
  const names = executionNames(order);
  const others = names.length - (order.attempts ?? 0);
  return [...names.slice(0, others), ...names.slice(others).slice(-MOST_RETRIES)];
}

const startOf = ({ startDate }: DescribeExecutionCommandOutput) => (startDate ?? new Date(0)).toISOString();
const position = (execution: DescribeExecutionCommandOutput) => [startOf(execution), execution.name ?? ''];

async function toView(
  execution: DescribeExecutionCommandOutput,
  { stepFunctions }: OrderWorkflow,
): Promise<ExecutionView> {
  const { executionArn = '', name = '', status, stopDate } = execution;
  const { events, isWhole } = await readHistory(executionArn, stepFunctions);
  return {
    name,
    status: isRunning(status) ? 'RUNNING' : (status as ExecutionView['status']),
    startedAt: startOf(execution),
    ...(!isRunning(status) && stopDate && { endedAt: stopDate.toISOString() }),
    arn: executionArn,
    states: statesOf(events),
    ...(!isWhole && { truncated: true as const }),
  };
}

/** Reads the events of an execution without what its states took and returned. */
async function readHistory(executionArn: string, stepFunctions: OrderWorkflow['stepFunctions']) {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  for (let call = 0; call < MOST_CALLS; call += 1) {
    const page = await stepFunctions.send(
      new GetExecutionHistoryCommand({
        executionArn,
        includeExecutionData: false,
        maxResults: EVENTS_PER_CALL,
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  return { events, isWhole: nextToken === undefined };
}
