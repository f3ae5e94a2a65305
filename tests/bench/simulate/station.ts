import type { Clock } from './clock.ts';

/** Workers that take jobs from one queue, first come first served. */
export class Station {
  readonly #clock: Clock;
  readonly #workers: number;
  readonly #waiting: { since: number; seconds: number; done: () => void }[] = [];
  #first = 0;
  #busy = 0;
  served = 0;
  /** Of all jobs that began, in seconds. */
  waitedSeconds = 0;

  constructor(clock: Clock, workers: number) {
    this.#clock = clock;
    this.#workers = workers;
  }

  get waiting(): number {
    return this.#waiting.length - this.#first;
  }

  /** Has a worker do the job, which takes so many seconds once it begins. */
  add(seconds: number, done: () => void = () => {}): void {
    this.#waiting.push({ since: this.#clock.now, seconds, done });
    this.#begin();
  }

  #begin(): void {
    const job = this.#waiting[this.#first];
    if (this.#busy >= this.#workers || !job) return;
    this.#first += 1;
    if (this.#first > 1000 && this.#first * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    this.#busy += 1;
    this.waitedSeconds += this.#clock.now - job.since;
    this.#clock.after(job.seconds, () => {
      this.#busy -= 1;
      this.served += 1;
      job.done();
      this.#begin();
    });
  }
}
