import { ASSUMED_IN_MODEL } from './calibration.ts';
import type { Deployment } from './deployment.ts';
import { QUOTAS } from './quotas.ts';

/** Everything that a step of growth may change. Rates are per second. */
export interface Settings {
  apiRequestsPerSecond: number;
  apiAccount: number;
  lambdaConcurrency: number;
  lambdaScaling: number;
  startExecutions: number;
  startExecutionBurst: number;
  transitions: number;
  transitionBurst: number;
  pipeFirst: number;
  pipeMorePerMinute: number;
  pipeMost: number;
  partitionWrites: number;
  ordersTableWrites: number;
  productsTableWrites: number;
  paymentsTableWrites: number;
  /** Partition keys that the orders of one status are spread over. */
  statusShards: number;
  /** Partition keys that one day of the sandbox's ledger is spread over. */
  ledgerShards: number;
  /** Rows that the stock of one product is spread over. */
  stockShards: number;
  emails: number;
  emailWorkers: number;
  busEvents: number;
  /** Different products, which orders take evenly. */
  products: number;
  unitsOfEach: number;
  /** create-order refuses what its read of the catalogue shows as sold out. Today it does not. */
  refusesSoldOut: boolean;
  holdSeconds: number;
}

/** As deployed, with the template's defaults and the quotas of an account that asked for nothing. */
export function asDeployed(deployment: Deployment): Settings {
  return {
    apiRequestsPerSecond: deployment.apiRequestsPerSecond,
    apiAccount: QUOTAS.apiRequests.value,
    lambdaConcurrency: QUOTAS.lambdaConcurrency.value,
    lambdaScaling: QUOTAS.lambdaScaling.value,
    startExecutions: QUOTAS.startExecutions.value,
    startExecutionBurst: QUOTAS.startExecutionBurst.value,
    transitions: QUOTAS.transitions.value,
    transitionBurst: QUOTAS.transitionBurst.value,
    pipeFirst: QUOTAS.pipeFirst.value,
    pipeMorePerMinute: QUOTAS.pipeMorePerMinute.value,
    pipeMost: QUOTAS.pipeMost.value,
    partitionWrites: QUOTAS.partitionWrites.value,
    ordersTableWrites: QUOTAS.newTableWrites.value,
    productsTableWrites: QUOTAS.newTableWrites.value,
    paymentsTableWrites: QUOTAS.newTableWrites.value,
    statusShards: 1,
    ledgerShards: 1,
    stockShards: 1,
    emails: QUOTAS.emails.value,
    emailWorkers: deployment.email.workers,
    busEvents: QUOTAS.busEvents.value,
    products: 10_000,
    unitsOfEach: Number.POSITIVE_INFINITY,
    refusesSoldOut: false,
    holdSeconds: ASSUMED_IN_MODEL.holdSeconds,
  };
}

/**
 * One in so many of everything: of the throughputs, of the invocations at the same time and of the products. One row is
 * then written as often as before, and waits are as long.
 */
export function oneIn(weight: number, settings: Settings): Settings {
  if (weight === 1) return settings;
  const least = (value: number) => Math.max(1, Math.round(value / weight));
  return {
    ...settings,
    apiRequestsPerSecond: settings.apiRequestsPerSecond / weight,
    apiAccount: settings.apiAccount / weight,
    lambdaConcurrency: least(settings.lambdaConcurrency),
    lambdaScaling: settings.lambdaScaling / weight,
    startExecutions: settings.startExecutions / weight,
    startExecutionBurst: Math.max(1, settings.startExecutionBurst / weight),
    transitions: settings.transitions / weight,
    transitionBurst: Math.max(1, settings.transitionBurst / weight),
    pipeFirst: least(settings.pipeFirst),
    pipeMorePerMinute: settings.pipeMorePerMinute / weight,
    pipeMost: least(settings.pipeMost),
    ordersTableWrites: settings.ordersTableWrites / weight,
    productsTableWrites: settings.productsTableWrites / weight,
    paymentsTableWrites: settings.paymentsTableWrites / weight,
    // The partition of an index is one, and a row's is its own: these are scaled where they are used.
    emails: settings.emails / weight,
    emailWorkers: least(settings.emailWorkers),
    busEvents: settings.busEvents / weight,
    products: least(settings.products),
  };
}
