/**
 * npm run cost: what a million orders cost, and what a small shop pays per month.
 *
 * It places orders on the local cloud, which has to run, counts what they used, and writes docs/costs.md. With
 * `-- --measured` it takes the counts of the last run, which are in tests/bench/cost/measured.json, and needs no cloud:
 * that is for new prices, or after a change of the template. `-- --orders 50` places more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { costsDocument } from './costs-document.ts';
import type { Measured } from './measured-orders.ts';
import { standingOf, tableShapes, transactionalStates } from './template-facts.ts';

const MEASURED = 'tests/bench/cost/measured.json';

const { values: options } = parseArgs({
  options: {
    measured: { type: 'boolean' },
    orders: { type: 'string', default: '20' },
    lines: { type: 'string', default: '2' },
  },
});

if (!options.measured) {
  await import('../../support/only-with-cloud.ts');
  const { measureOrders } = await import('./measured-orders.ts');
  console.log(`Placing ${options.orders} orders on the local cloud`);
  const found = await measureOrders(
    Number(options.orders),
    Number(options.lines),
    tableShapes(),
    transactionalStates(),
  );
  writeFileSync(MEASURED, `${JSON.stringify(found, null, 2)}\n`);
}
const measured = JSON.parse(readFileSync(MEASURED, 'utf8')) as Measured;
const document = costsDocument(measured, standingOf());
writeFileSync('docs/costs.md', document);
console.log(document.split('\n## ')[0]);
