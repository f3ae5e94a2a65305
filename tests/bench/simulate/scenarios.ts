import { createHash } from 'node:crypto';
import type { Calibration } from './calibration.ts';
import { type Deployment, wayOf } from './deployment.ts';
import { type Limit, limitsOf, secondsToGrow } from './limits.ts';
import { NEW_ACCOUNT } from './quotas.ts';
import { firstFor } from './retriers.ts';
import { asDeployed, type Settings } from './settings.ts';
import { type Outcome, type Run, Shop } from './shop.ts';

export const SEED = 14;
/** Room above the rate when something is raised: a random minute has more orders than the average one. */
export const HEADROOM = 1.25;
const RATES = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];
/** So many simulated orders per second at most; above it each stands for several. */
const SIMULATED = 200;
/** A system that has to carry more is cheaper to copy than to raise: some of its quotas would be a hundredfold. */
export const MOST_IN_A_CELL = 3000;

/** What remains of a run in the results. */
export type Summary = Omit<Outcome, 'completedIn'>;

export interface Rung {
  ordersPerSecond: number;
  /** Copies of the whole system, each with its share of customers and stock. */
  cells: number;
  /** With what the rung before had, when the API lets everything in. */
  before: Summary;
  /** What turned away most often, when not all orders were completed. */
  bound?: string;
  /** What has to be raised or changed, and at how many orders per second it bound. */
  changes: { name: string; bindsAt: number; holdsUp: Limit['holdsUp']; remedy: string }[];
  after: Summary;
  grow: { functions: number; pipe: number };
}

export interface FlashSale {
  name: string;
  outcome: Summary;
  /** Units sold in each five seconds. */
  soldIn: number[];
}

export interface Results {
  seed: number;
  deployment: ReturnType<typeof factsOf>;
  calibration: Calibration;
  limits: { name: string; holdsUp: Limit['holdsUp']; how: string; ordersPerSecond: number; remedy: string }[];
  ladder: Rung[];
  oneProduct: { rows: number; ordersPerSecond: number; completedPerSecond: number; p95: number; failed: number }[];
  flash: FlashSale[];
  tooManyStarts: { ordersPerSecond: number; minutes: number; outcome: Summary }[];
  newAccount: { ordersPerSecond: number; outcome: Summary }[];
  newAccountLimits: Results['limits'];
  /** States of an order that is refused for its stock, and is undone. */
  undoStates: number;
}

/** What the results depend on. A hash stands for the states, so that a comment in them changes nothing. */
export function factsOf(deployment: Deployment) {
  const { order, startRetry, ...numbers } = deployment;
  const states = Object.entries(order.States).map(([name, { Type, Retry, Catch, Next, Default }]) => ({
    name,
    Type,
    Retry,
    Catch: Catch?.map(({ ErrorEquals, Next }) => ({ ErrorEquals, Next })),
    Next,
    Default,
  }));
  return {
    ...numbers,
    memory: Object.fromEntries(Object.entries(numbers.memory).filter(([name]) => ON_THE_WAY.includes(name))),
    workflows: createHash('sha256')
      .update(JSON.stringify([states, startRetry]))
      .digest('hex')
      .slice(0, 16),
  };
}

const ON_THE_WAY = [
  'create-order',
  'validate',
  'payment',
  'inventory',
  'notify',
  'deliver-notification',
  'publish-order-events',
];

/** All runs. It tells its progress, because it takes a minute. */
export function simulate(deployment: Deployment, calibration: Calibration, tell: (line: string) => void): Results {
  const base = { deployment, calibration, seed: SEED };
  return {
    seed: SEED,
    deployment: factsOf(deployment),
    calibration,
    limits: listed(limitsOf(deployment, calibration, asDeployed(deployment))),
    ladder: ladder(base, tell),
    oneProduct: oneProduct(base, tell),
    flash: flashSales(base, tell),
    tooManyStarts: tooManyStarts(base, tell),
    newAccount: newAccount(base, tell),
    newAccountLimits: listed(limitsOf(deployment, calibration, newAccountSettings(deployment))),
    undoStates: undoStates(deployment),
  };
}

type Base = Pick<Run, 'deployment' | 'calibration' | 'seed'>;

const listed = (limits: Limit[]): Results['limits'] =>
  limits.map(({ name, holdsUp, how, ordersPerSecond, remedy }) => ({
    name,
    holdsUp,
    how,
    ordersPerSecond: rounded(ordersPerSecond),
    remedy: remedy(ordersPerSecond * 2),
  }));

/** A minute of orders, and a minute in which those that wait may end. */
function steady(
  base: Base,
  settings: Settings,
  ordersPerSecond: number,
  warm = true,
): { outcome: Outcome; weight: number } {
  const weight = Math.ceil(ordersPerSecond / SIMULATED);
  const shop = new Shop({ ...base, settings, weight, ...(warm && { warmFor: ordersPerSecond }) });
  shop.ordersFor(60, ordersPerSecond);
  shop.clock.runUntil(120);
  return { outcome: shop.outcome(), weight };
}

function summary({ completedIn: _, ...rest }: Outcome): Summary {
  const { p50, p95, p99 } = rest.latency;
  return {
    ...rest,
    ...(rest.soldOutAt !== undefined && { soldOutAt: rounded(rest.soldOutAt) }),
    latency: { p50: rounded(p50), p95: rounded(p95), p99: rounded(p99) },
  };
}

/** What turned away most, without what only delays or happens beside the orders. */
function mostOf(throttled: Record<string, number>): string | undefined {
  return Object.entries(throttled).toSorted(([, one], [, other]) => other - one)[0]?.[0];
}

function ladder(base: Base, tell: (line: string) => void): Rung[] {
  let settings = asDeployed(base.deployment);
  return RATES.map((ordersPerSecond) => {
    const cells = Math.ceil(ordersPerSecond / MOST_IN_A_CELL);
    // The API is the first to refuse, and then nothing behind it is in trouble. What would be is the question.
    const room = 2 * ordersPerSecond;
    const open = {
      ...settings,
      apiRequestsPerSecond: Math.max(settings.apiRequestsPerSecond, room),
      apiAccount: Math.max(settings.apiAccount, room),
    };
    const before = steady(base, open, ordersPerSecond);
    const changes: Rung['changes'] = [];
    if (cells === 1) {
      const wanted = ordersPerSecond * HEADROOM;
      for (const limit of limitsOf(base.deployment, base.calibration, settings)) {
        if (limit.ordersPerSecond >= wanted) continue;
        settings = { ...settings, ...limit.raised(wanted) };
        const { name, holdsUp } = limit;
        changes.push({ name, bindsAt: rounded(limit.ordersPerSecond), holdsUp, remedy: limit.remedy(wanted) });
      }
    }
    const after = steady(base, settings, ordersPerSecond / cells);
    tell(
      `${ordersPerSecond} orders per second: ${share(before.outcome)} % completed as it was, ${share(after.outcome)} % after ${cells > 1 ? `a split into ${cells} cells` : `${changes.length} changes`}`,
    );
    const bound = share(before.outcome) < 99 ? mostOf(before.outcome.throttled) : undefined;
    const grow = secondsToGrow(base.deployment, base.calibration, ordersPerSecond / cells);
    return {
      ordersPerSecond,
      cells,
      before: summary(before.outcome),
      ...(bound !== undefined && { bound }),
      changes,
      after: summary(after.outcome),
      grow: { functions: rounded(grow.functions), pipe: rounded(grow.pipe) },
    };
  });
}

/** Settings in which only the product can bind. */
function withRoom(base: Base, ordersPerSecond: number): Settings {
  const settings: Settings = { ...asDeployed(base.deployment), products: 1_000_000 };
  for (const limit of limitsOf(base.deployment, base.calibration, settings)) {
    if (limit.ordersPerSecond < ordersPerSecond) Object.assign(settings, limit.raised(ordersPerSecond));
  }
  return settings;
}

const oneLine = (base: Base): Base => ({ ...base, calibration: { ...base.calibration, lines: 1 } });

function oneProduct(base: Base, tell: (line: string) => void): Results['oneProduct'] {
  const rates = [5, 10, 20, 30, 50, 75, 100, 150, 200];
  return [1, 4, 16].flatMap((rows) =>
    rates.map((ordersPerSecond) => {
      const settings = { ...withRoom(base, 500), products: 1, stockShards: rows };
      const { outcome } = steady(oneLine(base), settings, ordersPerSecond);
      const { completed, entered, latency, failed, completedIn } = outcome;
      if (ordersPerSecond === rates.at(-1))
        tell(`one product, ${rows} rows: ${completed} of ${entered} completed at ${ordersPerSecond} per second`);
      return {
        rows,
        ordersPerSecond,
        // Without the beginning, in which the first orders are on their way.
        completedPerSecond: rounded(sum(completedIn.slice(10, 60)) / 50),
        p95: rounded(latency.p95),
        failed: sum(Object.values(failed)),
      };
    }),
  );
}

function flashSales(base: Base, tell: (line: string) => void): FlashSale[] {
  const deployed = { ...asDeployed(base.deployment), products: 1, unitsOfEach: 1000 };
  const room = { ...withRoom(base, 500), products: 1, unitsOfEach: 1000 };
  const sales: { name: string; settings: Settings }[] = [
    { name: 'as deployed', settings: deployed },
    { name: 'all quotas raised for 500 orders/s', settings: room },
    { name: 'raised, a row held for 5 ms', settings: { ...room, holdSeconds: 0.005 } },
    { name: 'raised, a row held for 20 ms', settings: { ...room, holdSeconds: 0.02 } },
    { name: 'raised, sold out refused by create-order', settings: { ...room, refusesSoldOut: true } },
    { name: 'raised, stock on 8 rows', settings: { ...room, stockShards: 8 } },
    {
      name: 'raised, stock on 8 rows, sold out refused',
      settings: { ...room, stockShards: 8, refusesSoldOut: true },
    },
  ];
  return sales.map(({ name, settings }) => {
    const shop = new Shop({
      ...oneLine(base),
      settings,
      // Buyers press the button again.
      tryAgain: { times: 10, withinSeconds: 10 },
    });
    for (let buyer = 0; buyer < 10_000; buyer += 1) shop.clock.after(shop.random.next() * 60, () => shop.order());
    shop.clock.runUntil(1200);
    const outcome = shop.outcome();
    tell(`flash sale, ${name}: ${outcome.sold} sold, last after ${Math.round(outcome.soldOutAt ?? Number.NaN)} s`);
    const soldIn = Array.from({ length: 16 }, (_, index) => sum(outcome.completedIn.slice(index * 5, (index + 1) * 5)));
    return { name, outcome: summary(outcome), soldIn };
  });
}

function tooManyStarts(base: Base, tell: (line: string) => void): Results['tooManyStarts'] {
  const minutes = 45;
  return [300, 330, 400].map((ordersPerSecond) => {
    const weight = 20;
    // Everything has room but StartExecution.
    const { startExecutions, startExecutionBurst } = asDeployed(base.deployment);
    const settings = { ...withRoom(base, 1000), products: 10_000, startExecutions, startExecutionBurst };
    const shop = new Shop({ ...base, settings, weight, warmFor: ordersPerSecond });
    shop.ordersFor(minutes * 60, ordersPerSecond);
    shop.clock.runUntil(minutes * 60);
    const outcome = shop.outcome();
    tell(`${ordersPerSecond} orders per second for ${minutes} minutes: ${outcome.deadLetters * weight} dead letters`);
    return { ordersPerSecond, minutes, outcome: summary(outcome) };
  });
}

function newAccountSettings(deployment: Deployment): Settings {
  return {
    ...asDeployed(deployment),
    lambdaConcurrency: NEW_ACCOUNT.lambdaConcurrency.value,
    startExecutions: NEW_ACCOUNT.startExecutions.value,
    startExecutionBurst: NEW_ACCOUNT.startExecutionBurst.value,
    transitions: NEW_ACCOUNT.transitions.value,
    transitionBurst: NEW_ACCOUNT.transitionBurst.value,
    emails: NEW_ACCOUNT.emails.value,
  };
}

function newAccount(base: Base, tell: (line: string) => void): Results['newAccount'] {
  return [1, 3, 5, 7, 10, 15, 20, 50, 100].map((ordersPerSecond) => {
    const { outcome } = steady(base, newAccountSettings(base.deployment), ordersPerSecond, false);
    tell(`new account, ${ordersPerSecond} orders per second: ${share(outcome)} % completed`);
    return { ordersPerSecond, outcome: summary(outcome) };
  });
}

/** Percent of the orders that entered. */
export const share = ({ completed, entered }: Pick<Outcome, 'completed' | 'entered'>): number =>
  Math.round((completed / entered) * 1000) / 10;

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
const rounded = (value: number) => Math.round(value * 100) / 100;

/** From the start to ReserveInventory, and from where its OutOfStock leads to the end. */
function undoStates({ order }: Deployment): number {
  const forward = wayOf(order).indexOf('ReserveInventory') + 1;
  const undo = firstFor(order.States.ReserveInventory?.Catch, 'OutOfStock')?.Next ?? '';
  let states = forward;
  for (let name: string | undefined = undo; name; name = order.States[name]?.Next ?? order.States[name]?.Default) {
    states += 1;
  }
  return states;
}
