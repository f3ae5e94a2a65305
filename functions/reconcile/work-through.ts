/** The clock of a run. Times are milliseconds, since 1970 where they are points in time. */
export interface RunClock {
  now: () => number;
  /** Whether another order or payment can be started. */
  hasTime: () => boolean;
  pause: (ms: number) => Promise<void>;
}

/**
 * Works on several things at once, until there are no more or the time runs out.
 *
 * @param workers how many at once.
 * @returns false when the time ran out before the last one.
 * @throws what `things` or `visit` throws, once all that was begun has ended.
 */
export async function workThrough<Thing>(
  things: AsyncGenerator<Thing>,
  visit: (thing: Thing) => Promise<unknown>,
  workers: number,
  { hasTime }: Pick<RunClock, 'hasTime'>,
): Promise<boolean> {
  let isDone = true;
  const worker = async () => {
    for (;;) {
      // An async generator answers one call after the other, so that no two workers get the same thing.
      const { value, done } = await things.next();
      if (done) return;
      if (!hasTime()) {
        isDone = false;
        return;
      }
      await visit(value);
    }
  };
  // All of them end before this does, also when the list cannot be read to its end.
  const ends = await Promise.allSettled(Array.from({ length: workers }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return isDone;
}
