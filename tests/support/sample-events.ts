import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { putUser } from './accounts.ts';
import { aws, dynamodb, stack } from './stack.ts';

/** How an event ends, as events/README.md explains it. */
export interface Expectation {
  given?: Given;
  returns?: unknown;
  throws?: string;
  throwsWithYourRights?: string;
}

type Rows = Partial<Record<keyof typeof TABLES, Record<string, unknown>[]>>;
export type Given = Rows & { users?: { email: string; password: string }[] };

/** How an invocation ended: with a result, or with an error's type. */
export type End = { result: unknown } | { errorType: unknown };

const lambda = new LambdaClient(aws);

const TABLES = {
  orders: stack.ordersTable,
  products: stack.productsTable,
  payments: stack.paymentsTable,
  operations: stack.operationsTable,
};

const KEYS = {
  orders: ['orderId', 'createdAt'],
  products: ['productId'],
  payments: ['paymentId'],
  operations: ['pk', 'sk'],
} as const;

/** The functions that have sample events, by folder. */
export const folders: string[] = globSync('events/*/')
  .map((folder) => basename(folder))
  .sort();

export function scenariosOf(folder: string): string[] {
  return globSync(`events/${folder}/*.json`)
    .map((file) => basename(file, '.json'))
    .filter((name) => name !== 'expected')
    .sort();
}

export function eventFile(folder: string, scenario: string): string {
  return `events/${folder}/${scenario}.json`;
}

export function expectationsOf(folder: string): Record<string, Expectation> {
  return JSON.parse(readFileSync(eventFile(folder, 'expected'), 'utf8')) as Record<string, Expectation>;
}

export function isFailure({ throws, returns }: Expectation): boolean {
  const { statusCode, batchItemFailures = [] } = (returns ?? {}) as {
    statusCode?: number;
    batchItemFailures?: unknown[];
  };
  return throws !== undefined || Number(statusCode) >= 400 || batchItemFailures.length > 0;
}

/** The folder of the function with a logical id: `CreateOrderFunction` is in `create-order`. */
export function folderOf(logicalId: string): string {
  return logicalId
    .replace(/Function$/, '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase();
}

/** @throws Error when the stack has no function of this folder */
export function functionOf(folder: string): { logicalId: string; physicalName: string } {
  const found = Object.entries(stack.functions).find(([logicalId]) => folderOf(logicalId) === folder);
  if (!found) throw new Error(`no function of the stack is in functions/${folder}`);
  return { logicalId: found[0], physicalName: found[1] };
}

/** Puts what is given, in place of what an earlier run left. */
export async function putGiven(given: Given = {}): Promise<void> {
  await removeGiven(given);
  const { users = [], ...rows } = given;
  for (const [table, Item] of entriesOf(rows)) {
    await dynamodb.send(new PutCommand({ TableName: TABLES[table], Item: asOfNow(Item) }));
  }
  for (const user of users) await putUser(user);
}

/**
 * Removes what was given, and the payments of given orders: left behind, an order under way would be found by the next
 * reconcile, which takes it on, and a payment would make the next run another scenario.
 */
export async function removeGiven({ users: _, ...rows }: Given = {}): Promise<void> {
  for (const [table, row] of entriesOf(rows)) {
    const Key = Object.fromEntries(KEYS[table].map((name) => [name, row[name]]));
    await dynamodb.send(new DeleteCommand({ TableName: TABLES[table], Key }));
    if (table !== 'orders') continue;
    const paymentId = `pay_${row.orderId}`;
    await dynamodb.send(new DeleteCommand({ TableName: TABLES.payments, Key: { paymentId } }));
  }
}

/** A row with the time of now in place of every `<now>`, because some decisions look at how long ago something was. */
function asOfNow(row: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(row).replaceAll('"<now>"', JSON.stringify(new Date().toISOString())));
}

function entriesOf(rows: Rows): [keyof typeof TABLES, Record<string, unknown>][] {
  const tables = Object.keys(rows) as (keyof typeof TABLES)[];
  return tables.flatMap((table) => (rows[table] ?? []).map((row) => [table, row] as [typeof table, typeof row]));
}

/** Invokes the deployed function with a sample event, and nothing given for it. */
export function invokeDeployed(folder: string, scenario: string): Promise<End> {
  return invokeWith(folder, readFileSync(eventFile(folder, scenario)));
}

/** Invokes the deployed function with an event, as JSON. */
export async function invokeWith(folder: string, event: Uint8Array): Promise<End> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: functionOf(folder).physicalName,
      Payload: event,
    }),
  );
  const result = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null');
  return FunctionError === undefined ? { result } : { errorType: result?.errorType };
}

/** Where an end differs from what was expected of it; nothing when it is as expected. */
export function deviations(end: End, { returns, throws }: Expectation): string[] {
  if ((returns === undefined) === (throws === undefined)) return ['expected.json wants one of returns and throws'];
  if (throws !== undefined) return lacking('errorType' in end ? end.errorType : end, throws, 'error type');
  return lacking('result' in end ? withParsedBody(end.result) : end, returns, 'result');
}

/** What `actual` lacks of `expected`; objects may have more fields, arrays have exactly the items. */
function lacking(actual: unknown, expected: unknown, path: string): string[] {
  if (Array.isArray(expected) && Array.isArray(actual) && actual.length === expected.length) {
    return expected.flatMap((item, index) => lacking(actual[index], item, `${path}[${index}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    return Object.entries(expected).flatMap(([name, value]) => lacking(actual[name], value, `${path}.${name}`));
  }
  if (Object.is(actual, expected)) return [];
  return [`${path} is ${JSON.stringify(actual)} and not ${JSON.stringify(expected)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `body` of an API answer as the JSON that it holds; any other result as it is. */
function withParsedBody(result: unknown): unknown {
  if (!isObject(result) || typeof result.body !== 'string' || result.body === '') return result;
  return { ...result, body: JSON.parse(result.body) };
}
