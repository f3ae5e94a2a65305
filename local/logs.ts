import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deployedFunctions, readLogs, showEntry } from './function-logs.ts';
import { isLocalCloudUp } from './local-cloud.ts';
import { entryKey } from './log-entries.ts';
import { Failure, main } from './progress.mjs';
import { readStackFile } from './stack-file.ts';

// npm run logs [-- <function> …] [--since 10m]: follows what functions log, until Ctrl-C.

const USAGE = 'Usage: npm run logs [-- <function> …] [--since <number>s|m|h]';
const PAUSE = 500;
/** Lines arrive when an invocation ends, and have the time at which they were written. The longest function runs 5 min. */
const LATE = 5 * 60_000;

main(async () => {
  // Whoever reads it, such as head, may have had enough.
  process.stdout.on('error', () => process.exit(0));
  const { names, since } = readArguments();
  if (!(await isLocalCloudUp()))
    throw new Failure('The local cloud is not running: `npm start -- --detach` starts it.');
  const stack = readStackFile();
  const functions = await deployedFunctions(stack, names);
  const width = Math.max(...functions.map(({ name }) => name.length));
  const shown = new Set<string>();
  const start = Date.now() - since;
  process.on('SIGINT', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
  for (;;) {
    for (const entry of await readLogs(stack, functions, Math.max(start, Date.now() - LATE - since))) {
      if (shown.has(entryKey(entry))) continue;
      shown.add(entryKey(entry));
      console.log(await showEntry(entry, functions, { width }));
    }
    await pause(PAUSE);
    if (!(await isLocalCloudUp())) throw new Failure('The local cloud has ended.');
  }
});

function readArguments(): { names: string[]; since: number } {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { since: { type: 'string' } } });
    const [, number, unit = ''] = /^(\d+)([smh])$/.exec(values.since ?? '0s') ?? [];
    if (number === undefined) throw new Error(`${values.since} is not a time such as 30s, 10m or 2h`);
    return { names: positionals, since: Number(number) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1) * 1000 };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n${USAGE}`);
  }
}
