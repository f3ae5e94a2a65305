import {
  ASSUMED,
  billedMs,
  billOf,
  dollarsFor,
  MILLION,
  monthlyDollars,
  monthOf,
  type Part,
  partsOf,
  type Standing,
  waysOf,
} from './bill.ts';
import type { Measured, Use } from './measured-orders.ts';
import { MERGES } from './merged-states.ts';
import { PRICES, PRICES_OF, type Price } from './prices.ts';

/** What the bar of the requirements is. */
const MOST_STATES = 6;
const MOST_DOLLARS = 50;

const SMALL_SHOP = 1000;

const usd = (dollars: number) => (dollars > 0 && dollars < 0.005 ? '< 0.01' : dollars.toFixed(2));
const count = (units: number) =>
  units >= 0.01 ? (Math.round(units * 100) / 100).toLocaleString('en-US') : units.toPrecision(2);
const table = (head: string[], rows: string[][]) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map((name) => (/dollars|per order|units|price/.test(name) ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

const PARTS: Record<Part, string> = {
  workflow: 'The workflow',
  other: 'Everything else',
  logs: 'Logs',
  traces: 'Traces',
  email: 'E-mail',
  SMS: 'SMS',
  kept: 'Kept, for one month',
};

/** docs/costs.md: the same for the same counts, template and prices. */
export function costsDocument(measured: Measured, standing: Standing): string {
  const rows = billOf(measured);
  const parts = partsOf(rows);
  const month = monthOf(measured, standing, SMALL_SHOP);
  const standingRows = monthOf(measured, standing, 0).filter(({ units }) => units > 0);
  const monthly = monthlyDollars(month);
  const idle = monthlyDollars(standingRows);
  const met = (holds: boolean) => (holds ? 'met' : '**missed**');
  const unverified = Object.values(PRICES).filter(({ seen }) => seen === 'unverified').length;

  return `# Costs

<!-- npm run cost writes this page. -->

Dollars in us-east-1 at list prices of ${PRICES_OF}, without taxes and data transfer. Counted on ${measured.takenOn} in ${measured.orders} orders of
${measured.lines} products each that the local cloud completed. A million such orders:

${table(
  ['part', 'dollars', 'bar'],
  (Object.keys(PARTS) as Part[]).map((part) => [
    PARTS[part],
    usd(parts[part]),
    part === 'workflow'
      ? `${measured.states.length} states of at most ${MOST_STATES}: ${met(measured.states.length <= MOST_STATES)}`
      : part === 'other'
        ? `at most ${MOST_DOLLARS}: ${met(parts.other <= MOST_DOLLARS)}`
        : '',
  ]),
)}

A shop of ${SMALL_SHOP.toLocaleString('en-US')} orders per month pays ${usd(monthly.list)} at list prices, and ${usd(monthly.free)} above what is free for
every account. ${usd(idle.list)} and ${usd(idle.free)} of it stand idle.

## A million orders, item by item

${table(
  ['part', 'what', 'paid by', 'per order', 'dollars'],
  rows.map(({ part, what, item, units }) => [
    PARTS[part],
    what,
    PRICES[item].unit,
    count(units),
    usd(dollarsFor(item, units * MILLION)),
  ]),
)}

What is not an order of its own is not in it: pages and pictures, the catalogue, sign-in, and the customer's page that asks
for progress. Each such request that reaches the API is ${usd(dollarsFor('apiRequest', MILLION) + dollarsFor('edgeRequest', MILLION))} per million, and a function's
invocation. The provider's fee is the largest cost of all, and none of AWS. An order that fails or is cancelled enters the
states of the undo as well.

### Writes

One unit is 1 KB of a write, two in a transaction. The sizes are those of the rows in the run. An index is written once when what
it has of an order changes, and twice when its key does. The row of an order became ${measured.orderBytes} bytes large: each KB more that it
begins is ${usd(dollarsFor('write', orderUnits(measured) * MILLION))} more, and each product more in an order ${usd(dollarsFor('write', (productUnits(measured) / measured.lines) * MILLION))}.

${useTable([...measured.writes, ...measured.indexWrites.map((use) => ({ ...use, what: `index ${use.what}` }))])}

### Reads

One unit is 4 KB of a consistent read.

${useTable(measured.reads)}

### Functions

${table(
  ['function', 'invocations per order', 'calls of AWS per order', 'assumed ms per order'],
  Object.entries(measured.functions).map(([name, { invocations, calls }]) => {
    const called = Object.values(calls).reduce((sum, one) => sum + one, 0);
    return [
      name,
      count(invocations),
      count(called),
      count(invocations * billedMs(called / Math.max(invocations, 0.01))),
    ];
  }),
)}

An emulator on a laptop says nothing about Lambda's durations. They are computed: ${ASSUMED.cpuMs} ms of CPU for an invocation and
${ASSUMED.cpuMsPerCall} ms for each call of AWS on a whole core, of which 512 MB have ${Math.round(ASSUMED.core * 100)} %; ${ASSUMED.waitMsPerCall} ms of waiting for each answer; and
${ASSUMED.coldShare * 100} % cold starts of ${ASSUMED.coldMs} ms. With Stripe in the place of the sandbox, each call of it waits some 300 ms: about
${usd(dollarsFor('lambdaDuration', 0.3 * ASSUMED.memoryGb * MILLION))} more per million calls.

## Other ways to orchestrate

The same functions and writes, for a million orders. [ADR 0047](adr/0047-standard-for-the-order.md) says what each gives up.

${table(
  ['way', 'orchestration dollars', 'everything else dollars', 'together dollars'],
  waysOf(measured).map(({ name, orchestration, other }) => [
    name,
    usd(orchestration),
    usd(other),
    usd(orchestration + other),
  ]),
)}

Express: ${ASSUMED.expressGb * 1024} MB, its functions one after the other, ${ASSUMED.expressStateMs} ms for each state. A durable function: one operation for the start
and one for each step, ${ASSUMED.durableBytesPerStep} bytes written by each; it needs neither pipe nor dispatch. How it was counted is an assumption.

### One state less

Two states could be one. For a million orders, and none of it is done: [ADR 0056](adr/0056-six-states.md) says why.

${mergesTable(measured)}

All columns of figures but the states are differences to now. "Together" has the workflow too: a transition is ${usd(dollarsFor('transition', MILLION))}.

## A small shop: ${SMALL_SHOP.toLocaleString('en-US')} orders per month

${table(
  ['what', 'paid by', 'units per month', 'dollars'],
  [
    ...standingRows.map(({ what, item, units }) => [
      what,
      PRICES[item].unit,
      count(units),
      usd(dollarsFor(item, units)),
    ]),
    ...(Object.keys(PARTS) as Part[])
      .filter((part) => part !== 'SMS')
      .map((part) => [
        `orders: ${PARTS[part].toLowerCase()}`,
        'as above',
        SMALL_SHOP.toLocaleString('en-US'),
        usd((parts[part] * SMALL_SHOP) / MILLION),
      ]),
  ],
)}

Free every month for every account: ${freeUnits()}. E-mail is in it, SMS is not.
The alarms, dashboards and secrets are all those of the template, also what a parameter switches on; metrics are those that completed
orders leave. Cognito asks nothing below 10,000 users per month.

## How the counts are got

\`npm run cost\` lets the functions of the local cloud reach it through recording proxies and places the orders one after the other.
Writes to an order come from the table's stream, with both images, states from the executions' histories, metrics and the bytes of
logs from the log groups. Sizes of other rows are read afterwards. Assumed, because an emulator cannot tell:

- one message per request to a queue, and per run of \`dispatch-orders\`: batches make it less;
- ${measured.workflowLogBytes ? 'nothing about logs' : `${ASSUMED.logBytesPerState} bytes for each state in the workflows' logs, which the emulator does not write`};
- an index is no part of a transaction: its write counts once, not twice;
- ${ASSUMED.tracesPerOrder} traces per order, of which ${ASSUMED.tracedShare * 100} % are recorded;
- a row's second write of the ledger's index changes its key, because the key is the time;
- ${ASSUMED.pollers} pollers for each queue that stands idle, each asking every ${ASSUMED.pollSeconds} seconds.

\`npm run cost -- --measured\` writes this page again with other prices or a changed template, without a cloud. The code is in
[tests/bench/cost](../tests/bench/cost/cost.ts), because it measures with the tests' own means and is no part of what is deployed.

## Prices

Of ${PRICES_OF}. "AWS" was seen on AWS's own page, "quoted" on a page of 2025 or 2026 that quotes it. ${unverified} are unverified: known from
before, and not found again in what could be read. Check them on the page that is named.

${table(
  ['unit', 'price in dollars', 'seen', 'page'],
  Object.values(PRICES).map((price: Price) => [
    price.unit,
    inDollars(price.dollars),
    { aws: 'AWS', copy: 'quoted', unverified: 'unverified' }[price.seen],
    price.source,
  ]),
)}
`;
}

const unitsOf = (uses: Use[]) => uses.reduce((sum, { units }) => sum + units, 0);
const orderUnits = ({ writes }: Measured) => unitsOf(writes.filter(({ what }) => what.startsWith('the order')));
const productUnits = ({ writes }: Measured) => unitsOf(writes.filter(({ table: name }) => name === 'ProductsTable'));

const inDollars = (dollars: number) =>
  dollars < 0.0001 ? `${Number((dollars * MILLION).toFixed(4))} per million` : String(dollars);

function mergesTable(measured: Measured): string {
  const [now, ...merged] = [measured, ...MERGES.map(({ of }) => of(measured))].map((used) => {
    const rows = billOf(used);
    const { workflow, other, logs } = partsOf(rows);
    const seconds = rows.find(({ item }) => item === 'lambdaDuration')?.units ?? 0;
    return {
      states: used.states.length,
      workflow,
      rest: other + logs,
      ms: (seconds / ASSUMED.memoryGb) * 1000,
    };
  });
  if (!now) throw new Error('nothing was measured');
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
  return table(
    [
      'merged',
      'how',
      'what it gives up',
      'states',
      'Lambda ms per order',
      'everything else and logs dollars',
      'together dollars',
    ],
    MERGES.map(({ states, how, loss }, place) => {
      const then = merged[place] ?? now;
      const rest = then.rest - now.rest;
      return [
        states.join(' + '),
        how,
        loss,
        String(then.states),
        signed(then.ms - now.ms),
        signed(rest),
        signed(then.workflow - now.workflow + rest),
      ];
    }),
  );
}

const freeUnits = () =>
  Object.values(PRICES)
    .flatMap((price: Price) => (price.free ? [`${price.free.toLocaleString('en-US')} × ${price.unit}`] : []))
    .join(', ');

const useTable = (uses: Use[]) =>
  table(
    ['who', 'table', 'what', 'units per order'],
    uses.map(({ who, table: name, what, units }) => [who, name.replace(/Table$/, ''), what, count(units)]),
  );
