import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `ops complete <shell>`: completion of nouns, verbs and options. It has to see all other commands. */
export function addCompletion(ops: Command): void {
  tab(ops);
}
