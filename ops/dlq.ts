import type { Command } from 'commander';
import { answers } from './command.ts';
import { excerpt } from './excerpt.ts';
import { WrongUsage } from './exit.ts';
import { reasonOf, wholeNumber, withProgress, withReason } from './questions.ts';

/** `ops dlq`: order messages that could not be dispatched. */
export function addDlq(ops: Command): void {
  const dlq = ops.command('dlq').description('see dead letters, send them again or discard them');

  answers(
    dlq
      .command('list')
      .description('the messages that could not be dispatched; they stay where they are')
      .option('--limit <n>', 'how many at most', wholeNumber('--limit', { min: 1, max: 100 }), 20),
    async (desk, { limit }: { limit: number }) => {
      const { answerOf } = await import('./operators-api.ts');
      const { shortTime, table } = await import('./table.ts');
      const api = await desk.api();
      const list = await withProgress('reading the dead-letter queue', desk, () =>
        answerOf(api.GET('/admin/dlq', { params: { query: { limit } } })),
      );
      const rows = list.items.map(({ messageId, sentAt, receiveCount, orderId, body }) => [
        messageId,
        shortTime(sentAt),
        receiveCount,
        orderId ?? '',
        excerpt(body),
      ]);
      const head = ['message', 'sent (UTC)', 'received', 'order', 'text'];
      return { data: list, text: table(head, rows, 'There is no dead letter.') };
    },
  );

  answers(
    withReason(
      dlq
        .command('replay')
        .description('send dead letters to the order queue again')
        .argument('[messageIds...]', 'those to send')
        .option('--all', 'any, up to --limit')
        .option('--limit <n>', 'how many at most, with --all', wholeNumber('--limit', { min: 1, max: 100 }), 100),
    ),
    async (desk, messageIds: string[], options: { all?: boolean; limit: number; reason?: string }) => {
      if (messageIds.length > 0 === (options.all ?? false)) {
        throw new WrongUsage('Which? Name the messages, or say --all.');
      }
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      const body = { ...(options.all ? { limit: options.limit } : { messageIds }), reason };
      const result = await withProgress('sending dead letters again', desk, () =>
        answerOf(api.POST('/admin/dlq/replay', { body })),
      );
      return { data: result, ...outcome('sent again', result.replayed, result) };
    },
  );

  answers(
    withReason(
      dlq
        .command('discard')
        .description('delete dead letters that no replay can help, by name')
        .argument('<messageIds...>', 'those to delete'),
    ),
    async (desk, messageIds: string[], options: { reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      const result = await withProgress('deleting dead letters', desk, () =>
        answerOf(api.POST('/admin/dlq/discard', { body: { messageIds, reason } })),
      );
      return { data: result, ...outcome('discarded', result.discarded, result) };
    },
  );
}

/** What was done, and what not: then the command was not done. */
function outcome(
  done: string,
  messages: readonly { messageId: string; orderId?: string }[],
  { failed, notFound }: { failed: readonly string[]; notFound: readonly string[] },
): { text: string; exitCode: number } {
  const lines = [
    ...messages.map(({ messageId, orderId }) => `${messageId} ${done}${orderId ? `: order ${orderId}` : ''}`),
    ...failed.map((id) => `${id} failed and is still there: try again`),
    ...notFound.map((id) => `${id} was not found; somebody who looks hides a message for some seconds`),
  ];
  return {
    text: lines.join('\n') || `Nothing was ${done}: there is no dead letter.`,
    exitCode: failed.length + notFound.length === 0 ? 0 : 1,
  };
}
