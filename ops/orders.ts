import { Argument, type Command, Option } from 'commander';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answers, type Desk } from './command.ts';
import { reasonOf, wholeNumber, withReason } from './questions.ts';

type Order = components['schemas']['Order'];
type OrderSummary = components['schemas']['OrderPage']['items'][number];
type Status = components['schemas']['OrderStatus'];

const STATUSES = [
  'NEEDS_ATTENTION',
  'PENDING',
  'PROCESSING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
] as const satisfies Status[];
const MOST = 1000;

/** `ops orders`: what became of orders, and the two acts of an operator upon one. */
export function addOrders(ops: Command): void {
  const orders = ops.command('orders').description('see orders, cancel and retry them');
  const orderId = () => new Argument('<orderId>', 'the id of the order');

  answers(
    orders
      .command('list')
      .description('the orders of one status, newest first')
      .addOption(new Option('--status <status>', 'of which status').choices(STATUSES).default('NEEDS_ATTENTION'))
      .option('--limit <n>', 'how many at most', wholeNumber('--limit', { min: 1, max: MOST }), 20),
    async (desk, { status, limit }: { status: Status; limit: number }) => {
      const { answerOf, pagesOf } = await import('./operators-api.ts');
      const { table, shortTime } = await import('./table.ts');
      const api = await desk.api();
      const items: OrderSummary[] = [];
      let isAll = true;
      const pages = pagesOf((after) =>
        answerOf(
          api.GET('/orders', { params: { query: { status, limit: Math.min(100, limit - items.length), ...after } } }),
        ),
      );
      for await (const page of pages) {
        items.push(...page.items);
        isAll = page.nextToken === undefined;
        if (items.length >= limit) break;
      }
      const rows = items.map(({ orderId, createdAt, status, totalAmount, currency }) => [
        orderId,
        shortTime(createdAt),
        status,
        totalAmount === undefined ? '' : `${totalAmount.toFixed(2)} ${currency}`,
      ]);
      const more = isAll ? '' : '\nThere are more: --limit shows them.';
      return {
        data: { items, isAll },
        text: `${table(['order', 'placed (UTC)', 'status', 'total'], rows, `No order is ${status}.`)}${more}`,
      };
    },
  );

  answers(
    orders.command('show').description('one order, with its payment and its history').addArgument(orderId()),
    async (desk, id: string) => {
      const order = await readOrder(desk, id);
      const { orderText } = await import('./order-text.ts');
      return { data: order, text: orderText(order) };
    },
  );

  answers(
    orders
      .command('watch')
      .description('follow an order through its workflow, with what its functions log, until its executions have ended')
      .addArgument(orderId())
      .option('--all', 'from the beginning, and not only its last execution'),
    async (desk, id: string, { all = false }: { all?: boolean }) => {
      // Refuses an order that does not exist before its executions are waited for.
      await readOrder(desk, id);
      const { followOrder } = await import('../local/order-timeline.ts');
      const { executions } = await followOrder(await desk.stack(), id, Date.now(), desk.say, { isLastOnly: !all });
      const order = await readOrder(desk, id);
      return {
        data: { order, executions: executions.map(({ name, status }) => ({ name, status })) },
        text: `${id} is ${order.status}${order.error ? `: ${order.error.code}, ${order.error.message}` : ''}.`,
      };
    },
  );

  answers(
    withReason(
      orders.command('cancel').description('cancel an order: everything is given back').addArgument(orderId()),
    ),
    async (desk, id: string, options: { reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      const params = { path: { orderId: id } };
      const order = await answerOf(api.POST('/orders/{orderId}/cancel', { params, body: { reason } }));
      return { data: order, text: `${id} will end CANCELLED. It is ${order.status} now.` };
    },
  );

  answers(
    withReason(orders.command('retry').description('let an order that needs attention go on').addArgument(orderId())),
    async (desk, id: string, options: { reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      const params = { path: { orderId: id } };
      const order = await answerOf(api.POST('/orders/{orderId}/retry', { params, body: { reason } }));
      return { data: order, text: `${id} goes on. It is ${order.status} now; \`ops orders watch ${id}\` follows it.` };
    },
  );
}

async function readOrder(desk: Desk, orderId: string): Promise<Order> {
  const { answerOf } = await import('./operators-api.ts');
  const api = await desk.api();
  return answerOf(api.GET('/orders/{orderId}', { params: { path: { orderId } } }));
}
