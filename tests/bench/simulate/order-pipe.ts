import { ASSUMED_IN_MODEL } from './calibration.ts';
import type { Clock } from './clock.ts';
import type { Deployment } from './deployment.ts';
import { LIMITS } from './limit-names.ts';
import type { Random } from './random.ts';
import { Retries } from './retriers.ts';
import type { Settings } from './settings.ts';
import { TokenBucket } from './token-bucket.ts';

interface Message<Order> {
  order: Order;
  receives: number;
}

export interface PipeOptions<Order> {
  clock: Clock;
  random: Random;
  deployment: Deployment;
  settings: Settings;
  /** An execution of the order is started. */
  started: (order: Order) => void;
  /** A limit turned something away. */
  note: (limit: string) => void;
}

/** The queue, the pipe that takes batches from it, and dispatch-orders, which starts an execution for each message. */
export class OrderPipe<Order> {
  readonly #options: PipeOptions<Order>;
  readonly #starts: TokenBucket;
  readonly #queue: Message<Order>[] = [];
  #first = 0;
  #busy = 0;
  #allowed: number;
  #grewAt = 0;
  #dispatching = 0;
  #hidden = 0;
  deadLetters = 0;

  constructor(options: PipeOptions<Order>) {
    const { startExecutions, startExecutionBurst, pipeFirst } = options.settings;
    this.#options = options;
    this.#starts = new TokenBucket({ perSecond: startExecutions, burst: Math.max(1, startExecutionBurst) });
    this.#allowed = pipeFirst;
  }

  /** Messages in the queue, visible or not. */
  get waiting(): number {
    return this.#visible + this.#dispatching + this.#hidden;
  }

  get #visible(): number {
    return this.#queue.length - this.#first;
  }

  send(order: Order): void {
    this.#queue.push({ order, receives: 0 });
    this.#poll();
  }

  /** As after hours of so many orders per second: it has the batches that they need, and no burst of starts is left. */
  warm(ordersPerSecond: number): void {
    const { deployment, settings } = this.#options;
    const { startSeconds, dispatchSeconds } = ASSUMED_IN_MODEL;
    const batches = (ordersPerSecond * (startSeconds + dispatchSeconds)) / deployment.pipeBatch;
    const withRoom = Math.ceil(batches + 3 * Math.sqrt(batches)) + 1;
    this.#allowed = Math.min(settings.pipeMost, Math.max(settings.pipeFirst, withRoom));
    this.#starts.drain();
  }

  #poll(): void {
    const { pipeBatch } = this.#options.deployment;
    while (this.#visible > 0 && this.#busy < this.#allowed) {
      const batch = this.#queue.slice(this.#first, this.#first + pipeBatch);
      this.#first += batch.length;
      if (this.#first > 1000 && this.#first * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#first);
        this.#first = 0;
      }
      this.#dispatch(batch);
    }
    if (this.#visible > 0) this.#grow();
  }

  /** More batches at the same time for as long as messages are left. */
  #grow(): void {
    const { clock, settings, note } = this.#options;
    if (this.#allowed >= settings.pipeMost) note(LIMITS.pipe);
    else if (clock.now - this.#grewAt >= 60 / settings.pipeMorePerMinute) {
      this.#grewAt = clock.now;
      this.#allowed += 1;
    }
  }

  #dispatch(batch: Message<Order>[]): void {
    const { clock, deployment, started } = this.#options;
    this.#busy += 1;
    this.#dispatching += batch.length;
    let open = batch.length;
    const received = clock.now;
    for (const message of batch) {
      message.receives += 1;
      this.#start(new Retries(deployment.startRetry), (isStarted) => {
        this.#dispatching -= 1;
        if (isStarted) started(message.order);
        else this.#giveBack(message, received);
        open -= 1;
        if (open > 0) return;
        // The batch holds its place in the pipe until its last message is done.
        clock.after(ASSUMED_IN_MODEL.dispatchSeconds, () => {
          this.#busy -= 1;
          this.#poll();
        });
      });
    }
  }

  #start(retries: Retries, done: (isStarted: boolean) => void): void {
    const { clock, random, note } = this.#options;
    clock.after(ASSUMED_IN_MODEL.startSeconds, () => {
      if (this.#starts.take(clock.now)) return done(true);
      note(LIMITS.start);
      const pause = retries.pause('StepFunctions.ThrottlingException', random);
      if (pause === undefined) return done(false);
      clock.after(pause, () => this.#start(retries, done));
    });
  }

  #giveBack(message: Message<Order>, received: number): void {
    const { clock, deployment } = this.#options;
    const { visibilityTimeout, maxReceives } = deployment.queue;
    if (message.receives >= maxReceives) {
      this.deadLetters += 1;
      return;
    }
    this.#hidden += 1;
    clock.after(Math.max(0, received + visibilityTimeout - clock.now), () => {
      this.#hidden -= 1;
      this.#queue.push(message);
      this.#poll();
    });
  }
}
