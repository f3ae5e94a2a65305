import { PRICES } from '../cost/prices.ts';
import { ASSUMED_IN_MODEL, secondsOf } from './calibration.ts';
import { LIMITS } from './limit-names.ts';
import { number } from './limits.ts';
import { NEW_ACCOUNT, QUOTAS, QUOTAS_OF, type Quota } from './quotas.ts';
import { type Results, type Rung, share } from './scenarios.ts';

const MILLION = 1e6;

const table = (head: string[], rows: string[][]) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map((name) => (/^(orders|completed|p95|p50|failed|refused|waiting|sold|value|dead|percent|cells)/.test(name) ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);
const seconds = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '' : `${number(value)} s`);

/** The limits that turned most away, and the share of all that each turned away. */
function reasons(throttled: Record<string, number>): string {
  const all = sum(throttled);
  return Object.entries(throttled)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, 3)
    .filter(([, count]) => count / all >= 0.05)
    .map(([name, count]) => `${name} (${Math.round((count / all) * 100)} %)`)
    .join(', ');
}

/** docs/scaling.md: the same for the same results. */
export function scalingDocument(results: Results): string {
  const { calibration, limits, ladder, oneProduct, flash, tooManyStarts, newAccount, newAccountLimits } = results;
  const oneRow = oneProduct.filter(({ rows }) => rows === 1);
  const best = Math.max(...oneRow.map(({ completedPerSecond }) => completedPerSecond));
  const firstFailing = oneRow.find(({ failed }) => failed > 1);
  const deployed = flash[0];
  const raised = flash[1];
  const quick = flash.find(({ name }) => name.endsWith('8 rows, sold out refused'));
  const smallest = limits.filter(({ holdsUp }) => holdsUp === 'orders').slice(0, 2);
  const fine = newAccount.findLast(({ outcome }) => share(outcome) >= 95);
  const perMillion = (item: 'read' | 'write' | 'transition', units: number) =>
    (PRICES[item].dollars * units * MILLION).toFixed(2);
  const failedStates = results.undoStates;
  const transitions = limits.find(({ name }) => name === LIMITS.transitions);
  const states = Math.round(QUOTAS.transitions.value / (transitions?.ordersPerSecond ?? Number.NaN));

  return `# Scaling

<!-- npm run simulate writes this page. -->

What binds as the shop grows, by a model of the deployed system: its own limits are read from the template and the workflows, AWS's
are the quotas of ${QUOTAS_OF}, and what an order uses was counted on ${calibration.takenOn}. Nothing here was measured on AWS. The
[last section](#the-model) says what the model knows, and what it assumes.

- **As deployed** the shop takes ${number(smallest[0]?.ordersPerSecond ?? 0)} orders per second: ${smallest[0]?.name}, a parameter. Behind it comes ${smallest[1]?.name} with ${number(smallest[1]?.ordersPerSecond ?? 0)}.
- **E-mails** fall behind first, from ${number(limits[0]?.ordersPerSecond ?? 0)} orders per second on. No order waits for them.
- **One product** sells at most ${number(best)} times per second, because its row takes one transaction at a time. Above that it sells
  *less*, and from ${firstFailing?.ordersPerSecond ?? '?'} orders per second on some fail although there is stock.
- **A flash sale** of 1,000 units to 10,000 buyers within a minute is sold out after ${seconds(deployed?.outcome.soldOutAt)}: ${number(deployed?.outcome.sold ?? 0)} are sold, and no more.
- **A new account** takes about ${fine?.ordersPerSecond ?? '?'} orders per second: its Lambda concurrency of ${NEW_ACCOUNT.lambdaConcurrency.value}, and the
  ${NEW_ACCOUNT.lambdaConcurrency.value * QUOTAS.lambdaRequestsPerEnvironment.value} invocations per second that come with it, are the first to break.
- Above ${number(ladder.findLast(({ cells }) => cells === 1)?.ordersPerSecond ?? 0)} orders per second the shop is split into cells, each a copy of the whole.

## What binds, as deployed

Each limit by itself, by what one order uses. The remedy is that for twice as much.

${limitTable(limits)}

Requests that are no orders count for the API too: pages that ask for progress take from the same rate. A row that carries
${number(best)} orders per second of *one* product is far below its figure here, which is for all products together. Look up the account's own
quota of state transitions: with 1,500 per second, which an older text of AWS has, it would come at ${number(1500 / states)} orders per second.

## Step by step

Each step has what the step before had raised, and a quarter more than its rate afterwards. Both columns are a minute of orders and a
minute to end them, and p95 is of those that were completed, on a system that is warm, with its bursts used up. In "before", the API already lets everything in, because what
stands behind it is the question.

![Orders completed at each step](images/scaling-ladder.svg)

${table(
  [
    'orders per second',
    'completed before',
    'p95 before',
    'what turned away, and how much of all',
    'completed after',
    'p95 after',
  ],
  ladder.map(({ ordersPerSecond, before, after }) => [
    number(ordersPerSecond),
    `${share(before)} %`,
    seconds(before.latency.p95),
    share(before) < 99 || before.latency.p95 > after.latency.p95 * 1.1 ? reasons(before.throttled) : '',
    `${share(after)} %`,
    seconds(after.latency.p95),
  ]),
)}

"Completed before" is what a shop sees that grows without a change. What is refused at the API was never accepted; what waits is completed later.

### What to raise, shard or change

${table(
  ['orders per second', 'what binds at how many', 'what to do'],
  ladder.flatMap(({ ordersPerSecond, changes, cells, after }) =>
    cells > 1
      ? [[number(ordersPerSecond), '', `${cells} cells of ${number(ordersPerSecond / cells)} orders per second`]]
      : changes.length > 0
        ? changes.map(({ name, bindsAt, remedy }) => [number(ordersPerSecond), `${name}: ${number(bindsAt)}`, remedy])
        : [[number(ordersPerSecond), 'nothing', `nothing; ${after.mostConcurrent} Lambda invocations at once at most`]],
  ),
)}

A **cell** is this stack in an account or region of its own. A customer belongs to one, by a hash of the id, so that the caps hold; a product's
stock is divided between the cells, as it is between rows [below](#one-products-row). Nothing else is shared. A quota that is raised a
hundredfold is a wish; a cell needs no more than the step for ${number(ladder.findLast(({ cells }) => cells === 1)?.ordersPerSecond ?? 0)} lists.

### How long it takes to grow

Lambda adds ${number(QUOTAS.lambdaScaling.value)} environments to a function in 10 seconds, the pipe ${QUOTAS.pipeMorePerMinute.value} batches per minute. From a standstill, at least:

${table(
  ['orders per second', 'functions', 'pipe'],
  ladder
    .filter(({ cells, ordersPerSecond }) => cells === 1 && ordersPerSecond >= 100)
    .map(({ ordersPerSecond, grow }: Rung) => [number(ordersPerSecond), grown(grow.functions), grown(grow.pipe)]),
)}

The queue keeps the orders meanwhile. A table on demand doubles its best half hour; \`WarmThroughput\` is there at once.

## One popular product

ReserveInventory and CompleteOrder each write the product's row in a transaction, which cancels every other that comes while it
lasts: there is no queue. inventory tries five times within a second, and the workflow's retriers after it.

![Completed orders of one product, by how many come](images/scaling-one-product.svg)

${table(
  ['orders per second of one product', 'rows', 'completed per second', 'p95', 'failed in the minute'],
  oneProduct
    .filter(({ ordersPerSecond }) => [10, 30, 50, 75, 100, 200].includes(ordersPerSecond))
    .map(({ rows, ordersPerSecond, completedPerSecond, p95, failed }) => [
      number(ordersPerSecond),
      String(rows),
      number(completedPerSecond),
      seconds(p95),
      number(failed),
    ]),
)}

Those that fail are refunded and tell INTERNAL: their retries were used up while the row was taken.

## A flash sale

10,000 buyers come within a minute, each for one of 1,000 units of one product. A buyer who is refused by a throttle tries again up to
ten times, after up to ten seconds.

![Units sold by time](images/scaling-flash-sale.svg)

${table(
  [
    'sale',
    'sold',
    'sold out after',
    'p50 of those who got one',
    'p95',
    'failed as sold out',
    'failed with INTERNAL',
    'refused at the API',
  ],
  flash.map(({ name, outcome }) => [
    name,
    number(outcome.sold),
    seconds(outcome.soldOutAt),
    seconds(outcome.latency.p50),
    seconds(outcome.latency.p95),
    number(outcome.failed.OUT_OF_STOCK ?? 0),
    number(outcome.failed.INTERNAL ?? 0),
    number(sum(outcome.refused)),
  ]),
)}

As deployed, ${number(deployed?.outcome.failed.OUT_OF_STOCK ?? 0)} buyers have their money held, and get it back, for a product that was sold out when they came. Each such order
passes ${failedStates} states, $${perMillion('transition', failedStates)} per million. create-order reads the product's row anyway; if it refused what that row shows as sold out, ${number(
    flash.find(({ name }) => name === 'raised, sold out refused by create-order')?.outcome.refused['sold out'] ?? 0,
  )} of
${number(raised?.outcome.entered ?? 0)} would be told at once. With 8 rows as well, a buyer who gets one waits ${seconds(quick?.outcome.latency.p50)} in place of ${seconds(raised?.outcome.latency.p50)}.

## More starts than StartExecution allows

dispatch-orders retries a throttled start within the run, then the message is hidden for the queue's ${number(results.deployment.queue.visibilityTimeout)} seconds, ${results.deployment.queue.maxReceives} times at
most. At a rate above the quota, for ${tooManyStarts[0]?.minutes} minutes:

${table(
  ['orders per second', 'completed', 'p50', 'p95', 'waiting at the end', 'dead letters'],
  tooManyStarts.map(({ ordersPerSecond, outcome }) => [
    number(ordersPerSecond),
    `${share(outcome)} %`,
    seconds(outcome.latency.p50),
    seconds(outcome.latency.p95),
    `${percent(outcome.waiting, outcome.entered)} %`,
    `${percent(outcome.deadLetters, outcome.entered)} %`,
  ]),
)}

So ApiRequestsPerSecond stays below the quota of StartExecution: an order that is refused at the door is better than one in the dead-letter
queue, from which an operator has to replay it. At the quota itself there was none.

## A new account

AWS says that a new account has less, and not how much. Here it begins cold, with these:

${quotaTable(NEW_ACCOUNT)}

![What a new account does with its orders](images/scaling-new-account.svg)

${table(
  ['orders per second', 'completed', 'p95', 'refused', 'waiting', 'what turned away'],
  newAccount.map(({ ordersPerSecond, outcome }) => [
    number(ordersPerSecond),
    `${share(outcome)} %`,
    seconds(outcome.latency.p95),
    `${percent(sum(outcome.refused), outcome.entered)} %`,
    `${percent(outcome.waiting, outcome.entered)} %`,
    reasons(outcome.throttled),
  ]),
)}

By itself each limit is reached at:

${limitTable(newAccountLimits.slice(0, 5))}

A request that Lambda throttles is refused: the customer sees an error and orders again. Inside the workflow the retriers wait it out. So in a new account,
in this order: leave the sandbox of SES, have the Lambda concurrency raised to ${number(QUOTAS.lambdaConcurrency.value)}, and only then \`ReservedConcurrency\`, which needs five times its number and
100 more.

## Designs on paper

Neither is built. What binds below 300 orders per second is a parameter, a setting of the e-mails, a quota, or a product that all want
at once; no status does.

### One product's row

The stock of a product lies on N rows, \`<productId>#<n>\`, each with available, reserved and sold; the product's own row keeps
name, price, N and whether it is sold out.

- **Reserve**: a row by a hash of the order's id, so that a repeat takes the same one. When its condition refuses, the next in turn, N at most;
  OutOfStock when all refused. The order notes the row in the same transaction; CompleteOrder and ReleaseInventory write that one.
- **Rebalance**: a row below a tenth of its share takes half of the fullest row's, in one transaction on two rows with conditions on both. Whoever meets the
  empty row does it, at most once per second and product. Sums stay as they are, so that the invariants of reconcile hold for the sum.
- **Sold out**: the first order that finds all rows empty writes it on the product's row; a release or new stock takes it back. create-order
  reads that row already.
- **What it gives up**: an order for more than one row has must rebalance first, or take from two. The number of units left is a sum, and exact only when nothing moves.
- **N**: orders per second of that product by ${number(best / 2)}, at least 1. One row is the case N = 1: nothing changes for products that sell slowly.
- **What it costs**: nothing for an order whose first row has stock. Each refused try is a transaction of 4 write units, $${perMillion('write', 4)} per million; each
  rebalancing the same. A page of products with exact stock reads N rows more, $${perMillion('read', 0.5)} per million rows. The protocol's model gets the row as
  a choice of each reservation, ${'`docs/protocol-model/check.py`'} first.

### The status index

All orders of a status lie in one partition, and new ones at its end, which DynamoDB cannot split by heat. An order's entry and removal are 2 write units in
PENDING and 2 in PROCESSING, so that ${number(QUOTAS.partitionWrites.value)} units carry ${number(limits.find(({ name }) => name.startsWith('status-index'))?.ordersPerSecond ?? 0)} orders per second. Then the *table's* writes are throttled as well.

- **Spread keys**: the index's key becomes \`statusKey\`, \`<status>#<n>\`, n by a hash of the order's id, N keys. The three that ask (admin-overview,
  the operators' list, reconcile) ask N times at once and merge by createdAt; a page token then has N positions. Writers set \`statusKey\` where they set \`status\`.
  Rows without it are found by the old index until a sweep has written it: two deployments, no stop.
- **What it costs**: no more writes. Each question is N queries: $${perMillion('read', 0.5)} per million more for each key, and an answer is as late as the slowest.
- **Sparse instead**: an index of open orders only, whose key is removed at the end, needs 2 units per order and not ${number(sum(calibration.statusIndex))}: $${perMillion('write', sum(calibration.statusIndex) - 2)} less per million
  orders. But one key of it binds at the same rate, and operators could not list completed orders. Together with N keys it is the
  cheapest: take it when the list of completed orders has moved to the archive.
- The sandbox's ledger has the same fault (touched-index, one key for each day), at ${number(limits.find(({ name }) => name.startsWith('touched-index'))?.ordersPerSecond ?? 0)} orders per second. A real provider has no ledger here. It has
  limits of its own, which its contract tells.

## The model

\`npm run simulate\` runs it, with seed ${results.seed}: the same seed gives the same page. It is a discrete-event simulation; the code is in
[tests/bench/simulate](../tests/bench/simulate/shop.ts), and \`tests/unit/simulate-building-blocks.test.ts\` holds its parts against closed forms.
Above 200 orders per second one simulated order stands for several, and every throughput, concurrency and the number of products are divided by as many.

- From the template: ApiRequestsPerSecond, the pipe's batch, the queue's timeout and receives, each function's memory, the workers of the
  e-mails, the stream's batch. From the workflows: states, order, retriers, and where errors lead. A test fails when they have changed since.
- Counted (${calibration.source}): invocations, calls of AWS, write units by table and index, events.
- Not in it: sign-in, pages, cancels, declined cards, an unavailable provider, a function's own timeout, and DynamoDB's saved burst, which it gives as it likes.

What that makes of a function's invocation, warm, in the middle:

${table(
  ['function', 'calls of AWS', 'ms of a core', 'median'],
  Object.entries(calibration.functions)
    .filter(([name]) => name !== 'publish-order-events')
    .map(([name, { invocations, calls, cpuMs }]) => [
      name,
      number(calls / invocations),
      number(cpuMs / invocations),
      `${number(secondsOf(calibration, name, results.deployment.memory[name] ?? 0) * 1000)} ms`,
    ]),
)}

The emulator needs many times that processor time in a short run, because every copy of a function begins cold; docs/costs.md tells how it was
computed. Functions that take three times as long reach Lambda's concurrency at a third of the rate, and so do the workers of the e-mails.

Assumed, because neither the template nor the local cloud tells:

${table(
  ['what', 'value'],
  [
    ['wait for each answer of AWS', `${ASSUMED_IN_MODEL.waitMsPerCall} ms`],
    ['a whole core', `${number(ASSUMED_IN_MODEL.wholeCoreMb)} MB`],
    ['cold start', `${ASSUMED_IN_MODEL.coldSeconds * 1000} ms`],
    ['spread of durations', `log-normal, sigma ${ASSUMED_IN_MODEL.durationSigma}`],
    ['a state of a Standard workflow', `${ASSUMED_IN_MODEL.stateSeconds * 1000} ms`],
    ['StartExecution', `${ASSUMED_IN_MODEL.startSeconds * 1000} ms`],
    ['a batch of the pipe besides', `${ASSUMED_IN_MODEL.dispatchSeconds * 1000} ms`],
    ['a transaction holds its rows', `${ASSUMED_IN_MODEL.holdSeconds * 1000} ms; the sales above show 5 and 20`],
    ['catalogue', '10,000 products that sell evenly, two in each order'],
  ],
)}

The row's figures move with how long a transaction holds it, and no page of AWS says. \`npm run simulate -- --calibrate\` takes the counts of the last
\`npm run cost\`, and the processor time of a run of the load test, of 1,000 orders or more, when there is one.

### Quotas

Of ${QUOTAS_OF}, in a large region such as us-east-1. "Unverified": known from before, and not found again in what could be read.

${quotaTable(QUOTAS)}
`;
}

const limitTable = (limits: Results['limits']) =>
  table(
    ['orders per second', 'limit', 'made of', 'holds up', 'for twice as much'],
    limits.map(({ name, holdsUp, how, ordersPerSecond, remedy }) => [
      number(ordersPerSecond),
      name,
      how,
      holdsUp,
      remedy,
    ]),
  );

const quotaTable = (quotas: Record<string, Quota>) =>
  table(
    ['quota', 'value', 'can be raised', 'seen', 'page'],
    Object.values(quotas).map(({ what, value, fixed, seen, source }) => [
      what,
      number(value),
      fixed ? 'no' : 'yes',
      seen,
      source,
    ]),
  );

const grown = (value: number) => (value === 0 ? 'at once' : seconds(value));
const percent = (part: number, all: number) => Math.round((part / all) * 1000) / 10;
