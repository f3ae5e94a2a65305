import type { Command } from 'commander';
import { answers } from './command.ts';

/** `ops status`: is the shop well? */
export function addStatus(ops: Command): void {
  answers(
    ops.command('status').description('is it well? orders, dead letters, breakers, queue, pipe and alarms'),
    async (desk) => {
      const [{ answerOf }, { readMachinery }, { statusText, troubles }] = await Promise.all([
        import('./operators-api.ts'),
        import('./machinery.ts'),
        import('./wellness.ts'),
      ]);
      const [stack, api] = await Promise.all([desk.stack(), desk.api()]);
      const [overview, machinery] = await Promise.all([answerOf(api.GET('/admin/overview')), readMachinery(stack)]);
      const found = troubles(overview, machinery);
      return {
        data: { well: found.length === 0, troubles: found, overview, ...machinery },
        text: statusText(overview, machinery, found),
      };
    },
  );
}
