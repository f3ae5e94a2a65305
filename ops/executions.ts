import type { Command } from 'commander';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answers } from './command.ts';

type Execution = components['schemas']['Execution'];

/** `ops executions`: the way of an order through the workflow. */
export function addExecutions(ops: Command): void {
  const executions = ops.command('executions').description("see an order's way through the workflow");
  answers(
    executions
      .command('show')
      .description('draw the states that an order passed, with attempts, times and errors')
      .argument('<orderId>', 'the id of the order'),
    async (desk, orderId: string) => {
      const { answerOf, pagesOf } = await import('./operators-api.ts');
      const { executionText } = await import('./execution-text.ts');
      const { paint } = await import('../local/function-logs.ts');
      const api = await desk.api();
      const items: Execution[] = [];
      const pages = pagesOf((after) =>
        answerOf(api.GET('/orders/{orderId}/executions', { params: { path: { orderId }, query: after } })),
      );
      for await (const page of pages) items.push(...page.items);
      const drawn = items.map((execution) => executionText(execution, paint)).join('\n\n');
      return { data: { items }, text: drawn || 'The order has no execution: it is PENDING, or they were 90 days ago.' };
    },
  );
}
