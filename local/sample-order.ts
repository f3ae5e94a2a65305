import { setTimeout as pause } from 'node:timers/promises';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ROOT } from './mini-stack.ts';
import { Failure } from './progress.mjs';
import { SAMPLE_ORDER } from './sample-request.ts';
import type { Stack } from './stack-file.ts';

const DEADLINE = 60_000;

interface OrderView {
  orderId: string;
  status: string;
  totalAmount: number;
  currency: string;
  error?: { code: string; message: string };
  history: { status: string; at: string }[];
}

/**
 * Places the sample order over HTTP as a customer does, and prints every status of the order and every state of its
 * workflow as they pass, until it is COMPLETED.
 *
 * @throws Failure when it ends otherwise, or not at all
 */
export async function placeSampleOrder(stack: Stack): Promise<void> {
  const login = await call(stack, 'POST', '/auth', { body: { action: 'login', ...stack.customer } });
  const authorization = String(login.idToken);
  const { orderId } = await call<OrderView>(stack, 'POST', '/orders', { authorization, body: SAMPLE_ORDER });
  console.log(`\nPOST /orders: accepted as ${orderId}`);

  const workflow = new SFNClient({ endpoint: stack.endpoint, region: stack.region, credentials: ROOT } as object);
  const executionArn = `${stack.orderWorkflowArn.replace(':stateMachine:', ':execution:')}:${orderId}`;
  const printed = new Set<string>();
  for (const deadline = Date.now() + DEADLINE; Date.now() < deadline; await pause(100)) {
    const order = await call<OrderView>(stack, 'GET', `/orders/${orderId}`, { authorization });
    const passed = [
      // A status has the time at which its state was entered. It is printed after the state.
      ...order.history.map(({ at, status }) => ({ at: Date.parse(at) + 10, line: `  ${status}` })),
      ...(await statesEntered(workflow, executionArn)).map(({ at, name }) => ({ at, line: `    ${name}` })),
    ].sort((one, other) => one.at - other.at);
    for (const { line } of passed) {
      if (!printed.has(line)) console.log(line);
      printed.add(line);
    }
    if (order.status === 'COMPLETED') {
      console.log(`GET /orders/${orderId}: ${order.status}, ${order.totalAmount} ${order.currency}`);
      return;
    }
    if (order.error) throw new Failure(`The sample order ended ${order.status}: ${JSON.stringify(order.error)}`);
  }
  throw new Failure(`The sample order ${orderId} was not COMPLETED within ${DEADLINE / 1000} s.`);
}

async function statesEntered(workflow: SFNClient, executionArn: string): Promise<{ at: number; name: string }[]> {
  try {
    const { events = [] } = await workflow.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.flatMap(({ timestamp, stateEnteredEventDetails }) =>
      stateEnteredEventDetails ? [{ at: Number(timestamp), name: `${stateEnteredEventDetails.name}` }] : [],
    );
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return [];
    throw error;
  }
}

async function call<T = Record<string, unknown>>(
  stack: Stack,
  method: string,
  path: string,
  { authorization, body }: { authorization?: string; body?: unknown },
): Promise<T> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      'x-api-key': stack.apiKey,
      'content-type': 'application/json',
      ...(authorization !== undefined && { authorization }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Failure(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
