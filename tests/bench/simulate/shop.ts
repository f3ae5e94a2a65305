import { ASSUMED_IN_MODEL, type Calibration, secondsOf } from './calibration.ts';
import { Clock } from './clock.ts';
import { type Deployment, functionOf, type State } from './deployment.ts';
import { FunctionPool, LambdaAccount } from './function-pool.ts';
import { ProductRow } from './product-row.ts';
import { QUOTAS } from './quotas.ts';
import { Random } from './random.ts';
import { firstFor, Retries } from './retriers.ts';
import { oneIn, type Settings } from './settings.ts';
import { Station } from './station.ts';
import { TokenBucket } from './token-bucket.ts';

export interface Run {
  deployment: Deployment;
  calibration: Calibration;
  settings: Settings;
  seed: number;
  /** Each order stands for so many. */
  weight?: number;
  /**
   * The run begins after hours of so many orders per second, as far as the settings let them through: functions and
   * pipe are warm, and no burst is left. Without it everything is cold and every bucket full.
   */
  warmFor?: number;
  /** A buyer who is refused by a throttle tries again so often, each time after up to so many seconds. */
  tryAgain?: { times: number; withinSeconds: number };
}

export interface Outcome {
  entered: number;
  completed: number;
  /** By the code that the customer sees. */
  failed: Record<string, number>;
  /** By what refused them. */
  refused: Record<string, number>;
  needsAttention: number;
  deadLetters: number;
  /** At the API, in the queue or in an execution. */
  waiting: number;
  /** Requests and writes that each limit turned away; for transitions, those that it delayed. */
  throttled: Record<string, number>;
  /** From the first request to COMPLETED, in seconds. */
  latency: { p50: number; p95: number; p99: number };
  /** Completed orders in each second. */
  completedIn: number[];
  soldOutAt: number | undefined;
  sold: number;
  emailsWaiting: number;
  mostConcurrent: number;
}

interface Order {
  since: number;
  receives: number;
  products: ProductStock[];
  /** The rows that hold its reservation. */
  reserved: ProductRow[];
  /** The error that a failed order shows. */
  code: string;
  ended: boolean;
}

interface ProductStock {
  rows: ProductRow[];
  writes: TokenBucket[];
}

/** A limit turned a write away, or a condition did. */
type Refusal = { limit: string } | 'OutOfStock';

/** As functions/shared/aws/transact.ts does it: five attempts, with full jitter from 50 ms on. */
const TRANSACT = { attempts: 5, firstSeconds: 0.025 };

/** The index's units of a write, by the status whose partition takes them. */
const STATUS_PARTITIONS: Record<string, string[]> = {
  'create-order': ['PENDING'],
  validate: ['PENDING', 'PROCESSING'],
  CompleteOrder: ['PROCESSING', 'COMPLETED'],
  MarkOrderFailed: ['PROCESSING', 'FAILED'],
};

/** The deployed system: orders come in, and each is completed, failed, refused, a dead letter, or still waiting. */
export class Shop {
  readonly clock = new Clock();
  readonly random: Random;
  readonly #run: Run;
  readonly #settings: Settings;
  readonly #weight: number;
  readonly #account: LambdaAccount;
  readonly #pools = new Map<string, FunctionPool>();
  readonly #seconds = new Map<string, number>();
  readonly #buckets: Record<'stage' | 'api' | 'start' | 'transitions', TokenBucket>;
  readonly #tables: Record<string, TokenBucket>;
  readonly #statuses = new Map<string, TokenBucket>();
  readonly #ledger: TokenBucket;
  readonly #products: (ProductStock | undefined)[];
  readonly #mail: Station;
  readonly #mailSeconds: number;
  readonly #queue: Order[] = [];
  #queueFirst = 0;
  #pipeBusy = 0;
  #pipeAllowed: number;
  #pipeGrewAt = 0;

  readonly #throttled: Record<string, number> = {};
  readonly #failed: Record<string, number> = {};
  readonly #refused: Record<string, number> = {};
  readonly #latencies: number[] = [];
  readonly #completedIn: number[] = [];
  readonly #at = { api: 0, pipe: 0, hidden: 0, execution: 0 };
  #entered = 0;
  #completed = 0;
  #needsAttention = 0;
  #deadLetters = 0;
  #sold = 0;
  #soldOutAt: number | undefined;

  constructor(run: Run) {
    const { deployment, calibration, seed, weight = 1, warmFor } = run;
    this.#run = run;
    this.#weight = weight;
    this.random = new Random(seed);
    const settings = oneIn(weight, run.settings);
    this.#settings = settings;
    this.#account = new LambdaAccount(settings.lambdaConcurrency, {
      burst: Math.max(1, settings.lambdaConcurrency * QUOTAS.lambdaRequestsPerEnvironment.value),
      perSecond: settings.lambdaConcurrency * QUOTAS.lambdaRequestsPerEnvironment.value,
    });
    for (const name of Object.keys(calibration.functions)) {
      this.#seconds.set(name, secondsOf(calibration, name, deployment.memory[name] ?? 0));
      this.#pools.set(
        name,
        new FunctionPool(this.#account, {
          burst: Math.max(1, settings.lambdaScaling),
          perSecond: settings.lambdaScaling / 10,
        }),
      );
    }
    const bucket = (perSecond: number, burst = perSecond) =>
      new TokenBucket({ perSecond, burst: Math.max(burst, MOST_UNITS) });
    this.#buckets = {
      stage: bucket(settings.apiRequestsPerSecond),
      api: bucket(settings.apiAccount, settings.apiAccount / 2),
      start: bucket(settings.startExecutions, settings.startExecutionBurst),
      transitions: bucket(settings.transitions, settings.transitionBurst),
    };
    this.#tables = {
      OrdersTable: bucket(settings.ordersTableWrites),
      ProductsTable: bucket(settings.productsTableWrites),
      PaymentsTable: bucket(settings.paymentsTableWrites),
    };
    this.#ledger = this.#partition(settings.ledgerShards);
    this.#products = new Array<undefined>(settings.products).fill(undefined);
    const emailSeconds = this.#seconds.get('deliver-notification') ?? 0;
    this.#mail = new Station(this.clock, settings.emailWorkers);
    this.#mailSeconds = Math.max(emailSeconds, settings.emailWorkers / settings.emails);
    this.#pipeAllowed = settings.pipeFirst;
    if (warmFor !== undefined) this.#warm(Math.min(warmFor / weight, settings.apiRequestsPerSecond));
  }

  #warm(ordersPerSecond: number): void {
    const { calibration } = this.#run;
    for (const [name, pool] of this.#pools) {
      const invocations = calibration.functions[name]?.invocations ?? 0;
      const need = ordersPerSecond * invocations * (this.#seconds.get(name) ?? 0);
      pool.warm(Math.min(this.#settings.lambdaConcurrency, Math.ceil(need + 3 * Math.sqrt(need))));
    }
    const { startSeconds, dispatchSeconds } = ASSUMED_IN_MODEL;
    const batches = (ordersPerSecond * (startSeconds + dispatchSeconds)) / this.#run.deployment.pipeBatch;
    this.#pipeAllowed = Math.min(
      this.#settings.pipeMost,
      Math.max(this.#settings.pipeFirst, Math.ceil(batches + 3 * Math.sqrt(batches)) + 1),
    );
    for (const one of [this.#buckets.start, this.#buckets.transitions, ...Object.values(this.#tables)]) one.drain();
  }

  /** A buyer orders now. */
  order(): void {
    this.#entered += 1;
    this.#at.api += 1;
    this.#request(
      { since: this.clock.now, receives: 0, products: this.#choose(), reserved: [], code: 'INTERNAL', ended: false },
      1,
    );
  }

  /** Buyers order at random times, so many per second on average, until so many seconds have passed. */
  ordersFor(seconds: number, perSecond: number): void {
    const next = (): void => {
      this.clock.after(this.random.exponential(this.#weight / perSecond), () => {
        if (this.clock.now > seconds) return;
        this.order();
        next();
      });
    };
    next();
  }

  outcome(): Outcome {
    const sorted = this.#latencies.toSorted((one, other) => one - other);
    const quantile = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return {
      entered: this.#entered,
      completed: this.#completed,
      failed: this.#failed,
      refused: this.#refused,
      needsAttention: this.#needsAttention,
      deadLetters: this.#deadLetters,
      waiting: this.#at.api + this.#waitingInQueue() + this.#at.pipe + this.#at.hidden + this.#at.execution,
      throttled: this.#throttled,
      latency: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
      completedIn: Array.from(this.#completedIn, (count) => count ?? 0),
      soldOutAt: this.#soldOutAt,
      sold: this.#sold,
      emailsWaiting: this.#mail.waiting,
      mostConcurrent: this.#account.mostBusy,
    };
  }

  // ---- At the API ----------------------------------------------------------------------------------------------------

  #request(order: Order, attempt: number): void {
    const limit = !this.#buckets.stage.take(this.clock.now)
      ? LIMITS.stage
      : !this.#buckets.api.take(this.clock.now)
        ? LIMITS.api
        : undefined;
    if (limit) {
      this.#turnAway(order, attempt, limit);
      return;
    }
    const begun = this.#begin('create-order', (end) => {
      const answered = (limit: string | undefined) => {
        end();
        if (limit !== undefined) return this.#turnAway(order, attempt, limit);
        this.#at.api -= 1;
        this.#queue.push(order);
        this.#poll();
      };
      if (this.#settings.refusesSoldOut && order.products.some(isSoldOut)) {
        end();
        this.#at.api -= 1;
        return count(this.#refused, 'sold out');
      }
      this.#write('create-order', answered);
    });
    if (begun) this.#turnAway(order, attempt, begun);
  }

  #turnAway(order: Order, attempt: number, limit: string): void {
    this.#note(limit);
    const { times, withinSeconds } = this.#run.tryAgain ?? { times: 0, withinSeconds: 0 };
    if (attempt <= times) {
      this.clock.after(this.random.next() * withinSeconds, () => this.#request(order, attempt + 1));
      return;
    }
    this.#at.api -= 1;
    count(this.#refused, limit);
  }

  // ---- The queue, the pipe and dispatch-orders -----------------------------------------------------------------------

  #waitingInQueue(): number {
    return this.#queue.length - this.#queueFirst;
  }

  #poll(): void {
    while (this.#waitingInQueue() > 0 && this.#pipeBusy < this.#pipeAllowed) {
      const batch = this.#queue.slice(this.#queueFirst, this.#queueFirst + this.#run.deployment.pipeBatch);
      this.#queueFirst += batch.length;
      if (this.#queueFirst > 1000 && this.#queueFirst * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#queueFirst);
        this.#queueFirst = 0;
      }
      this.#dispatch(batch);
    }
    if (this.#waitingInQueue() > 0) this.#growPipe();
  }

  /** More batches at the same time for as long as messages are left. */
  #growPipe(): void {
    const { pipeMorePerMinute, pipeMost } = this.#settings;
    const every = 60 / pipeMorePerMinute;
    if (this.#pipeAllowed < pipeMost && this.clock.now - this.#pipeGrewAt >= every) {
      this.#pipeGrewAt = this.clock.now;
      this.#pipeAllowed += 1;
    } else if (this.#pipeAllowed >= pipeMost) count(this.#throttled, LIMITS.pipe);
  }

  #dispatch(batch: Order[]): void {
    this.#pipeBusy += 1;
    this.#at.pipe += batch.length;
    let open = batch.length;
    const began = this.clock.now;
    const done = () => {
      open -= 1;
      if (open > 0) return;
      this.clock.after(ASSUMED_IN_MODEL.dispatchSeconds, () => {
        this.#pipeBusy -= 1;
        this.#poll();
      });
    };
    for (const order of batch) {
      order.receives += 1;
      this.#start(order, new Retries(this.#run.deployment.startRetry), (started) => {
        this.#at.pipe -= 1;
        if (started) this.#enter(order, this.#run.deployment.order.StartAt, true);
        else this.#giveBack(order, began);
        done();
      });
    }
  }

  #start(order: Order, retries: Retries, done: (started: boolean) => void): void {
    this.clock.after(ASSUMED_IN_MODEL.startSeconds, () => {
      if (this.#buckets.start.take(this.clock.now)) return done(true);
      this.#note(LIMITS.start);
      const pause = retries.pause('StepFunctions.ThrottlingException', this.random);
      if (pause === undefined) return done(false);
      this.clock.after(pause, () => this.#start(order, retries, done));
    });
  }

  #giveBack(order: Order, received: number): void {
    const { visibilityTimeout, maxReceives } = this.#run.deployment.queue;
    if (order.receives >= maxReceives) {
      this.#deadLetters += 1;
      return;
    }
    this.#at.hidden += 1;
    this.clock.after(Math.max(0, received + visibilityTimeout - this.clock.now), () => {
      this.#at.hidden -= 1;
      this.#queue.push(order);
      this.#poll();
    });
  }

  // ---- process-order -------------------------------------------------------------------------------------------------

  #enter(order: Order, name: string, first = false): void {
    if (first) this.#at.execution += 1;
    const state = this.#state(name);
    this.#transition(() => {
      if (state.Type === 'Task') this.#attempt(order, name, state, new Retries(state.Retry));
      // The machine ends before the order does: an operator has to look.
      else if (state.Type === 'Fail')
        this.#end(order, () => {
          this.#needsAttention += 1;
        });
      else if (state.Default !== undefined) this.#enter(order, state.Default);
      else this.#goOn(order, state.Next);
    });
  }

  #state(name: string): State {
    const state = this.#run.deployment.order.States[name];
    if (!state) throw new Error(`process-order has no state ${name}`);
    return state;
  }

  #transition(action: () => void): void {
    const wait = this.#buckets.transitions.wait(this.clock.now);
    if (wait > 0) this.#note(LIMITS.transitions);
    this.clock.after(wait + ASSUMED_IN_MODEL.stateSeconds, action);
  }

  #attempt(order: Order, name: string, state: State, retries: Retries): void {
    const ended = (error: string | undefined) => {
      if (error === undefined) return this.#goOn(order, this.#succeeded(order, name, state));
      const pause = retries.pause(error, this.random);
      // A retry is a transition too.
      if (pause !== undefined)
        return this.clock.after(pause, () => this.#transition(() => this.#attempt(order, name, state, retries)));
      const caught = firstFor(state.Catch, error);
      if (!caught) throw new Error(`${name} does not catch ${error}`);
      if (caught.Next === 'BeginUndo') order.code = error === 'OutOfStock' ? 'OUT_OF_STOCK' : 'INTERNAL';
      this.#enter(order, caught.Next);
    };
    const folder = functionOf(state);
    if (folder === undefined) {
      this.#writeDirectly(order, name, state, ended);
      return;
    }
    const throttledBy = this.#begin(folder, (end) => {
      const done = (error: string | undefined) => {
        end();
        ended(error);
      };
      const { operation } = state.Arguments?.Payload ?? {};
      // Whatever a function answers for a throttled write, only States.ALL knows it.
      const written = (limit: string | undefined) => done(limit === undefined ? undefined : 'WriteThrottled');
      if (folder !== 'inventory') return this.#write(folder, written);
      this.#transact(order, operation === 'release' ? 'release' : 'reserve', 1, (refusal) =>
        done(refusal === undefined || refusal === 'OutOfStock' ? refusal : 'TransactionConflict'),
      );
    });
    if (throttledBy) {
      this.#note(throttledBy);
      ended('Lambda.TooManyRequestsException');
    }
  }

  #writeDirectly(order: Order, name: string, state: State, ended: (error: string | undefined) => void): void {
    const prefix = state.Resource?.includes(':aws-sdk:') ? 'DynamoDb' : 'DynamoDB';
    this.clock.after(this.random.logNormal(0.01, ASSUMED_IN_MODEL.durationSigma), () => {
      if (state.Resource?.endsWith(':transactWriteItems')) {
        const refusal = this.#transactOnce(order, 'sell', name);
        return ended(refusal === undefined ? undefined : 'DynamoDb.TransactionCanceledException');
      }
      const limit = this.#take(name);
      if (limit !== undefined) this.#note(limit);
      ended(limit === undefined ? undefined : `${prefix}.ProvisionedThroughputExceededException`);
    });
  }

  #succeeded(order: Order, name: string, { Next }: State): string | undefined {
    if (name === 'CompleteOrder') this.#end(order, () => this.#complete(order));
    if (name === 'MarkOrderFailed') this.#end(order, () => count(this.#failed, order.code));
    if (name === 'MarkNeedsAttention')
      this.#end(order, () => {
        this.#needsAttention += 1;
      });
    if (name.startsWith('NotifyCustomer')) this.#mail.add(this.#mailSeconds);
    return Next;
  }

  /** An order ends once; its execution goes on to tell the customer. */
  #end(order: Order, how: () => void): void {
    if (order.ended) return;
    order.ended = true;
    this.#at.execution -= 1;
    how();
  }

  #complete(order: Order): void {
    this.#completed += 1;
    this.#latencies.push(this.clock.now - order.since);
    const second = Math.floor(this.clock.now);
    this.#completedIn[second] = (this.#completedIn[second] ?? 0) + 1;
  }

  #goOn(order: Order, next: string | undefined): void {
    if (next !== undefined) this.#enter(order, next);
  }

  // ---- Lambda and DynamoDB -------------------------------------------------------------------------------------------

  /** Runs the work after the function's own time. The work ends the invocation. Tells what throttles it, if anything does. */
  #begin(name: string, work: (end: () => void) => void): string | undefined {
    const pool = this.#pools.get(name);
    if (!pool) throw new Error(`${name} was not measured`);
    const begun = pool.begin(this.clock.now);
    if ('throttledBy' in begun) return begun.throttledBy;
    const own = this.random.logNormal(this.#seconds.get(name) ?? 0, ASSUMED_IN_MODEL.durationSigma);
    this.clock.after(own + (begun.cold ? ASSUMED_IN_MODEL.coldSeconds : 0), () => work(() => pool.end()));
    return undefined;
  }

  /** Writes what the function or state writes, with the SDK's second attempt. */
  #write(who: string, done: (limit: string | undefined) => void): void {
    const limit = this.#take(who);
    if (limit === undefined) {
      done(undefined);
      return;
    }
    this.#note(limit);
    this.clock.after(this.random.next() * ASSUMED_IN_MODEL.secondAttemptSeconds, () => {
      done(this.#take(who));
    });
  }

  /** Takes the units of one write, or tells the limit that has none left. */
  #take(who: string): string | undefined {
    const { calibration } = this.#run;
    const now = this.clock.now;
    const invocations = calibration.functions[who]?.invocations ?? 1;
    for (const [table, units] of Object.entries(calibration.writes[who] ?? UNDO_WRITES[who] ?? {})) {
      const bucket = this.#tables[table];
      if (bucket && !bucket.take(now, units / invocations)) return LIMITS[table as keyof typeof LIMITS] ?? table;
    }
    const partitions = STATUS_PARTITIONS[who] ?? [];
    const units = calibration.statusIndex[who] ?? partitions.length;
    for (const status of partitions) {
      if (!this.#statusPartition(status).take(now, units / partitions.length)) return LIMITS.status;
    }
    if (who === 'payment' && !this.#ledger.take(now, calibration.ledgerIndex / invocations)) return LIMITS.ledger;
    return undefined;
  }

  #statusPartition(status: string): TokenBucket {
    const known = this.#statuses.get(status);
    if (known) return known;
    const made = this.#partition(this.#settings.statusShards);
    this.#statuses.set(status, made);
    return made;
  }

  /** A place that all orders write, and not only those of one row: the weight counts. */
  #partition(shards: number): TokenBucket {
    const perSecond = (this.#settings.partitionWrites * shards) / this.#weight;
    return new TokenBucket({ perSecond, burst: Math.max(perSecond, MOST_UNITS) });
  }

  #choose(): ProductStock[] {
    const { products } = this.#settings;
    const lines = Math.min(this.#run.calibration.lines, products);
    const chosen = new Set<number>();
    while (chosen.size < lines) chosen.add(this.random.below(products));
    return [...chosen].map((index) => (this.#products[index] ??= this.#stock()));
  }

  #stock(): ProductStock {
    const { stockShards, unitsOfEach, partitionWrites } = this.#settings;
    return {
      rows: Array.from({ length: stockShards }, (_, shard) => new ProductRow(share(unitsOfEach, stockShards, shard))),
      writes: Array.from(
        { length: stockShards },
        () => new TokenBucket({ perSecond: partitionWrites, burst: partitionWrites }),
      ),
    };
  }

  /** As `transact` in the function: conflicts are retried a few times, the environment stays busy. */
  #transact(
    order: Order,
    what: 'reserve' | 'release',
    attempt: number,
    done: (refusal: Refusal | undefined) => void,
  ): void {
    const refusal = this.#transactOnce(order, what, 'inventory');
    if (refusal === undefined || refusal === 'OutOfStock' || attempt === TRANSACT.attempts) {
      done(refusal);
      return;
    }
    this.clock.after(this.random.next() * TRANSACT.firstSeconds * 2 ** attempt, () =>
      this.#transact(order, what, attempt + 1, done),
    );
  }

  /** The order's row and those of its products, all or none. */
  #transactOnce(order: Order, what: 'reserve' | 'release' | 'sell', who: string): Refusal | undefined {
    if (what === 'release' && order.reserved.length === 0) return undefined;
    const now = this.clock.now;
    const rows = what === 'reserve' ? this.#rowsWithStock(order) : order.reserved;
    const units = this.#run.calibration.unitsPerLine;
    const table = this.#tables.ProductsTable;
    const limit = this.#take(who);
    if (limit !== undefined) return this.#refuse(limit);
    if (!this.#takeRows(order, rows, units)) return this.#refuse(LIMITS.row);
    if (table && !table.take(now, units * rows.length)) return this.#refuse(LIMITS.ProductsTable);
    if (rows.some((row) => row.isHeld(now))) return this.#refuse(LIMITS.row);
    if (what === 'reserve' && rows.some(({ available }) => available < 1)) return 'OutOfStock';
    for (const row of rows) {
      row.hold(now, this.#settings.holdSeconds);
      if (what === 'reserve') row.available -= 1;
      if (what === 'release') row.available += 1;
      if (what === 'sell') {
        row.sold += 1;
        this.#sold += 1;
        if (order.products.every(isSoldOut)) this.#soldOutAt ??= now;
      }
    }
    if (what === 'reserve') order.reserved = rows;
    if (what === 'release') order.reserved = [];
    return undefined;
  }

  #refuse(limit: string): Refusal {
    this.#note(limit);
    return { limit };
  }

  /** One row of each product. Of several rows with stock any, so that they are used evenly. */
  #rowsWithStock({ products }: Order): ProductRow[] {
    return products.flatMap(({ rows }) => {
      const withStock = rows.filter(({ available }) => available > 0);
      const from = withStock.length > 0 ? withStock : rows;
      return from[from.length === 1 ? 0 : this.random.below(from.length)] ?? [];
    });
  }

  #takeRows({ products }: Order, rows: ProductRow[], units: number): boolean {
    return products.every(({ rows: all, writes }) => {
      const index = all.findIndex((row) => rows.includes(row));
      return index < 0 || writes[index]?.take(this.clock.now, units) !== false;
    });
  }

  #note(limit: string): void {
    count(this.#throttled, limit);
  }
}

/** Names of the limits, as the tables have them. */
export const LIMITS = {
  stage: 'ApiRequestsPerSecond',
  api: 'API Gateway, account',
  start: 'StartExecution',
  transitions: 'state transitions',
  pipe: 'the pipe',
  OrdersTable: 'Orders table',
  ProductsTable: 'Products table',
  PaymentsTable: 'Payments table',
  status: 'status-index, one status',
  ledger: 'touched-index, one day',
  row: "one product's row",
  concurrency: 'Lambda concurrency',
  requests: 'Lambda requests per second',
} as const;

/** Writes of the undo, which no completed order makes: one unit each, twice that in a transaction. */
const UNDO_WRITES: Record<string, Record<string, number>> = {
  BeginUndo: { OrdersTable: 1 },
  MarkOrderFailed: { OrdersTable: 1 },
  MarkNeedsAttention: { OrdersTable: 1 },
};

/** No single write takes more units than this. */
const MOST_UNITS = 4;

const isSoldOut = ({ rows }: ProductStock) => rows.every(({ available }) => available < 1);

const count = (counts: Record<string, number>, what: string) => {
  counts[what] = (counts[what] ?? 0) + 1;
};

/** The units of one of the rows among which a stock is split evenly. */
function share(units: number, rows: number, row: number): number {
  if (!Number.isFinite(units)) return units;
  return Math.floor(units / rows) + (row < units % rows ? 1 : 0);
}
