import { randomUUID } from 'node:crypto';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Order } from '../../functions/shared/orders/order.ts';
import { cloudProcesses, cpuBetween, memoryOf } from '../bench/load/cloud-usage.ts';
import { percentilesOf } from '../bench/load/rounds.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { stockViolations } from '../support/invariants.ts';
import { atOnce, settled, violationsOf } from '../support/many-orders.ts';
import { openNotifications } from '../support/notifications.ts';
import { ordersOf } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { tokenOnItsOwn } from '../support/sandbox-account.ts';
import { sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { isFlat, MOST_GROWTH } from './flat.ts';

// Many orders, with what goes wrong in a shop on the way: cards that are declined, requests that are repeated, messages
// that are none, and customers who cancel. Nothing else may use the stack meanwhile.

const ORDERS = Number(process.env.SOAK_ORDERS ?? 10_000);
const IN_FLIGHT = Number(process.env.SOAK_IN_FLIGHT ?? 16);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
/** Orders between two lines of progress. */
const PART = Math.min(1000, Math.ceil(ORDERS / 5));
/** Of each part: tokens last for minutes, and a customer may only have a few cards declined. */
const CUSTOMERS = 64;
const PRODUCTS = 20;
/** Of all orders. */
const SHARES = { declined: 0.05, repeated: 0.02, poison: 0.01, cancelled: 0.01 };
/** Seconds that an order may take. */
const MOST_SECONDS = 120;

interface Placed {
  order: Order;
  /** The API said 202 to a cancel: the order has to end CANCELLED. */
  isCancelAccepted: boolean;
  isDeclined: boolean;
}

/** Latency varies with whatever else the machine does. Only a long run tells whether it grows. */
const ORDERS_FOR_LATENCY = 5000;

/** One line of progress. Milliseconds, and MiB. */
interface Part {
  orders: number;
  p50: number;
  p95: number;
  /** Processor time of the whole local cloud for each order, what the test itself reads included. */
  cpuOfOrder: number;
  emulator: number;
  workers: number;
  memoryOfWorker: number;
}

const random = randomNumbers(SEED);
const happens = (share: number) => random() < share;

test(`${ORDERS} orders come to their end, each once, and none costs more than the first (SOAK_SEED=${SEED})`, async () => {
  console.log(`SOAK_SEED=${SEED} SOAK_ORDERS=${ORDERS}`);
  const run = randomUUID();
  const products = await Promise.all(
    Array.from({ length: PRODUCTS }, () => makeProduct({ available: Math.max(1000, ORDERS) })),
  );
  const deadBefore = await deadLetters();
  const customers: Customer[] = [];
  const placed: Placed[] = [];
  const parts: Part[] = [];
  const violations: string[] = [];
  let poison = 0;
  let repeated = 0;

  while (placed.length < ORDERS) {
    const those = await Promise.all(Array.from({ length: CUSTOMERS }, () => makeCustomer()));
    customers.push(...those);
    const notifications = await openNotifications();
    const before = cloudProcesses();
    // Drawn before anything starts, so that the seed gives the same orders.
    const plans = Array.from({ length: Math.min(PART, ORDERS - placed.length) }, (_, index) => ({
      customer: those[index % CUSTOMERS],
      product: products[Math.floor(random() * PRODUCTS)],
      isDeclined: happens(SHARES.declined),
      isRepeated: happens(SHARES.repeated),
      isPoison: happens(SHARES.poison),
      isCancelled: happens(SHARES.cancelled),
    }));
    const part = await atOnce(
      IN_FLIGHT,
      plans.map(({ customer, product, ...plan }) => async (): Promise<Placed> => {
        if (!customer || !product) throw new Error('there is nobody to order, or nothing');
        if (plan.isPoison) await sendPoison(run);
        const { paymentToken } = tokenOnItsOwn('tok_declined');
        const request = orderRequest(
          [{ productId: product.productId, quantity: 1 }],
          plan.isDeclined ? { paymentToken } : {},
        );
        const headers = { 'Idempotency-Key': randomUUID() };
        const answers = await Promise.all(
          Array.from({ length: plan.isRepeated ? 2 : 1 }, () => takenOrder(customer, request, headers)),
        );
        const orderId = answers[0] ?? '';
        if (answers.some((answer) => answer !== orderId))
          violations.push(`one request became ${answers.join(' and ')}`);
        const isCancelAccepted = plan.isCancelled && (await cancel(customer, orderId));
        const [order] = await settled([orderId], MOST_SECONDS);
        return { order: order as Order, isCancelAccepted, isDeclined: plan.isDeclined };
      }),
    );
    placed.push(...part);
    poison += plans.filter(({ isPoison }) => isPoison).length;
    repeated += plans.filter(({ isRepeated }) => isRepeated).length;
    const rows = part.map(({ order }) => order);
    // Stock is compared at the end, when every order of the products is known.
    violations.push(...(await violationsOf(rows, [], notifications)));
    await notifications.close();
    const cpu = Object.values(cpuBetween(before, cloudProcesses())).reduce((sum, one) => sum + one, 0);
    parts.push({ ...partOf(placed.length, rows), cpuOfOrder: Math.round((cpu * 1000) / rows.length) });
    process.stderr.write(`    of ${ORDERS}: ${JSON.stringify(parts.at(-1))}\n`);
  }

  const orders = placed.map(({ order }) => order);
  const now = await Promise.all(products.map(({ productId }) => readProduct(productId)));
  const initially = new Map(products.map(({ productId, available }) => [productId, available]));
  expect([...violations, ...stockViolations(now, initially, orders)]).toEqual([]);

  // Each order has the end that its customer caused.
  const endOf = ({ order: { status, error }, isCancelAccepted, isDeclined }: Placed) => {
    const end = status === 'FAILED' ? `FAILED by ${error?.code}` : status;
    const expected = isCancelAccepted ? 'CANCELLED' : isDeclined ? 'FAILED by PAYMENT_DECLINED' : 'COMPLETED';
    return { end, expected };
  };
  expect(placed.map(endOf).filter(({ end, expected }) => end !== expected)).toEqual([]);

  // Nothing is lost, and nothing is there twice: the customers have the orders that were answered, and no others.
  const kept = await atOnce(
    4,
    customers.map(
      ({ customerId }) =>
        async () =>
          (await ordersOf(customerId)).map(({ orderId }) => orderId),
    ),
  );
  const placedIds = orders.map(({ orderId }) => orderId);
  expect(new Set(placedIds).size).toBe(ORDERS);
  expect(kept.flat().sort()).toEqual(placedIds.sort());

  // The dead letters are exactly the poison.
  const expected = { ...deadBefore, OrderDlqUrl: (deadBefore.OrderDlqUrl ?? 0) + poison };
  await waitFor(
    'the poison to be dead letters',
    async () => (await deadLetters()).OrderDlqUrl === expected.OrderDlqUrl,
    {
      seconds: 120,
      everyMs: 1000,
    },
  ).catch(() => undefined); // what is there is compared below
  expect(await deadLetters()).toEqual(expected);
  expect(await takePoison(run, poison)).toBe(poison);

  const ends = Map.groupBy(placed, (one) => endOf(one).end);
  const counts = [...ends].map(([end, { length }]) => `${length} ${end}`).join(', ');
  console.log(
    `${counts}; ${repeated} requests repeated, ${poison} of poison\n${parts.map((one) => JSON.stringify(one)).join('\n')}`,
  );
  // The first part starts the workers. The emulator keeps every row, history and log in memory, and so grows with them;
  // the lines above tell by how much.
  const flat = ['memoryOfWorker', 'cpuOfOrder'] as const;
  for (const what of ORDERS < ORDERS_FOR_LATENCY ? flat : ([...flat, 'p50', 'p95'] as const)) {
    const series = parts.slice(1).map((part) => part[what]);
    expect({ what, series, isFlat: isFlat(series, MOST_GROWTH[what]) }).toEqual({ what, series, isFlat: true });
  }
}, 14_400_000);

/** The latency of those that completed, from the order's row to its outcome, and the memory now. */
function partOf(orders: number, rows: Order[]): Omit<Part, 'cpuOfOrder'> {
  const completed = rows.filter(({ status }) => status === 'COMPLETED');
  const { p50, p95 } = percentilesOf(
    completed.map(({ createdAt, history }) => Date.parse(history.at(-1)?.at ?? '') - Date.parse(createdAt)),
  );
  const { emulator, functions, workers } = memoryOf(cloudProcesses());
  return { orders, p50, p95, emulator, workers, memoryOfWorker: Math.round(functions / Math.max(1, workers)) };
}

/** Places an order as a client that repeats, with its key, what was not answered. */
function takenOrder(customer: Customer, request: unknown, headers: Record<string, string>): Promise<string> {
  return waitFor('an order to be taken', () => placeOrder(customer, request, headers), { seconds: MOST_SECONDS });
}

/** Whether the cancel was accepted. An order past its capture may be refused. */
async function cancel({ idToken }: Customer, orderId: string): Promise<boolean> {
  const { status } = await call('POST', `/orders/${orderId}/cancel`, { token: idToken });
  expect([202, 409]).toContain(status);
  return status === 202;
}

/** Puts a message into the queue of orders that is none of an order. */
async function sendPoison(run: string): Promise<void> {
  await sqs.send(
    new SendMessageCommand({ QueueUrl: stack.orderQueueUrl, MessageBody: JSON.stringify({ poison: run }) }),
  );
}

/** How many messages each dead-letter queue holds, by the output that names it. */
async function deadLetters(): Promise<Record<string, number>> {
  const queues = Object.entries(stack.outputs).filter(([name]) => name.endsWith('DlqUrl'));
  const counts = queues.map(async ([name, QueueUrl]) => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const { ApproximateNumberOfMessages: here = 0, ApproximateNumberOfMessagesNotVisible: received = 0 } = Attributes;
    return [name, Number(here) + Number(received)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** Removes this run's poison from the dead letters. Returns how many there were, which are at most `most`. */
async function takePoison(run: string, most: number): Promise<number> {
  const QueueUrl = stack.orderDlqUrl;
  let taken = 0;
  for (let looks = 0; taken < most && looks < most + 20; looks += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30, WaitTimeSeconds: 0 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      if (!Body.includes(run)) continue;
      taken += 1;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  return taken;
}
