import { setTimeout as pause } from 'node:timers/promises';

/**
 * Pauses before a retry: exponential backoff with full jitter.
 *
 * @param attempt the number of the attempt that failed, from 1.
 * @param firstMs milliseconds. The first pause is at most twice this. Each further attempt doubles the maximum.
 */
export function backOff(attempt: number, firstMs = 25): Promise<void> {
  return pause(Math.random() * firstMs * 2 ** attempt);
}
