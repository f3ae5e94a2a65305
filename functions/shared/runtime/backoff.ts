import { setTimeout as pause } from 'node:timers/promises';

/** Pauses before the retry that follows a failed attempt: exponential, with full jitter. */
export function backOff(attempt: number, firstMs = 25): Promise<void> {
  return pause(Math.random() * firstMs * 2 ** attempt);
}
