import { ASSUMED_IN_MODEL, type Calibration, secondsOf } from './calibration.ts';
import { Clock } from './clock.ts';
import { type Deployment, functionOf, type State } from './deployment.ts';
import { FunctionPool, LambdaAccount } from './function-pool.ts';
import { LIMITS } from './limit-names.ts';
import { OrderPipe } from './order-pipe.ts';
import { type ProductRow, ProductStock } from './product-stock.ts';
import { QUOTAS } from './quotas.ts';
import { Random } from './random.ts';
import { firstFor, Retries } from './retriers.ts';
import { oneIn, type Settings } from './settings.ts';
import { Station } from './station.ts';
import { Tables } from './tables.ts';
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
  /** Chooses its first row, where the stock of a product has several. */
  number: number;
  /** Rows that had too little. */
  tried: number;
  products: ProductStock[];
  /** The rows that hold its reservation. */
  reserved: ProductRow[];
  /** The error that a failed order shows. */
  code: string;
  ended: boolean;
}

/** A limit turned a write away, or a condition did. */
type Refusal = { limit: string } | 'OutOfStock';

/** As functions/shared/aws/transact.ts does it: five attempts, with full jitter from 50 ms on. */
const TRANSACT = { attempts: 5, firstSeconds: 0.025 };

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
  readonly #buckets: Record<'stage' | 'api' | 'transitions', TokenBucket>;
  readonly #tables: Tables;
  readonly #products: (ProductStock | undefined)[];
  readonly #mail: Station;
  readonly #mailSeconds: number;
  readonly #pipe: OrderPipe<Order>;

  readonly #throttled: Record<string, number> = {};
  readonly #failed: Record<string, number> = {};
  readonly #refused: Record<string, number> = {};
  readonly #latencies: number[] = [];
  readonly #completedIn: number[] = [];
  #atApi = 0;
  #executing = 0;
  #entered = 0;
  #completed = 0;
  #needsAttention = 0;
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
    const bucket = (perSecond: number, burst = perSecond) => new TokenBucket({ perSecond, burst: Math.max(burst, 1) });
    this.#buckets = {
      stage: bucket(settings.apiRequestsPerSecond),
      api: bucket(settings.apiAccount, settings.apiAccount * (QUOTAS.apiBurst.value / QUOTAS.apiRequests.value)),
      transitions: bucket(settings.transitions, settings.transitionBurst),
    };
    this.#tables = new Tables(calibration, settings, weight);
    this.#pipe = new OrderPipe({
      clock: this.clock,
      random: this.random,
      deployment,
      settings,
      started: (order) => {
        this.#executing += 1;
        this.#enter(order, deployment.order.StartAt);
      },
      note: (limit) => this.#note(limit),
    });
    this.#products = new Array<undefined>(settings.products).fill(undefined);
    const emailSeconds = this.#seconds.get('deliver-notification') ?? 0;
    this.#mail = new Station(this.clock, settings.emailWorkers);
    this.#mailSeconds = Math.max(emailSeconds, settings.emailWorkers / settings.emails);
    if (warmFor !== undefined) this.#warm(Math.min(warmFor / weight, settings.apiRequestsPerSecond));
  }

  #warm(ordersPerSecond: number): void {
    const { calibration } = this.#run;
    for (const [name, pool] of this.#pools) {
      const invocations = calibration.functions[name]?.invocations ?? 0;
      const need = ordersPerSecond * invocations * (this.#seconds.get(name) ?? 0);
      pool.warm(Math.min(this.#settings.lambdaConcurrency, Math.ceil(need + 3 * Math.sqrt(need))));
    }
    this.#pipe.warm(ordersPerSecond);
    this.#tables.drain();
    this.#buckets.transitions.drain();
  }

  /** A buyer orders now. */
  order(): void {
    this.#entered += 1;
    this.#atApi += 1;
    this.#request(
      {
        since: this.clock.now,
        number: this.#entered,
        tried: 0,
        products: this.#choose(),
        reserved: [],
        code: 'INTERNAL',
        ended: false,
      },
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
      deadLetters: this.#pipe.deadLetters,
      waiting: this.#atApi + this.#pipe.waiting + this.#executing,
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
        this.#atApi -= 1;
        this.#pipe.send(order);
      };
      if (this.#settings.refusesSoldOut && order.products.some(({ isSoldOut }) => isSoldOut)) {
        end();
        this.#atApi -= 1;
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
    this.#atApi -= 1;
    count(this.#refused, limit);
  }

  // ---- process-order -------------------------------------------------------------------------------------------------

  #enter(order: Order, name: string): void {
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
      const limit = this.#tables.take(this.clock.now, name);
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
    this.#executing -= 1;
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
    const limit = this.#tables.take(this.clock.now, who);
    if (limit === undefined) {
      done(undefined);
      return;
    }
    this.#note(limit);
    this.clock.after(this.random.next() * ASSUMED_IN_MODEL.secondAttemptSeconds, () => {
      done(this.#tables.take(this.clock.now, who));
    });
  }

  #choose(): ProductStock[] {
    const { products } = this.#settings;
    const lines = Math.min(this.#run.calibration.lines, products);
    const chosen = new Set<number>();
    while (chosen.size < lines) chosen.add(this.random.below(products));
    return [...chosen].map((index) => this.#stockOf(index));
  }

  #stockOf(index: number): ProductStock {
    const stock = this.#products[index] ?? new ProductStock(this.#settings);
    this.#products[index] = stock;
    return stock;
  }

  /** As `transact` in the function: conflicts are retried a few times, the environment stays busy. */
  #transact(
    order: Order,
    what: 'reserve' | 'release',
    attempt: number,
    done: (refusal: Refusal | undefined) => void,
  ): void {
    const refusal = this.#transactOnce(order, what, 'inventory');
    if (refusal === 'OutOfStock' && order.tried + 1 < this.#settings.stockShards) {
      order.tried += 1;
      this.clock.after(ASSUMED_IN_MODEL.waitMsPerCall / 1000, () => this.#transact(order, what, attempt, done));
      return;
    }
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
    const rows =
      what === 'reserve' ? order.products.map((stock) => stock.row(order.number, order.tried)) : order.reserved;
    const units = this.#run.calibration.unitsPerLine;
    const limit = this.#tables.take(this.clock.now, who);
    if (limit !== undefined) return this.#refuse(limit);
    if (!rows.every(({ writes }) => writes.take(now, units))) return this.#refuse(LIMITS.row);
    if (!this.#tables.takeOfProducts(now, units * rows.length)) return this.#refuse(LIMITS.ProductsTable);
    if (rows.some((row) => row.isHeld(now))) return this.#refuse(LIMITS.row);
    if (what === 'reserve' && rows.some(({ available }) => available < 1)) return 'OutOfStock';
    for (const row of rows) {
      row.hold(now, this.#settings.holdSeconds);
      if (what === 'reserve') row.available -= 1;
      if (what === 'release') row.available += 1;
      if (what === 'sell') {
        row.sold += 1;
        this.#sold += 1;
        if (order.products.every(({ isSoldOut }) => isSoldOut)) this.#soldOutAt ??= now;
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

  #note(limit: string): void {
    count(this.#throttled, limit);
  }
}

const count = (counts: Record<string, number>, what: string) => {
  counts[what] = (counts[what] ?? 0) + 1;
};
