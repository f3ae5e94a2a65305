import type { Random } from './random.ts';

/** One entry of a state's Retry, with the defaults of the States language. */
export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  MaxAttempts?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export const attemptsOf = ({ MaxAttempts = 3 }: Retrier): number => MaxAttempts;

/** The longest pause before the retry of this number, from 1, in seconds. */
export function longestPause(
  { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds }: Retrier,
  retry: number,
): number {
  return Math.min(IntervalSeconds * BackoffRate ** (retry - 1), MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
}

const isFor = ({ ErrorEquals }: { ErrorEquals: string[] }, error: string) =>
  ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL') || ErrorEquals.includes('States.TaskFailed');

/** The first of a Retry or of a Catch that is for the error. */
export function firstFor<One extends { ErrorEquals: string[] }>(
  list: One[] | undefined,
  error: string,
): One | undefined {
  return list?.find((one) => isFor(one, error));
}

/** The retries of one stay in a state. Each retrier counts its own. */
export class Retries {
  readonly #retriers: Retrier[];
  readonly #used = new Map<Retrier, number>();

  constructor(retriers: Retrier[] = []) {
    this.#retriers = retriers;
  }

  /** The pause before the next attempt, in seconds, or undefined when the error is retried no more. */
  pause(error: string, random: Random): number | undefined {
    const retrier = firstFor(this.#retriers, error);
    if (!retrier) return undefined;
    const retry = (this.#used.get(retrier) ?? 0) + 1;
    if (retry > attemptsOf(retrier)) return undefined;
    this.#used.set(retrier, retry);
    const longest = longestPause(retrier, retry);
    return retrier.JitterStrategy === 'FULL' ? random.next() * longest : longest;
  }
}
