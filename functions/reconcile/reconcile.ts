import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { OrderKey } from '../shared/order.ts';
import { findOrder } from '../shared/order-table.ts';
import type { Patience } from './judge-order.ts';
import {
  type Backlog,
  backlogOf,
  type OrderOutcome,
  type OrderResources,
  ordersOf,
  reconcileOrder,
} from './reconcile-orders.ts';
import type { ReconcileRequest } from './reconcile-request.schema.ts';
import { type LedgerResources, paymentsSince, sweepPayment } from './sweep-ledger.ts';

export interface ReconcileSettings extends Patience, Backlog {
  /** An outcome that is not announced after this is announced by reconcile. */
  noticeMs: number;
  /** How far back the provider's ledger is compared. */
  ledgerMs: number;
}

export interface ReconcileResources extends OrderResources, LedgerResources {
  /** Told what was done, or could not be done, for one order or payment. */
  onFinding: (finding: Finding) => void;
}

export interface Finding {
  code:
    | 'ORDER_MESSAGE_RESENT'
    | 'ORDER_EXECUTION_STARTED'
    | 'ORDER_RESUMED'
    | 'ORDER_PARKED'
    | 'NOTICE_SENT_AGAIN'
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
  parked: number;
  noticesSent: number;
  /** Orders that wait for an operator. */
  needAttention: number;
  paymentsReturned: number;
  ledgerMismatches: number;
  failures: number;
  /** What time did not suffice for; the next run begins with the oldest again. */
  unfinished: Part[];
}

export type Part = 'orders' | 'notices' | 'ledger';
const PARTS: readonly Part[] = ['orders', 'notices', 'ledger'];

const FINDINGS = {
  RESEND: ['ORDER_MESSAGE_RESENT', 'resent'],
  START: ['ORDER_EXECUTION_STARTED', 'started'],
  RESUME: ['ORDER_RESUMED', 'resumed'],
  PARK: ['ORDER_PARKED', 'parked'],
} as const satisfies Partial<Record<OrderOutcome, [Finding['code'], keyof ReconcileReport]>>;

/**
 * Finds what every faster way missed: lost messages, executions that died or were never started, notices that stay
 * due, and money held for orders that ended without it. Idempotent, safe beside itself, and one failing order or part
 * does not keep it from the others.
 *
 * @param request `{}` looks at everything; an `orderId` only at that order, whatever its age.
 */
export async function reconcile(
  request: ReconcileRequest,
  usual: ReconcileSettings,
  clock: RunClock,
  resources: ReconcileResources,
): Promise<ReconcileReport> {
  const run = new Run(withRequested(usual, request), clock, resources);
  if (request.orderId !== undefined) await run.oneOrder(request.orderId);
  else for (const part of request.parts ?? PARTS) await run.part(part);
  return run.report;
}

function withRequested(usual: ReconcileSettings, request: ReconcileRequest): ReconcileSettings {
  const { pendingAfterSeconds, stuckAfterSeconds, noticeAfterSeconds, ledgerSinceSeconds } = request;
  const isOne = request.orderId !== undefined;
  const age = (seconds: number | undefined, ms: number) => (seconds === undefined ? ms : seconds * 1000);
  return {
    ...usual,
    pendingMs: age(pendingAfterSeconds, isOne ? 0 : usual.pendingMs),
    stuckMs: age(stuckAfterSeconds, isOne ? 0 : usual.stuckMs),
    noticeMs: age(noticeAfterSeconds, isOne ? 0 : usual.noticeMs),
    ledgerMs: age(ledgerSinceSeconds, usual.ledgerMs),
  };
}

class Run {
  readonly report: ReconcileReport = {
    resent: 0,
    started: 0,
    resumed: 0,
    parked: 0,
    noticesSent: 0,
    needAttention: 0,
    paymentsReturned: 0,
    ledgerMismatches: 0,
    failures: 0,
    unfinished: [],
  };
  readonly #settings: ReconcileSettings;
  readonly #clock: RunClock;
  readonly #resources: ReconcileResources;

  constructor(settings: ReconcileSettings, clock: RunClock, resources: ReconcileResources) {
    this.#settings = settings;
    this.#clock = clock;
    this.#resources = resources;
  }

  async part(part: Part): Promise<void> {
    const work = { orders: () => this.#orders(), notices: () => this.#notices(), ledger: () => this.#ledger() }[part];
    await this.#attempt(undefined, async () => {
      if (!(await work())) this.report.unfinished.push(part);
    });
  }

  async oneOrder(orderId: string): Promise<void> {
    const order = await findOrder(this.#resources.dynamodb, this.#resources.ordersTable, orderId);
    if (!order) return;
    await this.#order(order);
    if (order.noticeDue !== undefined && order.noticeDue <= this.#before(this.#settings.noticeMs)) {
      await this.#notice(order);
    }
    const payment = await this.#resources.findPayment(order);
    if (payment) await this.#payment(payment);
  }

  async #orders(): Promise<boolean> {
    const { pendingMs, stuckMs, nearlyEmpty, maxResendsARun } = this.#settings;
    if ((await backlogOf(this.#resources)) <= nearlyEmpty) {
      const isDone = await this.#each(ordersOf('PENDING', this.#before(pendingMs), this.#resources), (key) =>
        this.report.resent < maxResendsARun ? this.#order(key) : undefined,
      );
      if (!isDone) return false;
    }
    const isDone = await this.#each(ordersOf('PROCESSING', this.#before(stuckMs), this.#resources), (key) =>
      this.#order(key),
    );
    return isDone && this.#countWaiting();
  }

  async #countWaiting(): Promise<boolean> {
    return this.#each(ordersOf('NEEDS_ATTENTION', this.#before(0), this.#resources), () => {
      this.report.needAttention += 1;
    });
  }

  async #notices(): Promise<boolean> {
    const { dynamodb, ordersTable } = this.#resources;
    return this.#each(overdueNotices(this.#before(this.#settings.noticeMs), dynamodb, ordersTable), (key) =>
      this.#notice(key),
    );
  }

  async #ledger(): Promise<boolean> {
    return this.#each(paymentsSince(this.#before(this.#settings.ledgerMs), this.#resources), (payment) =>
      this.#payment(payment),
    );
  }

  async #order(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      const outcome = await reconcileOrder(key, this.#clock.now(), this.#settings, this.#resources);
      if (outcome === 'LEAVE' || outcome === 'REFUSED') return;
      const [code, counter] = FINDINGS[outcome];
      this.report[counter] += 1;
      this.#resources.onFinding({ code, orderId: key.orderId });
    });
  }

  async #notice(key: OrderKey): Promise<void> {
    await this.#attempt(key.orderId, async () => {
      await this.#resources.announce(key);
      this.report.noticesSent += 1;
      this.#resources.onFinding({ code: 'NOTICE_SENT_AGAIN', orderId: key.orderId });
    });
  }

  async #payment(payment: Parameters<typeof sweepPayment>[0]): Promise<void> {
    const { orderId } = payment;
    await this.#attempt(orderId, async () => {
      const verdict = await sweepPayment(payment, this.#resources);
      if (verdict === 'FITS') return;
      const isReturned = verdict === 'GIVE_BACK';
      this.report[isReturned ? 'paymentsReturned' : 'ledgerMismatches'] += 1;
      this.#resources.onFinding({ code: isReturned ? 'ORPHAN_PAYMENT_RETURNED' : 'LEDGER_MISMATCH', orderId });
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
      this.#resources.onFinding({ code: 'RECONCILE_FAILED', error: error as Error, ...(orderId && { orderId }) });
    }
  }

  #before(ageMs: number): string {
    return new Date(this.#clock.now() - ageMs).toISOString();
  }
}

async function* overdueNotices(
  before: string,
  dynamodb: DynamoDBDocumentClient,
  ordersTable: string,
): AsyncGenerator<OrderKey> {
  const pages = paginateScan(
    { client: dynamodb },
    {
      TableName: ordersTable,
      IndexName: 'notice-index',
      FilterExpression: 'noticeDue <= :before',
      ExpressionAttributeValues: { ':before': before },
    },
  );
  for await (const { Items } of pages) yield* (Items ?? []) as OrderKey[];
}
