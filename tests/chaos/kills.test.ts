import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pidsOf } from '../../local/processes.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { invoke } from '../support/functions.ts';
import { placeMany, settled, violationsOf } from '../support/many-orders.ts';
import { type Notifications, openNotifications } from '../support/notifications.ts';
import { readOrderRow } from '../support/order-rows.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { randomNumbers } from '../support/random-numbers.ts';

// This test kills processes of the local cloud that other tests need. So it runs alone, after them.

const ORDERS = 300;
const RELAY_KILLS = 2;
const run = promisify(execFile);
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);

let customer: Customer;
let notifications: Notifications;

beforeAll(async () => {
  [customer, notifications] = await Promise.all([makeCustomer(), openNotifications()]);
}, 60_000);

afterAll(() => notifications.close());

test(`no order of ${ORDERS} is lost or doubled while relay and Lambda workers are killed (CHAOS_SEED=${seed})`, async () => {
  console.log(`CHAOS_SEED=${seed}`);
  const random = randomNumbers(seed);
  const product = await makeProduct({ available: ORDERS });
  const rest = new AbortController();
  const killed = Promise.all([killRelays(random), killWorkers(random, rest.signal)]);
  const orderIds = await placeMany(customer, ORDERS, [{ productId: product.productId, quantity: 1 }]);
  const helped = helpPending(orderIds, rest.signal);
  const orders = await settled(orderIds, 400).finally(() => rest.abort());
  const [, workers] = await killed;
  await helped;

  expect(new Set(orderIds).size).toBe(ORDERS);
  // Every order has come to an outcome, its notification was sent, and its money and stock balance. Nearly all are
  // completed. An order whose every retry met a kill was undone, or waits for an operator.
  expect(await violationsOf(orders, [product], notifications)).toEqual([]);
  const ends = Map.groupBy(orders, ({ status, error }) => (status === 'FAILED' ? `FAILED ${error?.code}` : status));
  console.log(`killed ${workers} workers; ${[...ends].map(([end, those]) => `${those.length} ${end}`).join(', ')}`);
  const completed = ends.get('COMPLETED')?.length ?? 0;
  expect(await readProduct(product.productId)).toMatchObject({ sold: completed });
  expect(completed).toBeGreaterThan(ORDERS * 0.9);
  const explained = ['COMPLETED', 'FAILED INTERNAL', 'FAILED PAYMENT_UNAVAILABLE', 'NEEDS_ATTENTION'];
  expect([...ends.keys()].filter((end) => !explained.includes(end))).toEqual([]);
  expect(workers).toBeGreaterThan(5);
}, 550_000);

/** Kills the relay while it carries messages, and not so often that a message runs out of its three receives. */
async function killRelays(random: () => number): Promise<void> {
  for (let kill = 0; kill < RELAY_KILLS; kill += 1) {
    await delay(2000 + random() * 5000);
    await run(process.execPath, ['local/relay.ts', 'kill']);
    await delay(random() * 2000);
    await run(process.execPath, ['local/relay.ts', 'start']);
  }
}

/**
 * Helps orders whose message ran out of receives, as the schedule does after ten minutes. A relay that is killed uses up
 * one receive of each message that it carried.
 */
async function helpPending(orderIds: string[], resting: AbortSignal): Promise<void> {
  await delay(60_000, undefined, { signal: resting }).catch(() => undefined);
  while (!resting.aborted) {
    for (const orderId of orderIds) {
      const { status } = await readOrderRow(orderId);
      if (status === 'PENDING') await invoke('ReconcileFunction', { orderId });
    }
    await delay(15_000, undefined, { signal: resting }).catch(() => undefined);
  }
}

/** Kills one worker after another until it is told to stop, and returns how many. */
async function killWorkers(random: () => number, resting: AbortSignal): Promise<number> {
  const cloud = pidsOf('ministack')[0] ?? 0;
  let killed = 0;
  while (!resting.aborted) {
    await delay(200 + random() * 1500);
    const workers = await childrenOf(cloud);
    const victim = workers[Math.floor(random() * workers.length)];
    if (victim === undefined) continue;
    process.kill(victim, 'SIGKILL');
    killed += 1;
  }
  return killed;
}

/** The emulator's own children: one process for each function and concurrent invocation. */
async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, ppid, state] = line.trim().split(/\s+/);
    return Number(ppid) === parent && !state?.startsWith('Z') ? [Number(pid)] : [];
  });
}
