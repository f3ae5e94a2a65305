import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { createOrder } from '../../functions/create-order/create-order.ts';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { call } from '../support/api.ts';
import { invoke } from '../support/functions.ts';
import { expectedNotifications, orderViolations, stockViolations } from '../support/invariants.ts';
import { readOrderRow } from '../support/order-rows.ts';
import { withoutWorkflow } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { heal } from '../support/sandbox-account.ts';
import { sfn, sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { deployedExecution } from '../workflow/faults/fault-bench.ts';
import type { Plan, Step } from '../workflow/faults/fault-plan.ts';
import { taskStates } from '../workflow/faults/machine-copy.ts';
import { openWorld, requestCancel, tellOfEndedExecution, type World } from '../workflow/faults/run-scenario.ts';
import { FORWARD, MATRIX } from '../workflow/faults/scenarios.ts';

// Random interleavings of everything that can happen to a few orders that compete for few goods. Then all faults end,
// operators and reconcile do their work, and the invariants must hold.

const RUNS = Number(process.env.SOAK_RUNS ?? 208);
const LANES = Number(process.env.SOAK_LANES ?? 4);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
/** Short, so that an attempt that hangs times out while its effect may still come. */
const TIMEOUT_SECONDS = 5;

/** What the model knows of each order. Everything else is read from the tables. */
interface Model {
  orders: { isDelivered: boolean }[];
}

interface Placed {
  order: Order;
  /** Executions of the copy that were started for it. */
  executions: string[];
  /** The API said 202 to a cancel: the order has to end CANCELLED. */
  isCancelAccepted: boolean;
}

/** The orders and products of one run. */
interface Corner {
  world: World;
  machine: string;
  products: Product[];
  placed: Placed[];
}

type Command = fc.AsyncCommand<Model, Corner>;

/** A command on the n-th order, counted in a circle. It needs at least one order. */
abstract class OnOrder implements Command {
  readonly nth: number;
  constructor(nth: number) {
    this.nth = nth;
  }
  check({ orders }: Readonly<Model>): boolean {
    return orders.length > 0;
  }
  async run(model: Model, corner: Corner): Promise<void> {
    const index = this.nth % model.orders.length;
    const known = model.orders[index];
    const placed = corner.placed[index];
    if (known && placed) await this.act(placed, corner, known);
  }
  abstract act(placed: Placed, corner: Corner, known: Model['orders'][number]): Promise<void>;
  abstract toString(): string;
}

interface PlacedOrder {
  token: string;
  quantities: [number, number];
  faults: { state: string; plan: Plan }[];
}

class Place implements Command {
  readonly order: PlacedOrder;
  constructor(order: PlacedOrder) {
    this.order = order;
  }
  check({ orders }: Readonly<Model>): boolean {
    return orders.length < 4;
  }
  async run(model: Model, { world, products, placed }: Corner): Promise<void> {
    const { token, quantities, faults } = this.order;
    const [first, second] = quantities;
    const items = products.map(({ productId }, index) => ({ productId, quantity: index === 0 ? first : second }));
    const { order } = await createOrder(
      {
        request: {
          items: items.filter(({ quantity }) => quantity > 0),
          shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
          paymentMethod: 'credit_card',
          paymentToken: `${token}@${randomUUID()}`,
        },
        customerId: world.customer.customerId,
        now: new Date().toISOString(),
      },
      withoutWorkflow,
    );
    for (const { state, plan } of faults) await world.bench.plan(order.orderId, state, plan);
    placed.push({ order, executions: [], isCancelAccepted: false });
    model.orders.push({ isDelivered: false });
  }
  toString = () => `place(${JSON.stringify(this.order)})`;
}

/** Starts the order's execution with its faults. A repetition is what a second delivery does. */
class Deliver extends OnOrder {
  async act(placed: Placed, { world, machine }: Corner, known: Model['orders'][number]): Promise<void> {
    const started = world.bench.start(machine, placed.order);
    if (known.isDelivered) {
      await expect(started).rejects.toThrow(/already exists/i);
      return;
    }
    known.isDelivered = true;
    placed.executions.push(await started);
  }
  toString = () => `deliver(${this.nth})`;
}

/** Sends the order through queue, pipe and dispatch to an execution of the same name on the deployed state machine. */
class DeliverByQueue extends OnOrder {
  async act({ order }: Placed): Promise<void> {
    const MessageBody = JSON.stringify({ orderId: order.orderId, createdAt: order.createdAt });
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody }));
  }
  toString = () => `deliverByQueue(${this.nth})`;
}

class Cancel extends OnOrder {
  async act(placed: Placed, { world }: Corner): Promise<void> {
    const { status } = await requestCancel(world, placed.order.orderId);
    if (status === 202) placed.isCancelAccepted = true;
    else if (status < 500) expect(status).toBe(409);
    // A 5xx does not tell whether the cancel took effect.
  }
  toString = () => `cancel(${this.nth})`;
}

class Retry extends OnOrder {
  async act({ order }: Placed, { world }: Corner): Promise<void> {
    await retry(world, order.orderId);
  }
  toString = () => `retry(${this.nth})`;
}

class Reconcile extends OnOrder {
  async act({ order }: Placed): Promise<void> {
    await invoke('ReconcileFunction', { orderId: order.orderId });
  }
  toString = () => `reconcile(${this.nth})`;
}

class Abort extends OnOrder {
  async act({ order, executions: [executionArn] }: Placed): Promise<void> {
    if (!executionArn) return;
    await sfn.send(new StopExecutionCommand({ executionArn })).catch(() => undefined); // it has ended
    await tellOfEndedExecution(order, order.orderId, 'ABORTED');
  }
  toString = () => `abort(${this.nth})`;
}

class Pause implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  run = () => delay(this.ms);
  toString = () => `pause(${this.ms})`;
}

const TOKENS = [
  'tok_approved',
  'tok_approved',
  'tok_approved',
  'tok_declined',
  'tok_capture_declined',
  'tok_unavailable_once',
  'tok_authorized_then_timeout',
  'tok_captured_then_timeout',
  'tok_refund_unavailable',
];

const failure = fc.constantFrom<Extract<Step, { kind: 'throw' | 'exit' }>>(
  { kind: 'throw', error: 'Lambda.ServiceException' },
  { kind: 'throw', error: 'Lambda.TooManyRequestsException' },
  { kind: 'throw', error: 'DynamoDb.TransactionCanceledException' },
  { kind: 'exit' },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'pass' }) },
  { weight: 3, arbitrary: failure },
  { weight: 4, arbitrary: failure.map((by): Step => ({ kind: 'lose', by })) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'late' }) },
);
const plan: fc.Arbitrary<Plan> = fc.record({ steps: fc.array(step, { maxLength: 3 }), rest: step });
// Most faults are at the Tasks that every order passes.
const state = fc.oneof(fc.constantFrom(...FORWARD), fc.constantFrom(...Object.keys(MATRIX)));
const place = fc
  .record({
    token: fc.constantFrom(...TOKENS),
    quantities: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 2 })),
    faults: fc.uniqueArray(fc.record({ state, plan }), { maxLength: 3, selector: (fault) => fault.state }),
  })
  .map((order) => new Place(order));
const orders = fc.array(place, { minLength: 1, maxLength: 3 });
const nth = fc.nat({ max: 3 });
const commands = fc.commands(
  [
    place,
    nth.map((n) => new Deliver(n)),
    nth.map((n) => new Deliver(n)),
    nth.map((n) => new DeliverByQueue(n)),
    nth.map((n) => new Cancel(n)),
    nth.map((n) => new Retry(n)),
    nth.map((n) => new Reconcile(n)),
    nth.map((n) => new Abort(n)),
    fc.integer({ min: 50, max: 1500 }).map((ms) => new Pause(ms)),
  ],
  { maxCommands: 14, size: 'max' },
);

let world: World;
let machine: string;

beforeAll(async () => {
  world = await openWorld();
  const tasks = taskStates(world.bench.definition);
  machine = await world.bench.machine(tasks, Object.fromEntries(tasks.map((task) => [task, TIMEOUT_SECONDS])));
}, 120_000);

afterAll(() => world.close(), 60_000);

test(`whatever happens to orders in ${RUNS} runs, money, stock and notifications are right (SOAK_SEED=${SEED})`, async () => {
  console.log(`SOAK_SEED=${SEED} SOAK_RUNS=${RUNS}`);
  let done = 0;
  const ends = new Map<string, number>();
  const lane = (index: number) =>
    fc.assert(
      fc.asyncProperty(orders, commands, fc.integer({ min: 0, max: 6 }), async (first, sequence, available) => {
        for (const end of await run([...first, ...sequence], available)) ends.set(end, (ends.get(end) ?? 0) + 1);
        done += 1;
        if (done % 20 === 0) process.stderr.write(`    ${done} of ${RUNS} runs\n`);
      }),
      // Timing does not repeat, so that a smaller counterexample would only be another failure.
      { numRuns: Math.ceil(RUNS / LANES), seed: SEED + index, endOnFailure: true },
    );
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
  console.log(`${done} runs, whose orders ended: ${JSON.stringify(Object.fromEntries(ends))}`);
  expect(done).toBeGreaterThanOrEqual(RUNS);
  // Random orders that do not come to every end prove little.
  expect([...ends.keys()]).toEqual(expect.arrayContaining(['COMPLETED', 'FAILED', 'CANCELLED']));
}, 3_600_000);

/** @returns how the run's orders ended, and `after a retry` for each that an operator had to help. */
async function run(sequence: Iterable<Command>, available: number): Promise<string[]> {
  const products = await Promise.all([makeProduct({ available }), makeProduct({ available, price: 999 })]);
  const corner: Corner = { world, machine, products, placed: [] };
  await fc.asyncModelRun(() => ({ model: { orders: [] }, real: corner }), sequence);
  await Promise.all(corner.placed.map((placed) => bringToRest(placed, corner)));

  const violations: string[] = [];
  const orders: Order[] = [];
  for (const { order, isCancelAccepted } of corner.placed) {
    const row = await readOrderRow(order.orderId);
    orders.push(row);
    const notifications = await world.notifications.arrived(row.orderId, expectedNotifications(row));
    const facts = { order: row, payment: await readPayment(row.orderId), notifications };
    violations.push(...orderViolations(facts, { notificationsMayRepeat: true }));
    if (row.status === 'NEEDS_ATTENTION')
      violations.push(`order ${row.orderId} needs attention although all is healed`);
    if (isCancelAccepted !== (row.status === 'CANCELLED')) {
      violations.push(`order ${row.orderId} is ${row.status}; cancel accepted: ${isCancelAccepted}`);
    }
  }
  const found = await Promise.all(products.map(({ productId }) => readProduct(productId)));
  violations.push(...stockViolations(found, new Map(products.map((one) => [one.productId, one.available])), orders));
  expect(violations).toEqual([]);
  return orders.flatMap(({ status, attempts }) => (attempts ? [status, 'after a retry'] : [status]));
}

/** Ends all faults, and does what operators and the schedule do, until the order has come to its end. */
async function bringToRest(placed: Placed, { world }: Corner): Promise<void> {
  const { orderId } = placed.order;
  await world.bench.heal(orderId);
  await heal(orderId);
  for (const execution of placed.executions) await world.bench.end(execution);
  await waitFor(
    `order ${orderId} to come to its end`,
    async () => {
      const order = await readOrderRow(orderId);
      if (await isWorkedOn(order)) return false;
      if (order.status === 'NEEDS_ATTENTION') await retry(world, orderId);
      else if (['PENDING', 'PROCESSING'].includes(order.status) || order.noticeDue !== undefined) {
        await invoke('ReconcileFunction', { orderId });
      } else return true;
      return false;
    },
    { seconds: 300, everyMs: 400 },
  );
}

/** Whether any execution of the deployed state machine is running for the order. */
async function isWorkedOn({ orderId, attempts = 0 }: Order): Promise<boolean> {
  const retries = Array.from({ length: attempts }, (_, index) => `${orderId}-retry-${index + 1}`);
  for (const name of [orderId, `${orderId}-cancel`, ...retries]) {
    const execution = await sfn
      .send(new DescribeExecutionCommand({ executionArn: deployedExecution(name) }))
      .catch(() => undefined); // there is none of this name
    if (execution?.status === 'RUNNING') return true;
  }
  return false;
}

/** An operator's retry. It is refused when the order does not need attention at that moment. */
async function retry({ operator }: World, orderId: string): Promise<void> {
  const { status } = await call('POST', `/orders/${orderId}/retry`, {
    token: operator.idToken,
    body: { reason: 'a test' },
  });
  if (status < 500) expect([202, 409]).toContain(status);
}
