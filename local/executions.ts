import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { type StateVisit, statesOf } from '../functions/shared/orders/execution-states.ts';
import { connectionOf, type DeployedFunction } from './function-logs.ts';
import type { Stack } from './stack-file.ts';

/** An execution of process-order, with all that its history says. Times are milliseconds since 1970. */
export interface Execution {
  name: string;
  status: string;
  startedAt: number;
  endedAt?: number;
  /** The error and the cause with which it ended. */
  error?: string;
  cause?: string;
  /** When the order was created, as its input says. */
  orderCreatedAt: number;
  visits: StateVisit[];
  /** Why attempts failed, in the order in which they did. */
  causes: { at: string; cause: string }[];
}

/** The executions of an order, oldest first: the first one, that of a cancel after completion, and the retries. */
export async function readExecutions(stack: Stack, orderId: string): Promise<Execution[]> {
  const client = new SFNClient(connectionOf(stack));
  const found = await Promise.all([orderId, `${orderId}-cancel`].map((name) => readExecution(client, stack, name)));
  for (let retry = 1; found.at(0); retry += 1) {
    const execution = await readExecution(client, stack, `${orderId}-retry-${retry}`);
    if (!execution) break;
    found.push(execution);
  }
  return found.flatMap((execution) => execution ?? []).sort((one, other) => one.startedAt - other.startedAt);
}

async function readExecution(client: SFNClient, stack: Stack, name: string): Promise<Execution | undefined> {
  const executionArn = `${stack.orderWorkflowArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 })) {
      events.push(...(page.events ?? []));
    }
    const { createdAt } = JSON.parse(described.input ?? '{}') as { createdAt?: string };
    const startedAt = Number(described.startDate);
    return {
      name,
      status: described.status ?? '',
      startedAt,
      ...(described.stopDate && { endedAt: Number(described.stopDate) }),
      ...(described.error !== undefined && { error: described.error }),
      ...(described.cause !== undefined && { cause: described.cause }),
      orderCreatedAt: createdAt === undefined ? startedAt : Date.parse(createdAt),
      visits: statesOf(events),
      causes: events.flatMap(causeOf),
    };
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** The cause that an event tells, in the details that are named after its type. */
function causeOf(event: HistoryEvent): { at: string; cause: string }[] {
  const details = Object.entries(event).find(
    ([key, value]) => key.endsWith('EventDetails') && value !== undefined,
  )?.[1];
  const { cause } = (details ?? {}) as { cause?: string };
  return cause ? [{ at: (event.timestamp ?? new Date(0)).toISOString(), cause: messageOf(cause) }] : [];
}

/** A cause in words. What Lambda says of a function that failed is JSON. */
export function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}

/** The function that each state calls. A state that calls a service itself has none. */
export async function functionsOfStates(
  stack: Stack,
  functions: readonly DeployedFunction[],
): Promise<Map<string, DeployedFunction>> {
  const client = new SFNClient(connectionOf(stack));
  const { definition = '{}' } = await client.send(
    new DescribeStateMachineCommand({ stateMachineArn: stack.orderWorkflowArn }),
  );
  const { States = {} } = JSON.parse(definition) as {
    States?: Record<string, { Arguments?: { FunctionName?: string } }>;
  };
  return new Map(
    Object.entries(States).flatMap(([state, { Arguments }]) => {
      const called = functions.find(({ physicalName }) => Arguments?.FunctionName?.split(':').includes(physicalName));
      return called ? [[state, called] as const] : [];
    }),
  );
}

/** The order whose execution began last. */
export async function lastOrder(stack: Stack): Promise<string | undefined> {
  const client = new SFNClient(connectionOf(stack));
  const { executions = [] } = await client.send(
    new ListExecutionsCommand({ stateMachineArn: stack.orderWorkflowArn, maxResults: 100 }),
  );
  return executions.toSorted((a, b) => Number(b.startDate) - Number(a.startDate))[0]?.name?.slice(0, 36);
}
