import { type Command, Option } from 'commander';
import { answers } from './command.ts';
import { reasonOf, withProgress, withReason } from './questions.ts';

const PARTS = ['orders', 'notifications', 'ledger'];

/** `ops reconcile`: what its schedules start, now. */
export function addReconcile(ops: Command): void {
  answers(
    withReason(
      ops
        .command('reconcile')
        .description('find lost messages, dead executions, unsent notifications and money held for nothing')
        .addOption(new Option('--part <parts...>', 'only these parts').choices(PARTS))
        .option('--order <orderId>', 'only this order, whatever its age'),
    ),
    async (desk, options: { part?: string[]; order?: string; reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { startReconcile } = await import('./start-reconcile.ts');
      const { table } = await import('./table.ts');
      const stack = await desk.stack();
      const report = await withProgress('reconcile runs, for five minutes at most', desk, () =>
        startReconcile(stack, { parts: options.part, orderId: options.order, reason }),
      );
      const rows = Object.entries(report).map(([what, value]) => [
        what,
        Array.isArray(value) ? value.join(', ') || '-' : String(value),
      ]);
      const isDone = report.failures === 0;
      return { data: report, text: table(['what', 'how many'], rows, ''), exitCode: isDone ? 0 : 1 };
    },
  );
}
