import type { Order, OrderKey } from '../shared/orders/order.ts';
import { findOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import type { Payment, PaymentProvider } from '../shared/payments/payment-provider.ts';
import { decidePayment, type PaymentDecision } from './decide-payment.ts';

export interface LedgerResources extends OrdersTable {
  listSince: PaymentProvider['listSince'];
  /** The order's payment as the provider has it now. */
  findPayment: (order: Order) => Promise<Payment | undefined>;
  /** Refunds or voids the order's payment. It may be repeated and gives the same answer. */
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
 * Compares one payment with its order, and refunds or voids it when the order ended as FAILED or CANCELLED.
 *
 * The listed payment may be stale. A difference therefore counts only when a new read of the payment shows it, between
 * two reads of the order that show no change.
 */
export async function sweepPayment(listed: Payment, resources: LedgerResources): Promise<PaymentDecision> {
  const { findPayment, refund } = resources;
  const order = await findOrder(listed.orderId, resources);
  if (decidePayment(listed, order) === 'MATCHES') return 'MATCHES';
  if (!order) return 'REPORT';
  const payment = await findPayment(order);
  const again = await findOrder(listed.orderId, resources);
  if (!payment || !again || hasChanged(order, again)) return 'MATCHES';
  const decision = decidePayment(payment, again);
  if (decision === 'REFUND') await refund(again);
  return decision;
}

function hasChanged(before: Order, after: Order): boolean {
  return before.history.length !== after.history.length || before.phase !== after.phase;
}
