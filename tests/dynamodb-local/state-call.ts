import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  DynamoDBClient,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import jsonata from 'jsonata';
import { aws, stack } from '../support/stack.ts';
import type { State } from '../workflow/faults/machine-copy.ts';

const client = new DynamoDBClient({ ...aws, maxAttempts: 1 });

/** What an execution knows when it comes to a state. */
export interface Execution {
  orderId: string;
  createdAt: string;
  name: string;
  /** When the state is entered; ISO 8601, UTC. */
  at: string;
  variables: Record<string, unknown>;
}

/** The answer of a direct DynamoDB state's call, with its arguments evaluated as Step Functions does. */
export async function callState(
  name: string,
  state: State,
  execution: Execution,
): Promise<Record<string, AttributeValue> | undefined> {
  const input = substitute(await evaluate(state.Arguments, contextOf(name, execution), execution.variables));
  switch (state.Resource) {
    case 'arn:aws:states:::dynamodb:updateItem':
      return (await client.send(new UpdateItemCommand(input as UpdateItemCommandInput))).Attributes;
    case 'arn:aws:states:::aws-sdk:dynamodb:transactWriteItems':
      await client.send(new TransactWriteItemsCommand(input as TransactWriteItemsCommandInput));
      return undefined;
    default:
      throw new Error(`${name} does not write to DynamoDB itself`);
  }
}

/** What a state assigns once its call has given this result. */
export async function assignedBy(state: State, result: unknown): Promise<Record<string, unknown>> {
  return (await evaluate(state.Assign ?? {}, { result }, {})) as Record<string, unknown>;
}

function contextOf(state: string, { orderId, createdAt, name, at }: Execution) {
  return {
    context: {
      Execution: { Name: name, Input: { orderId, createdAt } },
      State: { Name: state, EnteredTime: at },
    },
  };
}

/** Every `{% … %}` in a value, replaced by what it gives. */
async function evaluate(value: unknown, states: object, variables: Record<string, unknown>): Promise<unknown> {
  if (typeof value === 'string') {
    const expression = /^\{%([\s\S]*)%\}$/.exec(value.trim())?.[1];
    if (expression === undefined) return value;
    const compiled = jsonata(expression);
    compiled.registerFunction('hash', (text: string, algorithm: string) =>
      createHash(algorithm.replace('-', '')).update(text).digest('hex'),
    );
    const result: unknown = await compiled.evaluate({}, { states, ...variables });
    if (result === undefined) throw new Error(`States.QueryEvaluationError: nothing comes of ${expression.trim()}`);
    return result;
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => evaluate(item, states, variables)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await evaluate(item, states, variables)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** The tables in place of the `${…}` that the template fills in. */
function substitute(value: unknown): unknown {
  const tables: Record<string, string> = { OrdersTable: stack.ordersTable, ProductsTable: stack.productsTable };
  const text = JSON.stringify(value).replaceAll(/\$\{(\w+)\}/g, (found, name: string) => tables[name] ?? found);
  return JSON.parse(text);
}
