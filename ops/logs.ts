import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { answers } from './command.ts';
import { WrongUsage } from './exit.ts';

const PAUSE = 2000;
/** Lines arrive when an invocation ends, and have the time at which they were written. The longest function runs 5 min. */
const LATE = 5 * 60_000;

/** `ops logs`: what functions log. */
export function addLogs(ops: Command): void {
  const logs = ops.command('logs').description('read what functions log');
  answers(
    logs
      .command('tail')
      .description('what functions logged, oldest first')
      .argument('[functions...]', 'such as create-order; all without a name')
      .option('--since <time>', 'how far back: 30s, 10m, 2h', milliseconds, 10 * 60_000)
      .option('-f, --follow', 'go on until Ctrl-C'),
    async (desk, names: string[], { since, follow }: { since: number; follow?: boolean }) => {
      if (follow && desk.options.json) throw new WrongUsage('--follow has no end, and --json is one document.');
      const [{ deployedFunctions, readLogs, showEntry }, { entryKey }] = await Promise.all([
        import('../local/function-logs.ts'),
        import('../local/log-entries.ts'),
      ]);
      const stack = await desk.stack();
      const functions = await deployedFunctions(stack, names);
      const width = Math.max(0, ...functions.map(({ name }) => name.length));
      const start = Date.now() - since;
      const entries = await readLogs(stack, functions, start);
      const show = async (shown: typeof entries) => {
        for (const entry of shown) desk.say(await showEntry(entry, functions, { width }));
      };
      await show(entries);
      const seen = new Set(entries.map(entryKey));
      while (follow) {
        await pause(PAUSE);
        const read = await readLogs(stack, functions, Math.max(start, Date.now() - LATE));
        const fresh = read.filter((entry) => !seen.has(entryKey(entry)));
        await show(fresh);
        for (const entry of fresh) seen.add(entryKey(entry));
      }
      return { data: { items: entries }, text: entries.length === 0 ? 'Nothing was logged.' : '' };
    },
  );
}

/** A time such as 30s, 10m or 2h. @throws WrongUsage */
export function milliseconds(text: string): number {
  const [, number, unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (number === undefined) throw new WrongUsage(`${text} is not a time such as 30s, 10m or 2h.`);
  return Number(number) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1) * 1000;
}
