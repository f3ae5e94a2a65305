import type { Command } from 'commander';
import { answers } from './command.ts';
import { withProgress } from './questions.ts';

/** `ops doctor`: what this account still lacks. */
export function addDoctor(ops: Command): void {
  answers(
    ops
      .command('doctor')
      .description('what is missing in this account, and how to put it right; exit 1 when it found something'),
    async (desk) => {
      const [{ readAccount }, { doctorText, findings }] = await Promise.all([
        import('./account-facts.ts'),
        import('./findings.ts'),
      ]);
      const stack = await desk.stack();
      const { facts, unread } = await withProgress('looking at the account', desk, () => readAccount(stack));
      const found = findings(facts);
      return {
        data: { findings: found, notChecked: unread },
        text: doctorText(found, unread),
        exitCode: found.length === 0 ? 0 : 1,
      };
    },
  );
}
