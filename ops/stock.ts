import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { answers } from './command.ts';
import { reasonOf, wholeNumber, withReason } from './questions.ts';

type Product = components['schemas']['Product'];

/** `ops stock`: how many units of products can be ordered. */
export function addStock(ops: Command): void {
  const stock = ops.command('stock').description("see products' stock, and change it");

  answers(
    stock
      .command('show')
      .description('what can be ordered now, of every product or of those named')
      .argument('[productIds...]', 'only these'),
    async (desk, productIds: string[]) => {
      const { answerOf, pagesOf } = await import('./operators-api.ts');
      const { table } = await import('./table.ts');
      const api = await desk.api();
      const all: Product[] = [];
      const pages = pagesOf((after) => answerOf(api.GET('/products', { params: { query: { limit: 100, ...after } } })));
      for await (const page of pages) all.push(...page.items);
      const items = all.filter(({ productId }) => productIds.length === 0 || productIds.includes(productId));
      const missing = productIds.filter((id) => !items.some(({ productId }) => productId === id));
      const rows = items.map(({ productId, name, stock, price, currency }) => [
        productId,
        name,
        stock,
        `${price.toFixed(2)} ${currency}`,
      ]);
      const lines = missing.map((id) => `There is no product ${id}.`);
      const shown = items.length > 0 || missing.length === 0;
      return {
        data: { items, notFound: missing },
        text: [
          ...(shown ? [table(['product', 'name', 'stock', 'price'], rows, 'There is no product.')] : []),
          ...lines,
        ].join('\n'),
        exitCode: missing.length === 0 ? 0 : 1,
      };
    },
  );

  answers(
    withReason(
      stock
        .command('change')
        .description('add units, or take some off that no order holds')
        .argument('<productId>', 'the product')
        .requiredOption('--by <n>', 'how many more, or fewer: +25 or -3', wholeNumber('--by', { min: -1e6, max: 1e6 })),
    ),
    async (desk, productId: string, options: { by: number; reason?: string }) => {
      const reason = await reasonOf(options, desk);
      const { answerOf } = await import('./operators-api.ts');
      const api = await desk.api();
      const now = await answerOf(
        api.PUT('/products/{productId}', {
          params: { path: { productId }, header: { 'idempotency-key': randomUUID() } },
          body: { stockChange: options.by, reason },
        }),
      );
      const text = `${productId}: ${now.stock} can be ordered, ${now.reserved} are held, ${now.sold} are sold.`;
      return { data: now, text };
    },
  );
}
