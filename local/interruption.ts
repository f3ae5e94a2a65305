const WORDS = {
  SIGINT: 'Stopping',
  SIGTERM: 'Stopping, because `npm stop` or another program asked for it',
  SIGHUP: 'Stopping, because the terminal has closed',
};

/**
 * Waits for a signal that ends this program: Ctrl-C, the request of another program, or a terminal that closes. Every
 * later one is ignored, so that cleaning up is not cut short.
 *
 * @returns what to print about it
 */
export function interruption(): Promise<string> {
  // A terminal that has closed takes no output. That must not end this program before it has cleaned up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return new Promise((resolve) => {
    for (const [signal, words] of Object.entries(WORDS)) process.on(signal, () => resolve(words));
  });
}
