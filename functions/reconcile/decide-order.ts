import type { Order } from '../shared/orders/order.ts';
import type { ExecutionState } from '../shared/orders/order-execution.ts';

/** When `reconcile` acts on an order, and how often it does so before it escalates the order. */
export interface Thresholds {
  /** A PENDING order younger than this waits for its message. It is also the time between two resends. */
  pendingMs: number;
  /** A PROCESSING order whose status is younger than this is left to its execution. */
  stuckMs: number;
  maxResends: number;
  /** The limit for all executions `-retry-n`, those of operators included. */
  maxRetries: number;
}

/**
 * - LEAVE: the order is young, an execution works on it, or it has its outcome.
 * - RESEND: its message was lost.
 * - START: its execution was recorded and never started.
 * - RESUME: its execution ended without an outcome.
 * - ESCALATE: it was resent or resumed as often as the thresholds allow. An operator has to act.
 */
export type OrderAction = 'LEAVE' | 'RESEND' | 'START' | 'RESUME' | 'ESCALATE';

/**
 * Decides what an order needs, from its row and the state of its execution. docs/protocol.md explains the rules. A
 * wrong decision does no harm, because every action is conditional. The ages only save work.
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

/** Whether an order has been in its status for too long. Only then is the state of its execution read. */
export function isOverdue(order: Order, now: number, thresholds: Thresholds): boolean {
  const age = now - Date.parse(order.history.at(-1)?.at ?? order.createdAt);
  if (order.status === 'PROCESSING') return age >= thresholds.stuckMs;
  if (order.status !== 'PENDING' || age < thresholds.pendingMs) return false;
  const { resentAt } = order;
  return resentAt === undefined || now - Date.parse(resentAt) >= thresholds.pendingMs;
}
