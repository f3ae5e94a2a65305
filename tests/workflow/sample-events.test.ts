import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  UsernameExistsException,
} from '@aws-sdk/client-cognito-identity-provider';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { aws, cognito, dynamodb, stack } from '../stack.ts';

/** How an event ends, as events/README.md explains it. */
interface Expectation {
  given?: Partial<Record<keyof typeof TABLES, Record<string, unknown>[]>> & {
    users?: { email: string; password: string }[];
  };
  returns?: unknown;
  throws?: string;
}

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

const lambda = new LambdaClient(aws);
const folders = globSync('events/*/').map((folder) => basename(folder));
const scenariosOf = (folder: string) =>
  globSync(`events/${folder}/*.json`)
    .map((file) => basename(file, '.json'))
    .filter((name) => name !== 'expected')
    .sort();
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const expectationsOf = (folder: string) => readJson(`events/${folder}/expected.json`) as Record<string, Expectation>;

it('every deployed function has sample events, a success and a failure at least', () => {
  const functions = Object.keys(stack.functions).map(folderOf);
  expect(functions.length).toBeGreaterThan(0);
  expect(functions.filter((name) => !folders.includes(name))).toEqual([]);
  const failed = ({ throws, returns }: Expectation) =>
    throws !== undefined || Number((returns as { statusCode?: number } | null)?.statusCode) >= 400;
  for (const folder of folders) {
    const ends = Object.values(expectationsOf(folder)).map(failed);
    expect([folder, ends.includes(true), ends.includes(false)]).toEqual([folder, true, true]);
  }
});

describe.each(folders)('%s', (folder) => {
  const expectations = expectationsOf(folder);

  it('says how each of its events ends', () => {
    expect(Object.keys(expectations).sort()).toEqual(scenariosOf(folder));
  });

  it.each(scenariosOf(folder))('%s ends as expected', async (scenario) => {
    const { given = {}, returns, throws } = expectations[scenario] ?? {};
    expect([returns, throws].filter((end) => end !== undefined)).toHaveLength(1);
    await remove(given);
    await prepare(given);

    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: physicalName(folder),
        Payload: readFileSync(`events/${folder}/${scenario}.json`),
      }),
    );
    await remove(given);
    const result = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null');
    if (throws !== undefined) {
      expect({ FunctionError, errorType: result?.errorType }).toEqual({
        FunctionError: expect.any(String),
        errorType: throws,
      });
    } else {
      expect({ FunctionError, result: withParsedBody(result) }).toMatchObject({
        FunctionError: undefined,
        result: returns,
      });
    }
  });
});

/** The folder of the function with a logical id: `CreateOrderFunction` is in `create-order`. */
function folderOf(logicalId: string): string {
  return logicalId
    .replace(/Function$/, '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase();
}

function physicalName(folder: string): string {
  const found = Object.entries(stack.functions).find(([logicalId]) => folderOf(logicalId) === folder);
  if (!found) throw new Error(`no function of the stack is in functions/${folder}`);
  return found[1];
}

async function prepare({ users = [], ...rows }: NonNullable<Expectation['given']>): Promise<void> {
  for (const [table, Item] of rowsOf(rows)) {
    await dynamodb.send(new PutCommand({ TableName: TABLES[table], Item }));
  }
  for (const { email, password } of users) {
    const user = { UserPoolId: stack.userPoolId, Username: email };
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' })).catch((error) => {
      if (!(error instanceof UsernameExistsException)) throw error;
    });
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  }
}

/**
 * Removes what was given, and the payments of given orders: left behind, an order under way would be found by the next
 * reconcile, which takes it on, and a payment would make the next run another scenario.
 */
async function remove({ users: _, ...rows }: NonNullable<Expectation['given']>): Promise<void> {
  for (const [table, row] of rowsOf(rows)) {
    const Key = Object.fromEntries(KEYS[table].map((name) => [name, row[name]]));
    await dynamodb.send(new DeleteCommand({ TableName: TABLES[table], Key }));
    if (table !== 'orders') continue;
    const paymentId = `pay_${row.orderId}`;
    await dynamodb.send(new DeleteCommand({ TableName: TABLES.payments, Key: { paymentId } }));
  }
}

function rowsOf(
  rows: Omit<NonNullable<Expectation['given']>, 'users'>,
): [keyof typeof TABLES, Record<string, unknown>][] {
  const tables = Object.keys(rows) as (keyof typeof TABLES)[];
  return tables.flatMap((table) => (rows[table] ?? []).map((row) => [table, row] as [typeof table, typeof row]));
}

/** The `body` of an API answer as the JSON that it holds; any other result as it is. */
function withParsedBody(result: unknown): unknown {
  const body = (result as { body?: unknown } | null)?.body;
  return typeof body === 'string' && body !== '' ? { ...(result as object), body: JSON.parse(body) } : result;
}
