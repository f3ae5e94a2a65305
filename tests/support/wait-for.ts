/**
 * Polls until the probe gives something other than undefined or false, and returns that.
 *
 * @param what finishes the sentence "gave up waiting for …"
 * @throws Error at the deadline, saying what the last probe threw if it did
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { seconds = 30, everyMs = 150 }: { seconds?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`gave up waiting for ${what} after ${seconds} s`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
