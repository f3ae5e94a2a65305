import { randomUUID } from 'node:crypto';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { CLIENT_SETTINGS } from '../../functions/shared/aws/client-settings.ts';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { type Order, OUTCOMES } from '../../functions/shared/orders/order.ts';
import { deployedExecution } from '../workflow/faults/fault-bench.ts';
import type { Customer } from './accounts.ts';
import { expectedNotifications, orderViolations, stockViolations } from './invariants.ts';
import type { Notifications } from './notifications.ts';
import { readOrderRow } from './order-rows.ts';
import { orderRequest, placeOrder } from './orders.ts';
import { readPayment } from './payments.ts';
import { readProduct } from './products.ts';
import { sfn } from './stack.ts';
import { waitFor } from './wait-for.ts';

/** Runs tasks, at most `width` of them at once. */
export async function atOnce<T>(width: number, tasks: (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const queue = tasks.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, task] of queue) results[index] = await task();
    }),
  );
  return results;
}

/** Places the same order many times over HTTP, as a client that repeats what got no answer, and returns the ids. */
export function placeMany(
  customer: Customer,
  count: number,
  items: { productId: string; quantity: number }[],
): Promise<string[]> {
  const place = async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    return waitFor('an order to be taken', () => placeOrder(customer, orderRequest(items), headers), { seconds: 120 });
  };
  return atOnce(
    16,
    Array.from({ length: count }, () => place),
  );
}

/** Waits until every order has come to an outcome and its notification was sent, and returns the rows. */
export function settled(orderIds: string[], seconds: number): Promise<Order[]> {
  return atOnce(
    8,
    orderIds.map((orderId) => () => settledOrder(orderId, seconds)),
  );
}

function settledOrder(orderId: string, seconds: number): Promise<Order> {
  return waitFor(
    `order ${orderId} to come to its end`,
    async () => {
      const order = await readOrderRow(orderId);
      const rests = OUTCOMES.some((outcome) => outcome === order.status) && order.noticeDue === undefined;
      return rests && order;
    },
    { seconds, everyMs: 500 },
  );
}

/**
 * What is wrong with orders after their last change, and with the stock of products that only they name. Each order has
 * had one execution. A notification may come again when the history of that execution shows that its sending failed, or
 * was repeated.
 */
export async function violationsOf(
  orders: Order[],
  products: Product[],
  notifications: Notifications,
): Promise<string[]> {
  const ofOrders = await atOnce(
    8,
    orders.map((order) => async () => {
      const payment = await readPayment(order.orderId);
      const delivered = await notifications.arrived(order.orderId, expectedNotifications(order));
      const isRepeated = new Set(delivered).size < delivered.length;
      const notificationsMayRepeat = isRepeated && (await mayHaveRepeated(order));
      return orderViolations({ order, payment, notifications: delivered }, { notificationsMayRepeat });
    }),
  );
  const now = await Promise.all(products.map(({ productId }) => readProduct(productId)));
  const initially = new Map(products.map(({ productId, available }) => [productId, available]));
  return [...ofOrders.flat(), ...stockViolations(now, initially, orders)];
}

/**
 * Whether the sending of its notification failed, or took so long that the client of SNS repeated it by itself. That
 * happens where the emulator is slow, and no history tells of it.
 */
async function mayHaveRepeated({ orderId }: Order): Promise<boolean> {
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn: deployedExecution(orderId), maxResults: 1000 }),
  );
  const entered = events.findIndex(({ stateEnteredEventDetails: state }) => state?.name?.startsWith('Notify'));
  const ofNotify = entered < 0 ? [] : events.slice(entered);
  const [first, last] = [ofNotify[0]?.timestamp, ofNotify.at(-1)?.timestamp];
  const tookMs = first && last ? last.getTime() - first.getTime() : 0;
  return (
    ofNotify.some(({ taskFailedEventDetails }) => taskFailedEventDetails) ||
    tookMs >= CLIENT_SETTINGS.sns.requestHandler.requestTimeout
  );
}
