import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { makeCustomer } from '../../support/accounts.ts';
import { historyOf } from '../../support/execution-history.ts';
import { settled } from '../../support/many-orders.ts';
import { recordsOf } from '../../support/order-stream.ts';
import { orderRequest, placeOrder } from '../../support/orders.ts';
import { makeProduct } from '../../support/products.ts';
import { type RecordedRequest, RecordingProxy } from '../../support/recording-proxy.ts';
import { aws, dynamodb, stack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { deployedExecution } from '../../workflow/faults/fault-bench.ts';
import { type Attributes, type Index, indexUnits, readUnits, sizeOf, writeUnits } from './capacity-units.ts';
import { metricsIn } from './embedded-metrics.ts';
import { writerOf } from './order-writer.ts';

/** The functions that an order goes through when all goes well, by folder. */
const FUNCTIONS = {
  'create-order': 'CreateOrderFunction',
  validate: 'ValidateFunction',
  payment: 'PaymentFunction',
  inventory: 'InventoryFunction',
  notify: 'NotifyFunction',
  'deliver-notification': 'DeliverNotificationFunction',
  'publish-order-events': 'PublishOrderEventsFunction',
} as const;

type FunctionName = keyof typeof FUNCTIONS;

export interface Use {
  /** A function, or a state that writes without one. */
  who: string;
  table: string;
  what: string;
  /** Per order. */
  units: number;
}

/** What one order used, on average of a run on the local cloud in which every order was completed. */
export interface Measured {
  takenOn: string;
  orders: number;
  /** Different products in each order. */
  lines: number;
  /** The states of process-order that an order entered. */
  states: string[];
  functions: Record<string, { invocations: number; calls: Record<string, number>; logBytes: number }>;
  writes: Use[];
  indexWrites: Use[];
  reads: Use[];
  publications: number;
  events: number;
  emails: number;
  /** The largest that the row of an order became. */
  orderBytes: number;
  /** Bytes that stay in a table for each order, its indexes included. */
  storedBytes: Record<string, number>;
  /** Bytes of the workflows' own logs. */
  workflowLogBytes: number;
  /** The custom metrics that the orders left, each with its dimensions. */
  metrics: string[];
}

export interface TableShape {
  keys: string[];
  indexes: Index[];
}

interface Recorded {
  name: FunctionName;
  request: RecordedRequest;
}

/**
 * Places orders one after the other on the local cloud, and counts what each used. The functions reach AWS through
 * recording proxies meanwhile; what the workflow writes by itself is in the stream of the Orders table.
 *
 * @param shapes keys and indexes of the tables, by logical id
 * @throws Error when an order was not completed, or was written by somebody that this does not know, or when the calls
 * of a function were not recorded
 */
export async function measureOrders(
  orders: number,
  lines: number,
  shapes: Record<string, TableShape>,
  transactionalStates: string[],
): Promise<Measured> {
  const customer = await makeCustomer();
  const products = await Promise.all(Array.from({ length: lines }, () => makeProduct()));
  const items = products.map(({ productId }) => ({ productId, quantity: 1 }));
  const tables = new Map(
    Object.entries({
      OrdersTable: stack.ordersTable,
      ProductsTable: stack.productsTable,
      PaymentsTable: stack.paymentsTable,
      OperationsTable: stack.operationsTable,
    }).map(([id, name]) => [name, id]),
  );

  const lambda = new LambdaClient(aws);
  const proxies = new Map<FunctionName, RecordingProxy>();
  const before: Aliases = new Map();
  try {
    await throughProxies(lambda, proxies, before);
    const place = async () => {
      const orderId = await placeOrder(customer, orderRequest(items));
      await settled([orderId], 120);
      return orderId;
    };
    // The first order fills the caches and starts the functions.
    await place();
    await quiet(proxies);
    for (const proxy of proxies.values()) proxy.reset();
    const since = Date.now();

    const ids: string[] = [];
    for (let count = 0; count < orders; count += 1) ids.push(await place());
    await quiet(proxies);
    const recorded = [...proxies].flatMap(([name, proxy]) => proxy.requests.map((request) => ({ name, request })));
    for (const [name, { requests }] of proxies) {
      if (requests.length === 0) throw new Error(`no call of ${name} was recorded`);
    }
    return {
      takenOn: new Date().toISOString().slice(0, 10),
      orders,
      lines,
      ...(await countWorkflow(ids)),
      ...(await countTables(recorded, ids, tables, shapes, transactionalStates)),
      ...countCalls(recorded, orders),
      ...(await countLogs(lambda, since, orders)),
      ...(await countFunctions(lambda, recorded, since, ids)),
    };
  } finally {
    await directly(lambda, proxies, before);
  }
}

const SINCE_LAST = 3000;

/** Waits until no function has called anything for a while: deliveries and events come after the order's end. */
async function quiet(proxies: Map<FunctionName, RecordingProxy>): Promise<void> {
  const count = () => [...proxies.values()].reduce((sum, { requests }) => sum + requests.length, 0);
  let before = -1;
  await waitFor(
    'the functions to have nothing to do',
    async () => {
      const now = count();
      const same = now === before;
      before = now;
      return same;
    },
    { seconds: 120, everyMs: SINCE_LAST },
  );
}

/** What a function was before: the version that each of its aliases led to. */
type Aliases = Map<FunctionName, { name: string; version: string }[]>;

async function throughProxies(
  lambda: LambdaClient,
  proxies: Map<FunctionName, RecordingProxy>,
  before: Aliases,
): Promise<void> {
  const port = Number(new URL(stack.endpoint ?? '').port);
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    const FunctionName = stack.functions[FUNCTIONS[name]];
    const { Aliases = [] } = await lambda.send(new ListAliasesCommand({ FunctionName }));
    before.set(
      name,
      Aliases.map((alias) => ({ name: alias.Name ?? '', version: alias.FunctionVersion ?? '' })),
    );
    const proxy = await RecordingProxy.before(port);
    proxies.set(name, proxy);
    await setEndpoint(lambda, name, `http://127.0.0.1:${proxy.port}`);
    if (Aliases.length === 0) continue;
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    for (const { Name } of Aliases) {
      await lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion: Version }));
    }
  }
}

async function directly(
  lambda: LambdaClient,
  proxies: Map<FunctionName, RecordingProxy>,
  before: Aliases,
): Promise<void> {
  for (const [name, proxy] of proxies) {
    const FunctionName = stack.functions[FUNCTIONS[name]];
    for (const { name: Name, version: FunctionVersion } of before.get(name) ?? []) {
      await lambda.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion }));
    }
    await setEndpoint(lambda, name, undefined);
    await proxy.stop();
  }
}

async function setEndpoint(lambda: LambdaClient, name: FunctionName, endpoint: string | undefined): Promise<void> {
  const FunctionName = stack.functions[FUNCTIONS[name]];
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { AWS_ENDPOINT_URL: _, ...own } = Environment?.Variables ?? {};
  const Variables = { ...own, ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint }) };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
}

async function countWorkflow(ids: string[]): Promise<{ states: string[] }> {
  const ways = await Promise.all(
    ids.map(async (id) => {
      const { status, visits } = await historyOf(deployedExecution(id));
      if (status !== 'SUCCEEDED') throw new Error(`order ${id} ended ${status}`);
      return visits.map(({ name }) => name);
    }),
  );
  const [states = [], ...others] = ways;
  if (others.some((way) => way.join() !== states.join())) throw new Error('the orders went different ways');
  return { states };
}

function operationOf({ headers, body, path }: RecordedRequest): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.replace(/^DynamoDB_\d+/, 'DynamoDB');
  const action = new URLSearchParams(body).get('Action');
  return action ? `Query.${action}` : `REST.${path.split('?')[0]}`;
}

function countCalls(recorded: Recorded[], orders: number) {
  let [publications, events, emails] = [0, 0, 0];
  for (const { request } of recorded) {
    const operation = operationOf(request);
    if (/\.Publish$/.test(operation)) publications += 1;
    if (operation.includes('/email/outbound-emails')) emails += 1;
    if (operation.endsWith('.PutEvents')) events += (JSON.parse(request.body) as { Entries: unknown[] }).Entries.length;
  }
  return {
    publications: publications / orders,
    events: events / orders,
    emails: emails / orders,
  };
}

interface Write {
  who: FunctionName;
  table: string;
  operation: string;
  transactional: boolean;
  key?: Attributes;
  item?: Attributes;
}

type TransactItem = Record<
  'Put' | 'Update' | 'Delete' | 'ConditionCheck',
  { TableName: string; Key?: Attributes; Item?: Attributes } | undefined
>;

function writesOf({ name, request }: Recorded): Write[] {
  const operation = operationOf(request);
  if (!operation.startsWith('DynamoDB.')) return [];
  const body = JSON.parse(request.body) as {
    TableName: string;
    Key?: Attributes;
    Item?: Attributes;
    TransactItems?: TransactItem[];
  };
  const one = (
    what: string,
    { TableName, Key, Item }: { TableName: string; Key?: Attributes; Item?: Attributes },
    transactional: boolean,
  ): Write => ({
    who: name,
    table: TableName,
    operation: what,
    transactional,
    ...(Key && { key: Key }),
    ...(Item && { item: Item }),
  });
  if (/\.(PutItem|UpdateItem|DeleteItem)$/.test(operation))
    return [one(operation.replace('DynamoDB.', ''), body, false)];
  return (body.TransactItems ?? []).flatMap((part) =>
    Object.entries(part).flatMap(([what, write]) => (write ? [one(`${what} in a transaction`, write, true)] : [])),
  );
}

async function countTables(
  recorded: Recorded[],
  ids: string[],
  tables: Map<string, string>,
  shapes: Record<string, TableShape>,
  transactionalStates: string[],
): Promise<Pick<Measured, 'writes' | 'indexWrites' | 'reads' | 'storedBytes' | 'orderBytes'>> {
  const orders = ids.length;
  const writes = new Map<string, Use>();
  const indexWrites = new Map<string, Use>();
  const reads = new Map<string, Use>();
  const add = (to: Map<string, Use>, who: string, table: string, what: string, units: number) => {
    const key = `${who} ${table} ${what}`;
    const use = to.get(key) ?? { who, table, what, units: 0 };
    to.set(key, { ...use, units: use.units + units / orders });
  };
  const all = recorded.flatMap(writesOf);
  const stored: Record<string, number> = {};
  const store = (table: string, row: Attributes) => {
    const { keys = [], indexes = [] } = shapes[table] ?? {};
    const copies = indexes.reduce(
      (sum, index) => sum + (indexUnits(index, keys, undefined, row) > 0 ? sizeOf(row) / 2 : 0),
      0,
    );
    stored[table] = (stored[table] ?? 0) + (sizeOf(row) + 100 + copies) / orders;
  };

  // The order itself: the stream has both images of every write.
  const { keys = [], indexes = [] } = shapes.OrdersTable ?? {};
  let largest = 0;
  for (const id of ids) {
    const records = await recordsOf(id);
    for (const { dynamodb: images } of records) {
      const before = images?.OldImage as Attributes | undefined;
      const after = images?.NewImage as Attributes | undefined;
      if (after?.status === undefined) continue;
      const who = writerOf(before, after);
      const transactional =
        transactionalStates.includes(who) ||
        all.some((write) => write.who === who && write.transactional && write.table === stack.ordersTable);
      add(
        writes,
        who,
        'OrdersTable',
        transactional ? 'the order, in a transaction' : 'the order',
        writeUnits(before, after, transactional),
      );
      for (const index of indexes) {
        const units = indexUnits(index, keys, before, after);
        if (units > 0) add(indexWrites, who, 'OrdersTable', index.name, units);
      }
      largest = Math.max(largest, sizeOf(after));
    }
    const last = records.at(-1)?.dynamodb?.NewImage as Attributes | undefined;
    if (last) store('OrdersTable', last);
  }

  // What is written beside it. Sizes are those of the rows as they are now.
  const seen = new Set<string>();
  for (const { who, table, operation, transactional, key, item } of all) {
    const id = tables.get(table) ?? table;
    const own = item ?? key ?? {};
    if (id === 'OrdersTable' && own.status === undefined && item === undefined) continue;
    if (id === 'OrdersTable' && own.status !== undefined) continue;
    const row = item ?? (await dynamodb.send(new GetItemCommand({ TableName: table, Key: key }))).Item ?? {};
    add(writes, who, id, operation, writeUnits(undefined, row, transactional));
    const { keys: rowKeys = [], indexes: rowIndexes = [] } = shapes[id] ?? {};
    const name = `${id} ${JSON.stringify(rowKeys.map((one) => row[one]))}`;
    for (const index of rowIndexes) {
      // The ledger's index is by time, so that a later write changes its key: a deletion and a put.
      const units = indexUnits(index, rowKeys, undefined, row) * (seen.has(name) ? 2 : 1);
      if (units > 0) add(indexWrites, who, id, index.name, units);
    }
    if (!seen.has(name) && id !== 'ProductsTable') store(id, row);
    seen.add(name);
  }
  // The state that completes an order sells each reserved product in its transaction.
  const sold = all.filter(({ who, table }) => who === 'inventory' && tables.get(table) === 'ProductsTable');
  for (const { key } of sold) {
    const row = (await dynamodb.send(new GetItemCommand({ TableName: stack.productsTable, Key: key }))).Item ?? {};
    for (const state of transactionalStates)
      add(writes, state, 'ProductsTable', 'a product, in a transaction', writeUnits(undefined, row, true));
  }

  for (const { name, request } of recorded) {
    const operation = operationOf(request);
    if (!/^DynamoDB\.(GetItem|Query|BatchGetItem)$/.test(operation)) continue;
    type Read = {
      TableName?: string;
      ConsistentRead?: boolean;
      RequestItems?: Record<string, { Keys: unknown[]; ConsistentRead?: boolean }>;
    };
    const body = JSON.parse(request.body) as Read;
    const parts = body.RequestItems
      ? Object.entries(body.RequestItems).map(([table, { Keys, ConsistentRead }]) => ({
          table,
          items: Keys.length,
          consistent: ConsistentRead === true,
        }))
      : [{ table: body.TableName ?? '', items: 1, consistent: body.ConsistentRead === true }];
    for (const { table, items, consistent } of parts) {
      const id = tables.get(table) ?? table;
      const bytes = id === 'OrdersTable' ? largest : 1;
      add(reads, name, id, operation.replace('DynamoDB.', ''), items * readUnits(bytes, consistent));
    }
  }
  return {
    writes: [...writes.values()],
    indexWrites: [...indexWrites.values()],
    reads: [...reads.values()],
    storedBytes: stored,
    orderBytes: largest,
  };
}

async function logEvents(logGroupName: string, startTime: number): Promise<string[]> {
  const logs = new CloudWatchLogsClient(aws);
  const messages: string[] = [];
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName, startTime })) {
      messages.push(...events.map(({ message = '' }) => message));
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
  }
  return messages;
}

/** CloudWatch adds 26 bytes to each event. */
const bytesOf = (messages: string[]) => messages.reduce((sum, message) => sum + Buffer.byteLength(message) + 26, 0);

async function countFunctions(
  lambda: LambdaClient,
  recorded: Recorded[],
  since: number,
  ids: string[],
): Promise<Pick<Measured, 'functions' | 'metrics'>> {
  const functions: Measured['functions'] = {};
  const metrics = new Set<string>();
  for (const [name, logicalId] of Object.entries(FUNCTIONS)) {
    const FunctionName = stack.functions[logicalId];
    const { LoggingConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const messages = await logEvents(LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`, since);
    for (const metric of messages.flatMap(metricsIn)) metrics.add(metric);
    const calls: Record<string, number> = {};
    for (const { name: caller, request } of recorded) {
      if (caller !== name) continue;
      const operation = operationOf(request);
      calls[operation] = (calls[operation] ?? 0) + 1 / ids.length;
    }
    // The SDK sends a message to the address of its queue, past the proxy. Each of these orders was started by one.
    if (name === 'create-order') calls['AmazonSQS.SendMessage'] = 1;
    const invocations = messages.filter((message) => message.startsWith('REPORT RequestId')).length / ids.length;
    functions[name] = { invocations, calls, logBytes: bytesOf(messages) / ids.length };
  }
  return { functions, metrics: [...metrics].sort() };
}

async function countLogs(lambda: LambdaClient, since: number, orders: number): Promise<{ workflowLogBytes: number }> {
  const { FunctionName = '' } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: stack.functions.ValidateFunction }),
  );
  const stackName = stack.stackName || FunctionName.split('-ValidateFunction')[0];
  let bytes = 0;
  for (const workflow of ['process-order', 'dispatch-orders']) {
    bytes += bytesOf(await logEvents(`/aws/vendedlogs/states/${stackName}-${workflow}`, since));
  }
  return { workflowLogBytes: bytes / orders };
}
