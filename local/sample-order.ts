import { setTimeout as pause } from 'node:timers/promises';
import { type Execution, readExecutions } from './executions.ts';
import { Failure } from './progress.mjs';
import { SAMPLE_ORDER } from './sample-request.ts';
import type { Account, Stack } from './stack-file.ts';

const DEADLINE = 60_000;

/** An order as far as the API shows it to its customer. */
export interface OrderView {
  orderId: string;
  status: string;
  totalAmount: number;
  currency: string;
  error?: { code: string; message: string };
  history: { status: string; at: string }[];
}

/** The sample order did not become COMPLETED. */
export class SampleOrderFailure extends Failure {
  /** Absent when the order was not even accepted. */
  readonly orderId: string | undefined;

  constructor(message: string, orderId?: string) {
    super(message);
    this.orderId = orderId;
  }
}

/**
 * Places the sample order over HTTP as a customer does, and prints every status of the order and every state of its
 * workflow as they pass, until it is COMPLETED.
 *
 * @throws SampleOrderFailure when it ends otherwise, or not in time, or as soon as a state failed for the last time
 */
export async function placeSampleOrder(stack: Stack): Promise<void> {
  const authorization = await logIn(stack, stack.customer);
  const { orderId } = await callApi<OrderView>(stack, 'POST', '/orders', { authorization, body: SAMPLE_ORDER });
  console.log(`\nPOST /orders: accepted as ${orderId}`);

  const printed = new Set<string>();
  for (const deadline = Date.now() + DEADLINE; Date.now() < deadline; await pause(100)) {
    const order = await callApi<OrderView>(stack, 'GET', `/orders/${orderId}`, { authorization });
    const [execution] = await readExecutions(stack, orderId);
    const passed = [
      // A status has the time at which its state was entered. It is printed after the state.
      ...order.history.map(({ at, status }) => ({ at: Date.parse(at) + 10, line: `  ${status}` })),
      ...statesEntered(execution),
    ].sort((one, other) => one.at - other.at);
    for (const { line } of passed) {
      if (!printed.has(line)) console.log(line);
      printed.add(line);
    }
    if (order.status === 'COMPLETED') {
      console.log(`GET /orders/${orderId}: ${order.status}, ${order.totalAmount} ${order.currency}`);
      return;
    }
    if (order.error) throw new SampleOrderFailure(`The sample order ended ${order.status}.`, orderId);
    const failed = execution?.visits.find(({ status }) => !['RUNNING', 'SUCCEEDED'].includes(status));
    // Its compensation goes on, and may take minutes. What went wrong is known.
    if (failed) throw new SampleOrderFailure(`The sample order did not pass ${failed.name}.`, orderId);
  }
  throw new SampleOrderFailure(`The sample order was not COMPLETED within ${DEADLINE / 1000} s.`, orderId);
}

function statesEntered(execution: Execution | undefined): { at: number; line: string }[] {
  return (execution?.visits ?? []).flatMap(({ name, enteredAt, attempts }) => [
    { at: Date.parse(enteredAt), line: `    ${name}` },
    ...attempts.flatMap(({ error, endedAt }, index) =>
      error === undefined
        ? []
        : [{ at: Date.parse(endedAt ?? enteredAt), line: `      ${name}: attempt ${index + 1} failed with ${error}` }],
    ),
  ]);
}

/** Logs in. Returns the token for the header `authorization`. */
export async function logIn(stack: Stack, account: Account): Promise<string> {
  const login = await callApi(stack, 'POST', '/auth', { body: { action: 'login', ...account } });
  return String(login.idToken);
}

/** Calls a route of the stack. @throws SampleOrderFailure with the answer, when it is no success */
export async function callApi<T = Record<string, unknown>>(
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
  if (!response.ok) throw new SampleOrderFailure(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
