import type { Command } from 'commander';
import type { Desk } from './command.ts';
import { WrongUsage } from './exit.ts';

/**
 * Asks on the terminal. What is asked goes to standard error, so that standard output has the answer of the command
 * alone.
 *
 * @param or where the answer could have come from, for a caller whom nobody can ask
 * @throws WrongUsage when there is no terminal, or when the question is not answered
 */
export async function ask(question: string, { or, hidden = false }: { or: string; hidden?: boolean }): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new WrongUsage(`${question} Give it as ${or}.`);
  const { isCancel, password, text } = await import('@clack/prompts');
  const validate = (value: string | undefined) => (value?.trim() ? undefined : 'It may not be empty.');
  const answer = await (hidden ? password : text)({ message: question, validate, output: process.stderr });
  if (isCancel(answer)) throw new WrongUsage('Nothing was done.');
  return answer.trim();
}

/** Gives a command that changes something the option with which it is told why. */
export function withReason(command: Command): Command {
  return command.option('--reason <why>', 'why; it is kept in the audit. On a terminal it is asked for');
}

/** Why something is changed. @throws WrongUsage when it was not said, and nobody can be asked */
export async function reasonOf({ reason }: { reason?: string }, { options }: Desk): Promise<string> {
  if (reason?.trim()) return reason.trim();
  if (reason !== undefined || options.json) throw new WrongUsage('Why? Give it as --reason <why>.');
  return ask('Why? The audit keeps it.', { or: '--reason <why>' });
}

/** Works, and says on a terminal what it is about and that it goes on. */
export async function withProgress<T>(title: string, { options }: Desk, work: () => Promise<T>): Promise<T> {
  if (options.json) return work();
  if (!process.stderr.isTTY) {
    console.error(`… ${title}`);
    return work();
  }
  const { spinner } = await import('@clack/prompts');
  const turning = spinner({ output: process.stderr, indicator: 'timer' });
  turning.start(title);
  try {
    const result = await work();
    turning.stop(title);
    return result;
  } catch (error) {
    turning.error(title);
    throw error;
  }
}

/** A whole number of a command line. @throws WrongUsage naming what it is for */
export function wholeNumber(what: string, { min, max }: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new WrongUsage(`${what} is a whole number from ${min} to ${max}, and not ${text}.`);
  };
}
