import type { OrderKey, OrderStatus } from '../shared/orders/order.ts';
import { findOrder } from '../shared/orders/order-table.ts';
import type { Notifier } from '../shared/orders/request-notification.ts';
import { type Payments, requestFor } from '../shared/payments/order-payment.ts';
import type { Payment } from '../shared/payments/payment-provider.ts';
import { traced } from '../shared/runtime/tracing.ts';
import { deliverNotifications } from './deliver-notifications.ts';
import {
  backlogOf,
  type OrderOutcome,
  type OrderResources,
  ordersOf,
  overdueNotifications,
  reconcileOrder,
} from './reconcile-orders.ts';
import { emptyReport, type Finding, PARTS, type Part, type ReconcileReport } from './reconcile-report.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';
import { type ReconcileSettings, settingsFor } from './reconcile-settings.ts';
import { paymentsSince, sweepPayment } from './sweep-ledger.ts';
import { type RunClock, workThrough } from './work-through.ts';

/** What a run reads and changes. */
export interface ReconcileResources extends OrderResources, Notifier, Payments {
  clock: RunClock;
  /** Called for everything that was done, or failed, for one order or payment. */
  onFinding: (finding: Finding) => void;
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
  resources: ReconcileResources,
): Promise<ReconcileReport> {
  const run = new Run(settingsFor(request, defaults), resources);
  if (request.orderId !== undefined) await run.oneOrder(request.orderId);
  else for (const part of request.parts ?? PARTS) await run.part(part);
  return run.report;
}

class Run {
  readonly report = emptyReport();
  readonly #settings: ReconcileSettings;
  readonly #with: ReconcileResources;
  #mayResend: Promise<boolean> | undefined;

  constructor(settings: ReconcileSettings, resources: ReconcileResources) {
    this.#settings = settings;
    this.#with = resources;
  }

  async part(part: Part): Promise<void> {
    const work = {
      orders: () => this.#orders(),
      notifications: () => this.#notifications(),
      ledger: () => this.#ledger(),
    }[part];
    await this.#attempt(undefined, async () => {
      if (!(await traced(part, work))) this.report.unfinished.push(part);
    });
  }

  async oneOrder(orderId: string): Promise<void> {
    const order = await findOrder(orderId, this.#with);
    if (!order) return;
    // Whoever names an order does not want it to wait for others.
    this.#mayResend = Promise.resolve(true);
    await this.#reconcileOrder(order);
    if (order.noticeDue !== undefined && order.noticeDue <= this.#before(this.#settings.notificationMs)) {
      await this.#deliver(order);
    }
    await this.#attempt(orderId, async () => {
      const payment = await this.#with.provider.findByOrder(requestFor(order, this.#with));
      if (payment) await this.#sweepPayment(payment);
    });
  }

  /** Stuck orders come first: they may hold money and stock, and a long list of PENDING orders must not hide them. */
  async #orders(): Promise<boolean> {
    const { stuckMs, pendingMs } = this.#settings;
    const parts = [
      () => this.#ordersOf('PROCESSING', stuckMs),
      () => this.#countNeedAttention(),
      () => this.#ordersOf('PENDING', pendingMs),
    ];
    let isDone = true;
    for (const part of parts) {
      await this.#attempt(undefined, async () => {
        isDone = (await part()) && isDone;
      });
    }
    return isDone;
  }

  async #ordersOf(status: OrderStatus, ageMs: number): Promise<boolean> {
    const { clock } = this.#with;
    const { maxOrders, orderMs } = this.#settings;
    let seen = 0;
    for await (const key of ordersOf(status, this.#before(ageMs), this.#with)) {
      if (seen === maxOrders || !clock.hasTime()) return false;
      seen += 1;
      const startedAt = clock.now();
      await this.#reconcileOrder(key);
      const rest = startedAt + orderMs - clock.now();
      if (rest > 0) await clock.pause(rest);
    }
    return true;
  }

  #countNeedAttention(): Promise<boolean> {
    return this.#each(ordersOf('NEEDS_ATTENTION', this.#before(0), this.#with), async () => {
      this.report.needAttention += 1;
    });
  }

  #notifications(): Promise<boolean> {
    const overdue = overdueNotifications(this.#before(this.#settings.notificationMs), this.#with);
    return this.#each(overdue, async (key) => {
      if (!(await this.#deliver(key))) this.report.notificationsOverdue += 1;
    });
  }

  #ledger(): Promise<boolean> {
    const touched = paymentsSince(this.#before(this.#settings.ledgerMs), this.#with.provider);
    return this.#each(touched, (payment) => this.#attempt(payment.orderId, () => this.#sweepPayment(payment)));
  }

  async #reconcileOrder(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      let correlationId: string | undefined;
      const outcome = await reconcileOrder(key, this.#settings, {
        ...this.#with,
        onOrder: (order) => {
          correlationId = order.correlationId;
        },
        now: this.#with.clock.now(),
        mayResend: () => this.#askQueueOnce(),
      });
      if (outcome === 'LEAVE' || outcome === 'REFUSED') return;
      const [code, counter] = REPORTED_AS[outcome];
      this.report[counter] += 1;
      this.#with.onFinding({ code, orderId: key.orderId, ...(correlationId && { correlationId }) });
      if (outcome === 'ESCALATE') await this.#deliver(key);
    });
  }

  /** Whether so few messages wait that a PENDING order must have lost its own. A queue that does not answer says no. */
  #askQueueOnce(): Promise<boolean> {
    this.#mayResend ??= (async () => {
      let isShort = false;
      await this.#attempt(undefined, async () => {
        isShort = (await backlogOf(this.#with)) <= this.#settings.maxBacklog;
      });
      return isShort;
    })();
    return this.#mayResend;
  }

  /** Returns false when the notification is still due. */
  #deliver(key: OrderKey): Promise<boolean> {
    return this.#attempt(key.orderId, async () => {
      const published = await deliverNotifications(key, this.#with);
      this.report.notificationsSent += published;
      if (published > 0) this.#with.onFinding({ code: 'NOTIFICATION_SENT_AGAIN', orderId: key.orderId });
    });
  }

  async #sweepPayment(payment: Payment): Promise<void> {
    const decision = await sweepPayment(payment, this.#with);
    if (decision === 'MATCHES') return;
    const isReturned = decision === 'REFUND';
    this.report[isReturned ? 'paymentsReturned' : 'ledgerMismatches'] += 1;
    const code = isReturned ? 'ORPHAN_PAYMENT_RETURNED' : 'LEDGER_MISMATCH';
    this.#with.onFinding({ code, orderId: payment.orderId });
  }

  #each<Thing>(things: AsyncGenerator<Thing>, visit: (thing: Thing) => Promise<unknown>): Promise<boolean> {
    return workThrough(things, visit, this.#settings.workers, this.#with.clock);
  }

  /** Does some work. Its failure is counted and reported, and the run goes on. Returns whether it succeeded. */
  async #attempt(orderId: string | undefined, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.report.failures += 1;
      this.#with.onFinding({ code: 'RECONCILE_FAILED', error: error as Error, ...(orderId && { orderId }) });
      return false;
    }
  }

  #before(ageMs: number): string {
    return new Date(this.#with.clock.now() - ageMs).toISOString();
  }
}
