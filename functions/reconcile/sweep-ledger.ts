import type { Order, OrderKey } from '../shared/orders/order.ts';
import { findOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import type { Payment, PaymentProvider } from '../shared/payments/payment-provider.ts';
import { decidePayment, type PaymentDecision } from './decide-payment.ts';

export interface LedgerResources extends OrdersTable {
  listSince: PaymentProvider['listSince'];
  /** The order's payment as the provider has it now. */
  findPayment: (order: Order) => Promise<Payment | undefined>;
  /** Refunds or voids the order's payment; repeating it gives the same answer. */
  refund: (key: OrderKey) => Promise<unknown>;
}

/** Every payment that the provider made or changed since a time (ISO 8601), all pages. */
export async function* paymentsSince(
  since: string,
  { listSince }: Pick<LedgerResources, 'listSince'>,
): AsyncGenerator<Payment> {
  let nextToken: string | undefined;
  do {
    const page = await listSince(since, nextToken);
    yield* page.payments;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Compares one payment with its order, and gives back what is held for an order that ended without it.
 *
 * A listing is old when its last page is read, so that a difference counts only when it is still there in a look at
 * the payment between two reads of an order that did not change.
 */
export async function sweepPayment(listed: Payment, resources: LedgerResources): Promise<PaymentDecision> {
  const { findPayment, refund } = resources;
  const order = await findOrder(listed.orderId, resources);
  if (decidePayment(listed, order) === 'MATCHES') return 'MATCHES';
  if (!order) return 'REPORT';
  const payment = await findPayment(order);
  const again = await findOrder(listed.orderId, resources);
  if (!payment || !again || hasMoved(order, again)) return 'MATCHES';
  const decision = decidePayment(payment, again);
  if (decision === 'REFUND') await refund(again);
  return decision;
}

function hasMoved(before: Order, after: Order): boolean {
  return before.history.length !== after.history.length || before.phase !== after.phase;
}
