import type { OrderKey } from '../shared/orders/order.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';
import type { OrderOutcome } from './reconcile-orders.ts';
import { emptyReport, type Finding, PARTS, type Part, type ReconcileReport } from './reconcile-report.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';
import { type ReconcileSettings, settingsFor } from './reconcile-settings.ts';
import type { ReconcileWork } from './reconcile-work.ts';

/** The clock of a run. */
export interface RunClock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Whether another order or payment can be started. */
  hasTime: () => boolean;
}

/** How each outcome of an order is reported. */
const REPORTED_AS = {
  RESEND: ['ORDER_MESSAGE_RESENT', 'resent'],
  START: ['ORDER_EXECUTION_STARTED', 'started'],
  RESUME: ['ORDER_RESUMED', 'resumed'],
  ESCALATE: ['ORDER_ESCALATED', 'escalated'],
} as const satisfies Partial<Record<OrderOutcome, [Finding['code'], keyof ReconcileReport]>>;

/**
 * Finds and repairs what the faster ways missed: lost messages, executions that died or were never started, overdue
 * notifications, and money held for orders that ended without it. A run is idempotent, and two runs may overlap. A
 * failure with one order or one part does not stop the others.
 *
 * @param request `{}` reconciles everything. An `orderId` reconciles that order alone, however young it is.
 */
export async function reconcile(
  request: ReconcileRequest,
  defaults: ReconcileSettings,
  clock: RunClock,
  work: ReconcileWork,
): Promise<ReconcileReport> {
  const run = new Run(settingsFor(request, defaults), clock, work);
  if (request.orderId !== undefined) await run.oneOrder(request.orderId);
  else for (const part of request.parts ?? PARTS) await run.part(part);
  return run.report;
}

class Run {
  readonly report = emptyReport();
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
    await this.#reconcileOrder(order);
    if (order.noticeDue !== undefined && order.noticeDue <= this.#before(this.#settings.notificationMs)) {
      await this.#requestNotification(order);
    }
    const payment = await this.#work.findPayment(order);
    if (payment) await this.#sweepPayment(payment);
  }

  async #orders(): Promise<boolean> {
    const { pendingMs, stuckMs, maxBacklog, maxResendsPerRun } = this.#settings;
    if ((await this.#work.backlog()) <= maxBacklog) {
      const isDone = await this.#each(this.#work.ordersOf('PENDING', this.#before(pendingMs)), (key) =>
        this.report.resent < maxResendsPerRun ? this.#reconcileOrder(key) : undefined,
      );
      if (!isDone) return false;
    }
    const isDone = await this.#each(this.#work.ordersOf('PROCESSING', this.#before(stuckMs)), (key) =>
      this.#reconcileOrder(key),
    );
    return isDone && this.#countNeedAttention();
  }

  async #countNeedAttention(): Promise<boolean> {
    return this.#each(this.#work.ordersOf('NEEDS_ATTENTION', this.#before(0)), () => {
      this.report.needAttention += 1;
    });
  }

  async #notifications(): Promise<boolean> {
    const overdue = this.#work.overdueNotifications(this.#before(this.#settings.notificationMs));
    return this.#each(overdue, (key) => this.#requestNotification(key));
  }

  async #ledger(): Promise<boolean> {
    return this.#each(this.#work.paymentsSince(this.#before(this.#settings.ledgerMs)), (payment) =>
      this.#sweepPayment(payment),
    );
  }

  async #reconcileOrder(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      const outcome = await this.#work.reconcileOrder(key, this.#clock.now(), this.#settings);
      if (outcome === 'LEAVE' || outcome === 'REFUSED') return;
      const [code, counter] = REPORTED_AS[outcome];
      this.report[counter] += 1;
      this.#work.onFinding({ code, orderId: key.orderId });
    });
  }

  async #requestNotification(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      await this.#work.requestNotification(key);
      this.report.notificationsSent += 1;
      this.#work.onFinding({ code: 'NOTIFICATION_SENT_AGAIN', orderId: key.orderId });
    });
  }

  async #sweepPayment(payment: Payment): Promise<void> {
    const { orderId } = payment;
    await this.#attempt(orderId, async () => {
      const decision = await this.#work.sweepPayment(payment);
      if (decision === 'MATCHES') return;
      const isReturned = decision === 'REFUND';
      this.report[isReturned ? 'paymentsReturned' : 'ledgerMismatches'] += 1;
      this.#work.onFinding({ code: isReturned ? 'ORPHAN_PAYMENT_RETURNED' : 'LEDGER_MISMATCH', orderId });
    });
  }

  /** Returns false when the time ran out before the last one. */
  async #each<Thing>(things: AsyncIterable<Thing>, visit: (thing: Thing) => unknown): Promise<boolean> {
    for await (const thing of things) {
      if (!this.#clock.hasTime()) return false;
      await visit(thing);
    }
    return true;
  }

  /** Does some work. Its failure is counted and reported, and the run goes on. */
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
