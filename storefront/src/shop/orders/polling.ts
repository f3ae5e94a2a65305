/** Milliseconds between two looks. */
export const FIRST_DELAY = 1000;
export const LONGEST_DELAY = 15_000;
const GROWTH = 1.5;

/** How long to wait for the next look: short after a change, longer while nothing happens. */
export function nextDelay(delay: number, hasChanged: boolean): number {
  return hasChanged ? FIRST_DELAY : Math.min(delay * GROWTH, LONGEST_DELAY);
}

/** setTimeout and clearTimeout. */
export interface Timer {
  set: (callback: () => void, milliseconds: number) => unknown;
  clear: (handle: unknown) => void;
}

export interface Polled<Value> {
  read: () => Promise<Value>;
  onValue: (value: Value) => void;
  onError: (error: unknown) => void;
  /** What has to differ for a value to count as a change. */
  versionOf: (value: Value) => unknown;
  /** Whether nothing more will happen. */
  isAtEnd: (value: Value) => boolean;
  /** Seconds that the API asked to wait after an error, if it did. */
  retryAfterSeconds: (error: unknown) => number | undefined;
  timer: Timer;
}

/**
 * Looks again and again at something that changes, until it is at an end (docs/adr/0031-the-page-polls.md). One look at
 * a time. While paused, as when nobody sees the page, it does not look.
 */
export class Poller<Value> {
  readonly #polled: Polled<Value>;
  #delay = FIRST_DELAY;
  #version: unknown;
  #handle: unknown;
  /** Changes with every start and pause, so that an answer from before is not followed by another look. */
  #run = 0;
  #isRunning = false;

  constructor(polled: Polled<Value>) {
    this.#polled = polled;
  }

  /** Looks now, and goes on. */
  start(): void {
    this.#stopTimer();
    this.#run += 1;
    this.#isRunning = true;
    this.#delay = FIRST_DELAY;
    this.#look(this.#run);
  }

  /** Looks no more, until the next start. An answer that is on its way is dropped. */
  pause(): void {
    this.#stopTimer();
    this.#run += 1;
    this.#isRunning = false;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  async #look(run: number): Promise<void> {
    const { read, onValue, onError, versionOf, isAtEnd, retryAfterSeconds } = this.#polled;
    try {
      const value = await read();
      if (run !== this.#run) return;
      const version = versionOf(value);
      this.#delay = nextDelay(this.#delay, version !== this.#version);
      this.#version = version;
      onValue(value);
      if (run !== this.#run) return;
      if (isAtEnd(value)) this.#isRunning = false;
      else this.#lookLater(run, this.#delay);
    } catch (error) {
      if (run !== this.#run) return;
      this.#delay = nextDelay(this.#delay, false);
      onError(error);
      if (run === this.#run) this.#lookLater(run, Math.max(this.#delay, (retryAfterSeconds(error) ?? 0) * 1000));
    }
  }

  #lookLater(run: number, milliseconds: number): void {
    this.#handle = this.#polled.timer.set(() => this.#look(run), milliseconds);
  }

  #stopTimer(): void {
    if (this.#handle !== undefined) this.#polled.timer.clear(this.#handle);
    this.#handle = undefined;
  }
}
