import { ASSUMED_IN_MODEL, type Calibration, secondsOf } from './calibration.ts';
import { type Deployment, functionsOnTheWay, wayOf } from './deployment.ts';
import { LIMITS } from './limit-names.ts';
import { QUOTAS } from './quotas.ts';
import type { Settings } from './settings.ts';

export interface Limit {
  name: string;
  /** What would hold up: orders, or only what is told about them. */
  holdsUp: 'orders' | 'e-mails' | 'events';
  /** What the limit is made of. */
  how: string;
  /** How many orders per second reach it. */
  ordersPerSecond: number;
  /** The settings with which it carries so many orders per second. */
  raised: (ordersPerSecond: number) => Partial<Settings>;
  /** What to do for so many orders per second. */
  remedy: (ordersPerSecond: number) => string;
}

/** How much of the time a product's row may be held, so that conflicts are exceptions. */
const ROW_USE = 0.5;
/** Transactions of an order on each of its products: ReserveInventory and CompleteOrder. */
const TRANSACTIONS = 2;

/** What bounds the number of orders per second, by the counts of one order alone: lowest first. */
export function limitsOf(deployment: Deployment, calibration: Calibration, settings: Settings): Limit[] {
  const { functions, statusIndex, ledgerIndex, lines, unitsPerLine, events, orderWrites } = calibration;
  const secondsFor = (name: string) =>
    (functions[name]?.invocations ?? 0) * secondsOf(calibration, name, deployment.memory[name] ?? 0);
  // Deliveries and events are batched under load, by a few workers: they add little.
  const onTheWay = functionsOnTheWay(deployment);
  const lambdaSeconds = sum(onTheWay.map(secondsFor));
  const invocations = sum(onTheWay.map((name) => functions[name]?.invocations ?? 0));
  const states = wayOf(deployment.order).length;
  const unitsOf = (table: string) => sum(Object.values(calibration.writes).map((own) => own[table] ?? 0));
  // PENDING takes the order's entry and its removal, and PROCESSING those as well.
  const statusUnits = (statusIndex['create-order'] ?? 0) + (statusIndex.validate ?? 0) / 2;
  const batchSeconds = ASSUMED_IN_MODEL.startSeconds + ASSUMED_IN_MODEL.dispatchSeconds;
  const emailSeconds = secondsFor('deliver-notification');
  const shards = settings.ordersTableWrites / QUOTAS.partitionWrites.value;
  // A batch of the stream: one call for each ten events of it.
  const callsOfBatch = Math.ceil(((deployment.stream.batch / orderWrites) * events) / 10);
  const publish = functions['publish-order-events'];
  const cpuMs = publish ? (publish.cpuMs / Math.max(publish.calls, 1)) * callsOfBatch : 0;
  const batch = { ...calibration, functions: { publish: { invocations: 1, calls: callsOfBatch, cpuMs } } };
  const streamSeconds = secondsOf(batch, 'publish', deployment.memory['publish-order-events'] ?? 0);
  const table = (
    name: 'Orders' | 'Products' | 'Payments',
    key: keyof Settings,
    units: number,
    warm: number,
  ): Limit => ({
    name: LIMITS[`${name}Table`],
    holdsUp: 'orders',
    how: `${number(warm)} write units, ${number(units)} per order`,
    ordersPerSecond: warm / units,
    raised: (rate) => ({ [key]: rate * units }),
    remedy: (rate) =>
      rate * units > QUOTAS.tableWrites.value
        ? `ask for ${number(rate * units)} write units for the ${name} table, and set its WarmThroughput to them`
        : `WarmThroughput of the ${name} table: ${number(rate * units)} write units`,
  });
  const limits: Limit[] = [
    {
      name: LIMITS.stage,
      holdsUp: 'orders',
      how: 'the parameter, when every request is an order',
      ordersPerSecond: settings.apiRequestsPerSecond,
      raised: (rate) => ({ apiRequestsPerSecond: rate }),
      remedy: (rate) => `ApiRequestsPerSecond ${number(rate)}, and what the pages ask besides`,
    },
    {
      name: LIMITS.api,
      holdsUp: 'orders',
      how: 'the quota',
      ordersPerSecond: settings.apiAccount,
      raised: (rate) => ({ apiAccount: rate }),
      remedy: (rate) => `ask for ${number(rate)} requests per second of API Gateway`,
    },
    {
      name: LIMITS.concurrency,
      holdsUp: 'orders',
      how: `${number(settings.lambdaConcurrency)} at the same time, ${seconds(lambdaSeconds)} per order in ${number(invocations)} invocations`,
      ordersPerSecond: settings.lambdaConcurrency / lambdaSeconds,
      raised: (rate) => ({ lambdaConcurrency: Math.ceil(rate * lambdaSeconds) }),
      remedy: (rate) => `ask for a Lambda concurrency of ${number(rate * lambdaSeconds)}`,
    },
    {
      name: LIMITS.requests,
      holdsUp: 'orders',
      how: `${QUOTAS.lambdaRequestsPerEnvironment.value} per second for each of ${number(settings.lambdaConcurrency)}, ${number(invocations)} invocations per order`,
      ordersPerSecond: (settings.lambdaConcurrency * QUOTAS.lambdaRequestsPerEnvironment.value) / invocations,
      raised: (rate) => ({
        lambdaConcurrency: Math.ceil((rate * invocations) / QUOTAS.lambdaRequestsPerEnvironment.value),
      }),
      remedy: (rate) =>
        `ask for a Lambda concurrency of ${number((rate * invocations) / QUOTAS.lambdaRequestsPerEnvironment.value)}, for the requests per second that come with it`,
    },
    {
      name: LIMITS.pipe,
      holdsUp: 'orders',
      how: `${number(settings.pipeMost)} batches of ${deployment.pipeBatch}, ${seconds(batchSeconds)} each`,
      ordersPerSecond: (settings.pipeMost * deployment.pipeBatch) / batchSeconds,
      raised: (rate) => ({ pipeMost: Math.ceil((rate * batchSeconds) / deployment.pipeBatch) }),
      remedy: (rate) =>
        `${Math.ceil((rate * batchSeconds) / deployment.pipeBatch / QUOTAS.pipeMost.value)} queues, each with its pipe`,
    },
    {
      name: LIMITS.start,
      holdsUp: 'orders',
      how: 'one per order',
      ordersPerSecond: settings.startExecutions,
      raised: (rate) => ({
        startExecutions: rate,
        startExecutionBurst: Math.max(settings.startExecutionBurst, rate),
      }),
      remedy: (rate) => `ask for ${number(rate)} StartExecution per second`,
    },
    {
      name: LIMITS.transitions,
      holdsUp: 'orders',
      how: `${states} per order, without retries`,
      ordersPerSecond: settings.transitions / states,
      raised: (rate) => ({
        transitions: rate * states,
        transitionBurst: Math.max(settings.transitionBurst, rate * states),
      }),
      remedy: (rate) => `ask for ${number(rate * states)} state transitions per second`,
    },
    table('Orders', 'ordersTableWrites', unitsOf('OrdersTable'), settings.ordersTableWrites),
    table('Products', 'productsTableWrites', TRANSACTIONS * lines * unitsPerLine, settings.productsTableWrites),
    table('Payments', 'paymentsTableWrites', unitsOf('PaymentsTable'), settings.paymentsTableWrites),
    {
      name: LIMITS.status,
      holdsUp: 'orders',
      how: `${number(settings.partitionWrites * settings.statusShards)} write units, ${number(statusUnits)} per order in PENDING and in PROCESSING`,
      ordersPerSecond: (settings.partitionWrites * settings.statusShards) / statusUnits,
      raised: (rate) => ({ statusShards: Math.ceil((rate * statusUnits) / settings.partitionWrites) }),
      remedy: (rate) =>
        `spread a status over ${number(Math.ceil((rate * statusUnits) / settings.partitionWrites))} keys ([design](#the-status-index))`,
    },
    {
      name: LIMITS.ledger,
      holdsUp: 'orders',
      how: `${number(settings.partitionWrites * settings.ledgerShards)} write units, ${number(ledgerIndex)} per order; the sandbox provider only`,
      ordersPerSecond: (settings.partitionWrites * settings.ledgerShards) / ledgerIndex,
      raised: (rate) => ({ ledgerShards: Math.ceil((rate * ledgerIndex) / settings.partitionWrites) }),
      remedy: (rate) =>
        `a real provider, which has no such ledger but limits of its own; or spread a day over ${number(Math.ceil((rate * ledgerIndex) / settings.partitionWrites))} keys`,
    },
    {
      name: LIMITS.row,
      holdsUp: 'orders',
      how: `held ${ROW_USE * 100} % of the time, ${TRANSACTIONS} transactions of ${seconds(settings.holdSeconds)} per order, ${number(settings.products)} products that sell evenly`,
      ordersPerSecond:
        ((ROW_USE / (TRANSACTIONS * settings.holdSeconds)) * settings.stockShards * settings.products) / lines,
      raised: (rate) => ({
        stockShards: Math.ceil((rate * lines * TRANSACTIONS * settings.holdSeconds) / ROW_USE / settings.products),
      }),
      remedy: (rate) =>
        `spread each product's stock over ${Math.ceil((rate * lines * TRANSACTIONS * settings.holdSeconds) / ROW_USE / settings.products)} rows ([design](#one-products-row))`,
    },
    {
      name: 'e-mail: deliver-notification',
      holdsUp: 'e-mails',
      how: `${number(settings.emailWorkers)} at the same time, ${seconds(emailSeconds)} per e-mail`,
      ordersPerSecond: settings.emailWorkers / emailSeconds,
      raised: (rate) => ({ emailWorkers: Math.ceil(rate * emailSeconds) }),
      remedy: (rate) =>
        `MaximumConcurrency ${number(Math.ceil(rate * emailSeconds))} of deliver-notification in the template`,
    },
    {
      name: 'e-mail: SES',
      holdsUp: 'e-mails',
      how: 'one per order',
      ordersPerSecond: settings.emails,
      raised: (rate) => ({ emails: rate }),
      remedy: (rate) => `ask for ${number(rate)} e-mails per second of SES`,
    },
    {
      name: 'order events: the stream',
      holdsUp: 'events',
      how: `${number(shards)} partitions, each ${deployment.stream.batchesPerShard} batch of ${deployment.stream.batch} at a time in ${seconds(streamSeconds)}, ${orderWrites} records per order`,
      ordersPerSecond:
        (shards * deployment.stream.batchesPerShard * deployment.stream.batch) / streamSeconds / orderWrites,
      // It grows with the partitions of the table.
      raised: () => ({}),
      remedy: () => 'ParallelizationFactor of its mapping, up to 10; it also grows with the Orders table',
    },
    {
      name: 'order events: the bus',
      holdsUp: 'events',
      how: `${number(events)} events per order`,
      ordersPerSecond: settings.busEvents / events,
      raised: (rate) => ({ busEvents: rate * events }),
      remedy: (rate) => `ask for ${number(rate * events)} PutEvents per second`,
    },
  ];
  return limits.toSorted((one, other) => one.ordersPerSecond - other.ordersPerSecond);
}

/** Environments that a function with so many orders per second needs, and how long Lambda takes to make them, at least. */
export function secondsToGrow(
  deployment: Deployment,
  calibration: Calibration,
  ordersPerSecond: number,
): { functions: number; pipe: number } {
  const perSecond = QUOTAS.lambdaScaling.value / 10;
  const environments = functionsOnTheWay(deployment).map(
    (name) =>
      ordersPerSecond *
      (calibration.functions[name]?.invocations ?? 0) *
      secondsOf(calibration, name, deployment.memory[name] ?? 0),
  );
  const batchSeconds = ASSUMED_IN_MODEL.startSeconds + ASSUMED_IN_MODEL.dispatchSeconds;
  const batches = Math.min((ordersPerSecond * batchSeconds) / deployment.pipeBatch, QUOTAS.pipeMost.value);
  return {
    functions: Math.max(0, Math.max(...environments) - QUOTAS.lambdaScaling.value) / perSecond,
    pipe: (Math.max(0, batches - QUOTAS.pipeFirst.value) / QUOTAS.pipeMorePerMinute.value) * 60,
  };
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

export const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
const seconds = (value: number) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${number(value)} s`);
