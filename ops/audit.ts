import type { Command } from 'commander';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answers } from './command.ts';
import { wholeNumber } from './questions.ts';

type Entry = components['schemas']['AuditPage']['items'][number];

/** `ops audit`: who did what, and why. */
export function addAudit(ops: Command): void {
  answers(
    ops
      .command('audit')
      .description('what operators did, newest first')
      .option('--limit <n>', 'how many at most', wholeNumber('--limit', { min: 1, max: 1000 }), 20)
      .option('--changes', 'without what only looked'),
    async (desk, { limit, changes }: { limit: number; changes?: boolean }) => {
      const { answerOf, pagesOf } = await import('./operators-api.ts');
      const { shortTime, table } = await import('./table.ts');
      const api = await desk.api();
      const items: Entry[] = [];
      const pages = pagesOf((after) =>
        answerOf(api.GET('/admin/audit', { params: { query: { limit: 100, ...after } } })),
      );
      for await (const page of pages) {
        items.push(...page.items.filter(({ action }) => !changes || !action.endsWith('_INSPECTED')));
        if (items.length >= limit) break;
      }
      const shown = items.slice(0, limit);
      const rows = shown.map(({ at, action, target, operatorId, reason }) => [
        shortTime(at),
        action,
        target,
        operatorId,
        reason ?? '',
      ]);
      const head = ['when (UTC)', 'action', 'target', 'operator', 'reason'];
      return { data: { items: shown }, text: table(head, rows, 'Nobody did anything yet.') };
    },
  );
}
