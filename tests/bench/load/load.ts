/**
 * Measures how many orders the running local cloud takes to their end, and how long each takes, beside an equally long
 * chain of empty functions through the same emulator, queue, relay and dispatch.
 *
 *   npm run load [-- --rounds 5 --orders 200 --in-flight 32 --rate <orders per second> --profile]
 *
 * Rounds of the two chains take turns. First a fixed number is in flight, which shows what the most is. Then arrivals
 * come at a rate (an open loop): they do not wait for answers, so that a slow answer makes the next ones wait, as it does
 * with customers. With --profile it says what the emulator and the functions were busy with.
 *
 * It writes tests/bench/load/last-run.json and docs/load.md.
 */
import '../../support/only-with-cloud.ts';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { main } from '../../../local/progress.mjs';
import { makeCustomer } from '../../support/accounts.ts';
import { atOnce } from '../../support/many-orders.ts';
import { readOrderRow } from '../../support/order-rows.ts';
import { orderRequest, placeOrder } from '../../support/orders.ts';
import { makeProduct } from '../../support/products.ts';
import { stack } from '../../support/stack.ts';
import { catchTraces } from '../../support/traces.ts';
import { waitFor } from '../../support/wait-for.ts';
import { arrivalTimes, atTimes } from './arrivals.ts';
import { type CpuSeconds, cloudProcesses, cpuBetween } from './cloud-usage.ts';
import { type Chain, openEmptyChain } from './empty-chain.ts';
import { listenForEnds } from './execution-ends.ts';
import { type LastRun, loadDocument, type MeasuredRound } from './load-document.ts';
import { profileCloud } from './profile-cloud.ts';
import { compare, median, type Passage, percentilesOf, roundOf } from './rounds.ts';
import { callsOf } from './traced-calls.ts';

const CUSTOMERS = 32;
const PRODUCTS = 20;
/** Of the orders per second that were possible: the arrivals of the open loop, where no rate is given. */
const OPEN_SHARE = 0.6;
const SEED = 14;
const MOST_WARM_UPS = 6;

interface Passed extends Passage {
  /** Of its execution: the id of the order. */
  name: string;
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    orders: { type: 'string', default: '200' },
    'in-flight': { type: 'string', default: '32' },
    rate: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const ORDERS = Number(options.orders);
const IN_FLIGHT = Number(options['in-flight']);
const root = join(import.meta.dirname, '../../..');

main(async () => {
  const loadAverage = loadavg().map((one) => Math.round(one * 100) / 100);
  const emptyChain = await openEmptyChain();
  const ends = listenForEnds(emptyChain.endsQueueUrl);
  try {
    const orders = await orderChain();

    /** One on its way, from when it was due to the end of its execution. Why it failed when it did. */
    const pass = async (chain: Chain, dueAt: number): Promise<Passed | Error> => {
      try {
        const name = await chain.send();
        return { name, dueAt, endedAt: await ends.endOf(name) };
      } catch (error) {
        return error as Error;
      }
    };
    /** A round of a chain, and what it used. The emulator has come to rest before it. */
    const measured = async (chain: Chain, work: () => Promise<(Passed | Error)[]>) => {
      await comeToRest();
      const before = cloudProcesses();
      const sent = await work();
      const passages = sent.flatMap((one) => (one instanceof Error ? [] : [one]));
      const failures = sent.flatMap((one) => (one instanceof Error ? [one] : []));
      if (failures[0]) console.log(`    ${failures.length} failed, the first: ${failures[0].message}`);
      const after = cloudProcesses();
      const cpu = cpuBetween(before, after);
      const started = after.filter(({ pid }) => !before.some((one) => one.pid === pid)).length;
      const round: MeasuredRound = { ...roundOf(passages), failed: failures.length, started, cpu: named(cpu) };
      if (chain === orders) round.completed = await toCompleted(passages);
      const { p50, p95 } = round.latency;
      console.log(
        `    ${chain.name.padEnd(11)} ${round.perSecond.toFixed(2)} per second, p50 ${p50} ms, p95 ${p95} ms, ${started} workers started`,
      );
      return round;
    };
    const inFlight = (chain: Chain, count: number) =>
      measured(chain, () =>
        atOnce(
          IN_FLIGHT,
          Array.from({ length: count }, () => () => pass(chain, Date.now())),
        ),
      );

    console.log(`warming up, load average ${loadAverage.join(' ')}`);
    for (const chain of [orders, emptyChain]) await warmUp(() => inFlight(chain, IN_FLIGHT * 2));

    const closed: LastRun['closed'] = { inFlight: IN_FLIGHT, orders: [], empty: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      console.log(`round ${round + 1} of ${ROUNDS}: ${ORDERS} of each, ${IN_FLIGHT} in flight`);
      // Each chain goes first in turn.
      for (const chain of round % 2 === 0 ? [orders, emptyChain] : [emptyChain, orders]) {
        closed[chain === orders ? 'orders' : 'empty'].push(await inFlight(chain, ORDERS));
      }
    }

    const rate = Number(options.rate ?? OPEN_SHARE * median(closed.orders.map(({ perSecond }) => perSecond)));
    console.log(`open loop: ${ORDERS} of each, ${rate.toFixed(2)} per second`);
    const open = (chain: Chain) =>
      measured(chain, () => atTimes(arrivalTimes(ORDERS, rate, SEED), (dueAt) => pass(chain, dueAt)));
    const traces = await catchTraces();
    const ordersAtRate = await open(orders);
    await comeToRest();
    await traces.close();
    const openLoop = { rate, orders: ordersAtRate, empty: await open(emptyChain) };

    const run: LastRun = {
      takenOn: new Date().toISOString().slice(0, 10),
      machine: `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
      node: process.versions.node,
      loadAverage,
      states: emptyChain.states,
      closed,
      open: openLoop,
      calls: callsOf(traces.segments()),
      comparison: compare(closed.orders, closed.empty),
    };
    if (options.profile) {
      console.log('profiling');
      run.profile = await profileCloud(nameOf, () => inFlight(orders, ORDERS));
    }
    writeFileSync(join(import.meta.dirname, 'last-run.json'), `${JSON.stringify(run, null, 2)}\n`);
    writeFileSync(join(root, 'docs/load.md'), loadDocument(run));
    const { throughput, p95 } = run.comparison;
    console.log(
      `beside the empty chain: ${throughput} of the throughput, ${p95} times the p95; docs/load.md has the rest`,
    );
  } finally {
    await ends.close();
    await emptyChain.close();
  }
});

/**
 * Repeats a round until it starts almost no worker of a function any more. The emulator starts one for each invocation
 * that comes while all others are busy, and that costs more than the invocation.
 */
async function warmUp(round: () => Promise<MeasuredRound>): Promise<void> {
  for (let rounds = 0; rounds < MOST_WARM_UPS; rounds += 1) {
    const { started = 0, count } = await round();
    if (started < count * 0.05) return;
  }
}

/** Orders of several customers for several products, so that none waits for another's row. */
async function orderChain(): Promise<Chain> {
  const customers = await atOnce(
    4,
    Array.from({ length: CUSTOMERS }, () => () => makeCustomer()),
  );
  const products = await Promise.all(Array.from({ length: PRODUCTS }, () => makeProduct({ available: 1_000_000 })));
  let sent = 0;
  return {
    name: 'orders',
    send() {
      sent += 1;
      const customer = customers[sent % CUSTOMERS];
      const product = products[sent % PRODUCTS];
      if (!customer || !product) throw new Error('there is nobody to order, or nothing');
      return placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 1 }]));
    },
  };
}

/** From the POST to COMPLETED, as the orders' histories tell it. @throws Error for an order that did not complete */
async function toCompleted(passages: Passed[]) {
  const rows = await atOnce(
    4,
    passages.map(
      ({ name }) =>
        () =>
          readOrderRow(name),
    ),
  );
  return percentilesOf(
    rows.map(({ orderId, history, status }, index) => {
      const at = history.find((entry) => entry.status === 'COMPLETED')?.at;
      if (at === undefined) throw new Error(`order ${orderId} is ${status}`);
      return Date.parse(at) - (passages[index]?.dueAt ?? Number.NaN);
    }),
  );
}

/** Waits until the cloud does nothing more for the round before: events and e-mails follow the end of an order. */
async function comeToRest(): Promise<void> {
  await waitFor(
    'the local cloud to come to rest',
    async () => {
      const before = cloudProcesses();
      await pause(1000);
      const used = Object.values(cpuBetween(before, cloudProcesses())).reduce((sum, one) => sum + one, 0);
      return used < 0.15;
    },
    { seconds: 120, everyMs: 0 },
  );
}

/** The function's name in the template, or what else the process is. */
function nameOf(part: string): string {
  const found = Object.entries(stack.functions).find(([, physical]) => physical === part);
  if (found) return found[0].replace(/Function$/, '');
  return /^empty-chain-/.test(part) ? 'empty functions' : part;
}

/** Seconds of the processor by readable names, the smallest left out. */
function named(cpu: CpuSeconds): CpuSeconds {
  const sums: CpuSeconds = {};
  for (const [part, seconds] of Object.entries(cpu)) sums[nameOf(part)] = (sums[nameOf(part)] ?? 0) + seconds;
  return Object.fromEntries(
    Object.entries(sums)
      .filter(([, seconds]) => seconds >= 0.02)
      .sort(([, a], [, b]) => b - a)
      .map(([part, seconds]) => [part, Math.round(seconds * 100) / 100]),
  );
}
