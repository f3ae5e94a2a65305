import type { Order, OrderKey, OrderStatus } from '../shared/orders/order.ts';
import { findOrder } from '../shared/orders/order-table.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';
import type { Thresholds } from './decide-order.ts';
import type { PaymentDecision } from './decide-payment.ts';
import {
  backlogOf,
  type OrderOutcome,
  type OrderResources,
  ordersOf,
  overdueNotifications,
  reconcileOrder,
} from './reconcile-orders.ts';
import type { Finding } from './reconcile-report.ts';
import { type LedgerResources, paymentsSince, sweepPayment } from './sweep-ledger.ts';

/** What a run reads and does. `reconcileWork` does it on AWS. */
export interface ReconcileWork {
  /** How many messages are in the orders queue. */
  backlog: () => Promise<number>;
  /** The orders of one status created before a time (ISO 8601), oldest first. */
  ordersOf: (status: OrderStatus, before: string) => AsyncIterable<OrderKey>;
  reconcileOrder: (key: OrderKey, now: number, thresholds: Thresholds) => Promise<OrderOutcome>;
  /** The orders with a notification that is pending since before a time (ISO 8601). */
  overdueNotifications: (before: string) => AsyncIterable<OrderKey>;
  requestNotification: (key: OrderKey) => Promise<void>;
  /** The payments that the provider made or changed since a time (ISO 8601). */
  paymentsSince: (since: string) => AsyncIterable<Payment>;
  sweepPayment: (payment: Payment) => Promise<PaymentDecision>;
  findOrder: (orderId: string) => Promise<Order | undefined>;
  findPayment: (order: Order) => Promise<Payment | undefined>;
  /** Called for everything that was done, or failed, for one order or payment. */
  onFinding: (finding: Finding) => void;
}

/** The work of a run on AWS. */
export function reconcileWork(
  resources: OrderResources & LedgerResources,
  onFinding: ReconcileWork['onFinding'],
): ReconcileWork {
  return {
    backlog: () => backlogOf(resources),
    ordersOf: (status, before) => ordersOf(status, before, resources),
    reconcileOrder: (key, now, thresholds) => reconcileOrder(key, now, thresholds, resources),
    overdueNotifications: (before) => overdueNotifications(before, resources),
    requestNotification: resources.requestNotification,
    paymentsSince: (since) => paymentsSince(since, resources),
    sweepPayment: (payment) => sweepPayment(payment, resources),
    findOrder: (orderId) => findOrder(orderId, resources),
    findPayment: resources.findPayment,
    onFinding,
  };
}
