import type { Order, OrderKey, OrderStatus } from '../shared/orders/order.ts';
import { findOrder } from '../shared/orders/order-table.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';
import type { Thresholds } from './decide-order.ts';
import type { PaymentDecision } from './decide-payment.ts';
import {
  type Backlog,
  backlogOf,
  type OrderOutcome,
  type OrderResources,
  ordersOf,
  overpendingNotifications,
  reconcileOrder,
} from './reconcile-orders.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';
import { type LedgerResources, paymentsSince, sweepPayment } from './sweep-ledger.ts';

export interface ReconcileSettings extends Thresholds, Backlog {
  /** An outcome that is not announced after this is announced by reconcile. */
  notificationMs: number;
  /** How far back the provider's ledger is compared. */
  ledgerMs: number;
}

/** What a run can find and do; `reconcileWork` does it on AWS. */
export interface ReconcileWork {
  /** How many messages wait in the orders queue. */
  backlog: () => Promise<number>;
  /** The orders of one status created before a time (ISO 8601), oldest first. */
  ordersOf: (status: OrderStatus, before: string) => AsyncIterable<OrderKey>;
  /** Looks at one order and does what it needs. */
  help: (key: OrderKey, now: number, thresholds: Thresholds) => Promise<OrderOutcome>;
  /** The orders with an outcome that is unannounced since before a time (ISO 8601). */
  overpendingNotifications: (before: string) => AsyncIterable<OrderKey>;
  requestNotification: (key: OrderKey) => Promise<void>;
  /** The payments that the provider made or changed since a time (ISO 8601). */
  paymentsSince: (since: string) => AsyncIterable<Payment>;
  /** Compares one payment with its order, and gives back what is held for nothing. */
  sweep: (payment: Payment) => Promise<PaymentDecision>;
  findOrder: (orderId: string) => Promise<Order | undefined>;
  findPayment: (order: Order) => Promise<Payment | undefined>;
  /** Told what was done, or could not be done, for one order or payment. */
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
    help: (key, now, thresholds) => reconcileOrder(key, now, thresholds, resources),
    overpendingNotifications: (before) => overpendingNotifications(before, resources),
    requestNotification: resources.requestNotification,
    paymentsSince: (since) => paymentsSince(since, resources),
    sweep: (payment) => sweepPayment(payment, resources),
    findOrder: (orderId) => findOrder(orderId, resources),
    findPayment: resources.findPayment,
    onFinding,
  };
}

export interface Finding {
  code:
    | 'ORDER_MESSAGE_RESENT'
    | 'ORDER_EXECUTION_STARTED'
    | 'ORDER_RESUMED'
    | 'ORDER_ESCALATED'
    | 'NOTIFICATION_SENT_AGAIN'
    | 'ORPHAN_PAYMENT_RETURNED'
    | 'LEDGER_MISMATCH'
    | 'RECONCILE_FAILED';
  orderId?: string;
  error?: Error;
}

/** The time a run may take, and what time it is; both in milliseconds. */
export interface RunClock {
  now: () => number;
  hasTime: () => boolean;
}

export interface ReconcileReport {
  resent: number;
  started: number;
  resumed: number;
  escalated: number;
  notificationsSent: number;
  /** Orders that wait for an operator. */
  needAttention: number;
  paymentsReturned: number;
  ledgerMismatches: number;
  failures: number;
  /** What time did not suffice for; the next run begins with the oldest again. */
  unfinished: Part[];
}

export type Part = 'orders' | 'notifications' | 'ledger';
const PARTS: readonly Part[] = ['orders', 'notifications', 'ledger'];

const FINDINGS = {
  RESEND: ['ORDER_MESSAGE_RESENT', 'resent'],
  START: ['ORDER_EXECUTION_STARTED', 'started'],
  RESUME: ['ORDER_RESUMED', 'resumed'],
  ESCALATE: ['ORDER_ESCALATED', 'escalated'],
} as const satisfies Partial<Record<OrderOutcome, [Finding['code'], keyof ReconcileReport]>>;

/**
 * Finds what every faster way missed: lost messages, executions that died or were never started, notifications that stay
 * due, and money held for orders that ended without it. Idempotent, safe beside itself, and one failing order or part
 * does not keep it from the others.
 *
 * @param request `{}` looks at everything; an `orderId` only at that order, whatever its age.
 */
export async function reconcile(
  request: ReconcileRequest,
  usual: ReconcileSettings,
  clock: RunClock,
  work: ReconcileWork,
): Promise<ReconcileReport> {
  const run = new Run(withRequested(usual, request), clock, work);
  if (request.orderId !== undefined) await run.oneOrder(request.orderId);
  else for (const part of request.parts ?? PARTS) await run.part(part);
  return run.report;
}

function withRequested(usual: ReconcileSettings, request: ReconcileRequest): ReconcileSettings {
  const { pendingAfterSeconds, stuckAfterSeconds, notificationAfterSeconds, ledgerSinceSeconds } = request;
  const isOne = request.orderId !== undefined;
  const age = (seconds: number | undefined, ms: number) => (seconds === undefined ? ms : seconds * 1000);
  return {
    ...usual,
    pendingMs: age(pendingAfterSeconds, isOne ? 0 : usual.pendingMs),
    stuckMs: age(stuckAfterSeconds, isOne ? 0 : usual.stuckMs),
    notificationMs: age(notificationAfterSeconds, isOne ? 0 : usual.notificationMs),
    ledgerMs: age(ledgerSinceSeconds, usual.ledgerMs),
  };
}

class Run {
  readonly report: ReconcileReport = {
    resent: 0,
    started: 0,
    resumed: 0,
    escalated: 0,
    notificationsSent: 0,
    needAttention: 0,
    paymentsReturned: 0,
    ledgerMismatches: 0,
    failures: 0,
    unfinished: [],
  };
  readonly #settings: ReconcileSettings;
  readonly #clock: RunClock;
  readonly #work: ReconcileWork;

  constructor(settings: ReconcileSettings, clock: RunClock, work: ReconcileWork) {
    this.#settings = settings;
    this.#clock = clock;
    this.#work = work;
  }

  async part(part: Part): Promise<void> {
    const work = {
      orders: () => this.#orders(),
      notifications: () => this.#notifications(),
      ledger: () => this.#ledger(),
    }[part];
    await this.#attempt(undefined, async () => {
      if (!(await work())) this.report.unfinished.push(part);
    });
  }

  async oneOrder(orderId: string): Promise<void> {
    const order = await this.#work.findOrder(orderId);
    if (!order) return;
    await this.#order(order);
    if (order.noticeDue !== undefined && order.noticeDue <= this.#before(this.#settings.notificationMs)) {
      await this.#notification(order);
    }
    const payment = await this.#work.findPayment(order);
    if (payment) await this.#payment(payment);
  }

  async #orders(): Promise<boolean> {
    const { pendingMs, stuckMs, nearlyEmpty, maxResendsARun } = this.#settings;
    if ((await this.#work.backlog()) <= nearlyEmpty) {
      const isDone = await this.#each(this.#work.ordersOf('PENDING', this.#before(pendingMs)), (key) =>
        this.report.resent < maxResendsARun ? this.#order(key) : undefined,
      );
      if (!isDone) return false;
    }
    const isDone = await this.#each(this.#work.ordersOf('PROCESSING', this.#before(stuckMs)), (key) =>
      this.#order(key),
    );
    return isDone && this.#countWaiting();
  }

  async #countWaiting(): Promise<boolean> {
    return this.#each(this.#work.ordersOf('NEEDS_ATTENTION', this.#before(0)), () => {
      this.report.needAttention += 1;
    });
  }

  async #notifications(): Promise<boolean> {
    const overdue = this.#work.overpendingNotifications(this.#before(this.#settings.notificationMs));
    return this.#each(overdue, (key) => this.#notification(key));
  }

  async #ledger(): Promise<boolean> {
    return this.#each(this.#work.paymentsSince(this.#before(this.#settings.ledgerMs)), (payment) =>
      this.#payment(payment),
    );
  }

  async #order(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      const outcome = await this.#work.help(key, this.#clock.now(), this.#settings);
      if (outcome === 'LEAVE' || outcome === 'REFUSED') return;
      const [code, counter] = FINDINGS[outcome];
      this.report[counter] += 1;
      this.#work.onFinding({ code, orderId: key.orderId });
    });
  }

  async #notification(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      await this.#work.requestNotification(key);
      this.report.notificationsSent += 1;
      this.#work.onFinding({ code: 'NOTIFICATION_SENT_AGAIN', orderId: key.orderId });
    });
  }

  async #payment(payment: Payment): Promise<void> {
    const { orderId } = payment;
    await this.#attempt(orderId, async () => {
      const decision = await this.#work.sweep(payment);
      if (decision === 'MATCHES') return;
      const isReturned = decision === 'REFUND';
      this.report[isReturned ? 'paymentsReturned' : 'ledgerMismatches'] += 1;
      this.#work.onFinding({ code: isReturned ? 'ORPHAN_PAYMENT_RETURNED' : 'LEDGER_MISMATCH', orderId });
    });
  }

  /** Returns whether there was time for all of them. */
  async #each<Thing>(things: AsyncIterable<Thing>, visit: (thing: Thing) => unknown): Promise<boolean> {
    for await (const thing of things) {
      if (!this.#clock.hasTime()) return false;
      await visit(thing);
    }
    return true;
  }

  async #attempt(orderId: string | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.report.failures += 1;
      this.#work.onFinding({ code: 'RECONCILE_FAILED', error: error as Error, ...(orderId && { orderId }) });
    }
  }

  #before(ageMs: number): string {
    return new Date(this.#clock.now() - ageMs).toISOString();
  }
}
