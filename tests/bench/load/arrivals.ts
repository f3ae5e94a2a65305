import { setTimeout as pause } from 'node:timers/promises';
import { randomNumbers } from '../../support/random-numbers.ts';

/**
 * When orders arrive, in milliseconds from the start: the gaps are random (a Poisson process), as those of customers who
 * know nothing of each other. The same seed gives the same times.
 *
 * @param perSecond the mean rate
 */
export function arrivalTimes(count: number, perSecond: number, seed: number): number[] {
  const random = randomNumbers(seed);
  const times: number[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    times.push(at);
    // 1 - random() is never 0.
    at += (-Math.log(1 - random()) / perSecond) * 1000;
  }
  return times;
}

/**
 * Calls `arrive` at each of these times, whether earlier calls have ended or not.
 *
 * @param times milliseconds from now, ascending
 * @param arrive gets the time at which it was due, in milliseconds of the epoch. This program may be late; what is
 * measured has to count from then.
 */
export async function atTimes<T>(times: number[], arrive: (dueAt: number) => Promise<T>): Promise<T[]> {
  const start = Date.now();
  const arrivals: Promise<T>[] = [];
  for (const time of times) {
    const wait = start + time - Date.now();
    if (wait > 0) await pause(wait);
    const arrival = arrive(start + time);
    // It is awaited below. Until then a failure must not end the program.
    arrival.catch(() => undefined);
    arrivals.push(arrival);
  }
  return Promise.all(arrivals);
}
