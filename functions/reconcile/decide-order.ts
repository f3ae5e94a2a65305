import type { Order } from '../shared/orders/order.ts';
import type { ExecutionState } from '../shared/orders/order-execution.ts';

/** When reconcile looks at an order, and how often it helps before it calls an operator. */
export interface Thresholds {
  /** A PENDING order younger than this waits for its message; also the least time between two resends of it. */
  pendingMs: number;
  /** A PROCESSING order whose status is younger than this is left to its execution. */
  stuckMs: number;
  maxResends: number;
  /** Counts every `-retry-n`, an operator's too. */
  maxRetries: number;
}

/**
 * - LEAVE: it is young, somebody works on it, or it is settled.
 * - RESEND: its message was lost.
 * - START: its execution was recorded and never started.
 * - RESUME: its execution ended without an outcome, and nobody was told.
 * - ESCALATE: help was given as often as it may be; an operator has to look.
 */
export type OrderAction = 'LEAVE' | 'RESEND' | 'START' | 'RESUME' | 'ESCALATE';

/**
 * Decides what an order needs, from its row and from what became of its execution (docs/protocol.md, section 2). Ages
 * only spare work: every action is conditional, so that a wrong guess does no harm.
 *
 * @param now milliseconds since 1970.
 */
export function decideOrder(order: Order, execution: ExecutionState, now: number, thresholds: Thresholds): OrderAction {
  if (!isOverdue(order, now, thresholds) || execution === 'RUNNING') return 'LEAVE';
  const { status, attempts = 0, resends = 0 } = order;
  if (execution === 'ENDED') return attempts < thresholds.maxRetries ? 'RESUME' : 'ESCALATE';
  if (status === 'PROCESSING') return 'START';
  return resends < thresholds.maxResends ? 'RESEND' : 'ESCALATE';
}

/** Whether an order is in a status that should have passed by now; only then is its execution worth asking about. */
export function isOverdue(order: Order, now: number, thresholds: Thresholds): boolean {
  const age = now - Date.parse(order.history.at(-1)?.at ?? order.createdAt);
  if (order.status === 'PROCESSING') return age >= thresholds.stuckMs;
  if (order.status !== 'PENDING' || age < thresholds.pendingMs) return false;
  // Twice as long after each resend: what did not help just now will not help more often.
  const { resentAt, resends = 0 } = order;
  return resentAt === undefined || now - Date.parse(resentAt) >= thresholds.pendingMs * 2 ** resends;
}
