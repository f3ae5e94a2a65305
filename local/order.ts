import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { lastOrder } from './executions.ts';
import { isLocalCloudUp } from './local-cloud.ts';
import { followOrder } from './order-timeline.ts';
import { Failure, main } from './progress.mjs';
import { callApi, logIn, type OrderView } from './sample-order.ts';
import { readStackFile, type Stack } from './stack-file.ts';

// npm run order: shows how an order goes through its workflow, the last one, a named one, or one that it places.

const USAGE = 'Usage: npm run order [-- <order id> | --payload <file of events/create-order>] [--json]';

main(async () => {
  const { orderId, payload, json } = readArguments();
  if (!(await isLocalCloudUp()))
    throw new Failure('The local cloud is not running: `npm start -- --detach` starts it.');
  const stack = readStackFile();
  const chosen = payload === undefined ? (orderId ?? (await lastOrder(stack))) : await place(stack, payload);
  if (chosen === undefined) throw new Failure(`No order has an execution yet. This places one:\n  ${EXAMPLE}`);
  if (payload !== undefined && !json) console.log(`POST /orders: accepted as ${chosen}`);
  // An order that was not placed just now has its execution already.
  const placedAt = payload === undefined ? 0 : Date.now();
  const way = await followOrder(stack, chosen, placedAt, json ? () => {} : console.log);
  if (way.executions.length === 0) throw new Failure(`No execution has the name ${chosen}. ${WHERE_TO_LOOK}`);
  const order = await readOrder(stack, chosen);
  if (json) return console.log(JSON.stringify({ ...way, order }, undefined, 2));
  console.log(
    `GET /orders/${chosen}: ${order.status}${order.error ? `, ${order.error.code}: ${order.error.message}` : ''}`,
  );
});

const EXAMPLE = 'npm run order -- --payload events/create-order/sample-order.json';
/** Where a message may be that did not become an execution. */
const WHERE_TO_LOOK =
  'The log of what takes messages from the queue is .local/pipe-relay.log, and GET /admin/dlq shows messages that were given up.';

async function place(stack: Stack, file: string): Promise<string> {
  const event = readEvent(file);
  const body = JSON.parse(event.body ?? '{}') as unknown;
  const authorization = await logIn(stack, stack.customer);
  return (await callApi<OrderView>(stack, 'POST', '/orders', { authorization, body })).orderId;
}

/** @throws Failure when the file is no request to create an order */
function readEvent(file: string): { body?: string } {
  try {
    const event = JSON.parse(readFileSync(file, 'utf8')) as { body?: string; resource?: string; httpMethod?: string };
    if (event.httpMethod === 'POST' && event.resource === '/orders') return event;
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
  throw new Failure(`${file} is no event of POST /orders; those are in events/create-order.`);
}

async function readOrder(stack: Stack, orderId: string): Promise<OrderView> {
  const authorization = await logIn(stack, stack.operator);
  return callApi<OrderView>(stack, 'GET', `/orders/${orderId}`, { authorization });
}

function readArguments(): { orderId?: string | undefined; payload?: string | undefined; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { payload: { type: 'string' }, json: { type: 'boolean' } },
    });
    if (positionals.length > 1 || (values.payload !== undefined && positionals.length > 0)) {
      throw new Error('One order at a time.');
    }
    return { orderId: positionals[0], payload: values.payload, json: values.json ?? false };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n${USAGE}`);
  }
}
