import { type RunClock, reconcile } from '../../functions/reconcile/reconcile.ts';
import type { OrderOutcome } from '../../functions/reconcile/reconcile-orders.ts';
import type { Finding } from '../../functions/reconcile/reconcile-report.ts';
import type { ReconcileSettings } from '../../functions/reconcile/reconcile-settings.ts';
import type { ReconcileWork } from '../../functions/reconcile/reconcile-work.ts';
import type { Order, OrderKey, OrderStatus } from '../../functions/shared/orders/order.ts';
import type { Payment } from '../../functions/shared/payments/payment-provider.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2025-03-06T18:00:00.000Z');
const SETTINGS: ReconcileSettings = {
  pendingMs: 10 * MINUTE,
  stuckMs: 15 * MINUTE,
  notificationMs: 5 * MINUTE,
  ledgerMs: 60 * MINUTE,
  maxResends: 8,
  maxRetries: 5,
  maxBacklog: 10,
  maxResendsPerRun: 3,
};
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE).toISOString();

interface World {
  backlog: number;
  orders: Partial<Record<OrderStatus, string[]>>;
  outcomes: Record<string, OrderOutcome | Error>;
  notifications: string[];
  payments: Record<string, 'MATCHES' | 'REFUND' | 'REPORT' | Error>;
}

/** Work that records what it was asked to do. */
function work(world: Partial<World>) {
  const asked: string[] = [];
  const findings: Finding[] = [];
  const key = (orderId: string): OrderKey => ({ orderId, createdAt: ago(600) });
  const payment = (orderId: string) => ({ orderId }) as Payment;
  async function* each<Thing>(ids: string[], make: (id: string) => Thing) {
    for (const id of ids) yield make(id);
  }
  const result = <Value>(value: Value | Error): Value => {
    if (value instanceof Error) throw value;
    return value;
  };
  const done: ReconcileWork = {
    backlog: async () => world.backlog ?? 0,
    ordersOf: (status, before) => {
      asked.push(`${status} before ${before}`);
      return each(world.orders?.[status] ?? [], key);
    },
    reconcileOrder: async ({ orderId }, _now, { pendingMs }) => {
      asked.push(`help ${orderId} after ${pendingMs / MINUTE}`);
      return result(world.outcomes?.[orderId] ?? 'LEAVE');
    },
    overdueNotifications: (before) => {
      asked.push(`notifications before ${before}`);
      return each(world.notifications ?? [], key);
    },
    requestNotification: async ({ orderId }) => void asked.push(`notify ${orderId}`),
    paymentsSince: (since) => {
      asked.push(`payments since ${since}`);
      return each(Object.keys(world.payments ?? {}), payment);
    },
    sweepPayment: async ({ orderId }) => result(world.payments?.[orderId] ?? 'MATCHES'),
    findOrder: async (orderId) =>
      orderId === 'nobody' ? undefined : ({ ...key(orderId), noticeDue: ago(1) } as Order),
    findPayment: async ({ orderId }) => payment(orderId),
    onFinding: (finding) => findings.push(finding),
  };
  return { done, asked, findings };
}

/** A clock that leaves the run time for so many orders and payments. */
function clock(visits = Number.POSITIVE_INFINITY): RunClock {
  let left = visits;
  return { now: () => NOW, hasTime: () => left-- > 0 };
}

test('checks everything, each with its own threshold', async () => {
  const { done, asked } = work({});
  const report = await reconcile({}, SETTINGS, clock(), done);
  expect(asked).toEqual([
    `PENDING before ${ago(10)}`,
    `PROCESSING before ${ago(15)}`,
    `NEEDS_ATTENTION before ${ago(0)}`,
    `notifications before ${ago(5)}`,
    `payments since ${ago(60)}`,
  ]);
  expect(report).toMatchObject({ failures: 0, unfinished: [] });
});

test('counts and reports what it did', async () => {
  const { done, findings } = work({
    orders: {
      PENDING: ['lost', 'dead', 'moved'],
      PROCESSING: ['never started', 'hopeless'],
      NEEDS_ATTENTION: ['x', 'y'],
    },
    outcomes: { lost: 'RESEND', dead: 'RESUME', moved: 'REFUSED', 'never started': 'START', hopeless: 'ESCALATE' },
    notifications: ['untold'],
    payments: { orphan: 'REFUND', odd: 'REPORT', good: 'MATCHES' },
  });
  await expect(reconcile({}, SETTINGS, clock(), done)).resolves.toEqual({
    resent: 1,
    started: 1,
    resumed: 1,
    escalated: 1,
    notificationsSent: 1,
    needAttention: 2,
    paymentsReturned: 1,
    ledgerMismatches: 1,
    failures: 0,
    unfinished: [],
  });
  expect(findings).toEqual([
    { code: 'ORDER_MESSAGE_RESENT', orderId: 'lost' },
    { code: 'ORDER_RESUMED', orderId: 'dead' },
    { code: 'ORDER_EXECUTION_STARTED', orderId: 'never started' },
    { code: 'ORDER_ESCALATED', orderId: 'hopeless' },
    { code: 'NOTIFICATION_SENT_AGAIN', orderId: 'untold' },
    { code: 'ORPHAN_PAYMENT_RETURNED', orderId: 'orphan' },
    { code: 'LEDGER_MISMATCH', orderId: 'odd' },
  ]);
});

test('leaves pending orders alone while others wait in the queue, and still helps the stuck ones', async () => {
  const { done, asked } = work({ backlog: 11, orders: { PENDING: ['waiting'], PROCESSING: ['stuck'] } });
  await reconcile({ parts: ['orders'] }, SETTINGS, clock(), done);
  expect(asked).not.toContain('help waiting after 10');
  expect(asked).toContain('help stuck after 10');
});

test('sends a limited number of messages in one run', async () => {
  const PENDING = Array.from({ length: 20 }, (_, index) => `lost ${index}`);
  const outcomes = Object.fromEntries(PENDING.map((orderId) => [orderId, 'RESEND' as const]));
  const { done } = work({ orders: { PENDING }, outcomes });
  await expect(reconcile({}, SETTINGS, clock(), done)).resolves.toMatchObject({ resent: SETTINGS.maxResendsPerRun });
});

test('goes on after an order, a payment or a whole part that fails, and reports the failure', async () => {
  const { done, findings } = work({
    orders: { PENDING: ['broken', 'lost'] },
    outcomes: { broken: new Error('throttled'), lost: 'RESEND' },
    payments: { unreachable: new Error('no answer'), orphan: 'REFUND' },
  });
  done.overdueNotifications = () => {
    throw new Error('no index');
  };
  const report = await reconcile({}, SETTINGS, clock(), done);
  expect(report).toMatchObject({ resent: 1, paymentsReturned: 1, failures: 3 });
  expect(findings.filter(({ code }) => code === 'RECONCILE_FAILED')).toEqual([
    { code: 'RECONCILE_FAILED', orderId: 'broken', error: new Error('throttled') },
    { code: 'RECONCILE_FAILED', error: new Error('no index') },
    { code: 'RECONCILE_FAILED', orderId: 'unreachable', error: new Error('no answer') },
  ]);
});

test('stops in time and names what it did not finish', async () => {
  const { done } = work({
    orders: { PROCESSING: ['a', 'b', 'c'] },
    outcomes: { a: 'RESUME', b: 'RESUME', c: 'RESUME' },
    notifications: ['untold'],
    payments: {},
  });
  await expect(reconcile({}, SETTINGS, clock(2), done)).resolves.toMatchObject({
    resumed: 2,
    notificationsSent: 0,
    unfinished: ['orders', 'notifications'],
  });
});

test('checks one named order without thresholds, unless the request gives some', async () => {
  const { done, asked } = work({});
  await expect(reconcile({ orderId: 'a' }, SETTINGS, clock(), done)).resolves.toMatchObject({ notificationsSent: 1 });
  expect(asked).toEqual(['help a after 0', 'notify a']);
  asked.length = 0;
  await reconcile({ orderId: 'a', pendingAfterSeconds: 120, notificationAfterSeconds: 61 }, SETTINGS, clock(), done);
  expect(asked).toEqual(['help a after 2']);
  asked.length = 0;
  await expect(reconcile({ orderId: 'nobody' }, SETTINGS, clock(), done)).resolves.toMatchObject({ failures: 0 });
  expect(asked).toEqual([]);
});

test('uses the thresholds of the request instead of the usual ones', async () => {
  const { done, asked } = work({});
  const ages = {
    pendingAfterSeconds: 60,
    stuckAfterSeconds: 120,
    notificationAfterSeconds: 0,
    ledgerSinceSeconds: 7200,
  };
  await reconcile(ages, SETTINGS, clock(), done);
  expect(asked).toEqual([
    `PENDING before ${ago(1)}`,
    `PROCESSING before ${ago(2)}`,
    `NEEDS_ATTENTION before ${ago(0)}`,
    `notifications before ${ago(0)}`,
    `payments since ${ago(120)}`,
  ]);
});
