import type { Command } from 'commander';
import type { Stack } from '../local/stack-file.ts';
import type { OperatorsApi } from './operators-api.ts';
import type { StackOptions } from './stack-of-command.ts';

/** What a command answers with. */
export interface Answer {
  /** What `--json` prints. */
  data: unknown;
  /** What people read. */
  text: string;
  /** 0 when it is absent. */
  exitCode?: number;
}

/** What a command works with. The stack is looked up, and the operator signed in, when a command first asks. */
export interface Desk {
  options: StackOptions & { json?: boolean };
  stack: () => Promise<Stack>;
  api: () => Promise<OperatorsApi>;
  /** Prints a line while the command still works. It prints nothing with `--json`. */
  say: (line: string) => void;
}

/**
 * Makes a command's work its action. The work gets the command's own arguments and options, and what it answers is
 * printed: as one JSON document with `--json`, as text without.
 */
export function answers<Arguments extends unknown[]>(
  command: Command,
  work: (desk: Desk, ...given: Arguments) => Promise<Answer>,
): Command {
  return command.action(async (...given: unknown[]) => {
    const options: Desk['options'] = command.optsWithGlobals();
    // Commander appends the command itself.
    const { data, text, exitCode = 0 } = await work(deskOf(options), ...(given.slice(0, -1) as Arguments));
    if (options.json) console.log(JSON.stringify(data, undefined, 2));
    else if (text !== '') console.log(text);
    process.exitCode = exitCode;
  });
}

function deskOf(options: Desk['options']): Desk {
  const once = <T>(make: () => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const stack = once(async () => (await import('./stack-of-command.ts')).stackOf(options));
  const api = once(async () => (await import('./operators-api.ts')).operatorsApi(await stack(), options));
  return { options, stack, api, say: (line) => (options.json ? undefined : console.log(line)) };
}
