import { setTimeout as pause } from 'node:timers/promises';

const TRIES = 5;
const FIRST_PAUSE_MS = 25;

/** A write met a transaction on the same row. It says nothing about the row's conditions. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && error.name === 'TransactionConflictException';
}

/**
 * Tries a write again while it only collides with another, a few times and with full jitter: collisions last
 * milliseconds, and a retry by the workflow costs a second and a transition. The last collision is thrown on.
 */
export async function despiteConflicts<Result>(
  write: () => Promise<Result>,
  collides: (error: unknown) => boolean = isConflict,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === TRIES || !collides(error)) throw error;
      await pause(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}
