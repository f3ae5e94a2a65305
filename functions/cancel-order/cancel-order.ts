import { Problem } from '../shared/api/problem.ts';
import type { Order } from '../shared/orders/order.ts';
import { cancelExecution, type ExecutionStarter, tryStartExecution } from '../shared/orders/order-execution.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';
import { reopen, requestCancel } from '../shared/orders/order-writes.ts';

/**
 * What a cancel means for an order as it stands.
 *
 * - REQUEST: nothing is captured yet; whoever works on the order, or the operator's retry, turns to the undo.
 * - REOPEN: it is completed, and an execution of its own refunds and restocks it.
 * - UNDER_WAY: it was accepted before.
 * - CAPTURE_IN_PROGRESS: past the point of no return; it is COMPLETED soon, and then can be cancelled.
 * - NOT_CANCELLABLE: it is failing or at its end.
 */
export type CancelDecision = 'REQUEST' | 'REOPEN' | 'UNDER_WAY' | 'CAPTURE_IN_PROGRESS' | 'NOT_CANCELLABLE';

/** Decides a cancel by the table of docs/protocol.md, section 2. */
export function decideCancel({
  status,
  phase,
  cancelRequested,
}: Pick<Order, 'status' | 'phase' | 'cancelRequested'>): CancelDecision {
  if (status === 'COMPLETED') return 'REOPEN';
  if (status === 'FAILED' || status === 'CANCELLED') return 'NOT_CANCELLABLE';
  if (phase === 'CAPTURING') return 'CAPTURE_IN_PROGRESS';
  if (phase === 'UNDOING') return cancelRequested ? 'UNDER_WAY' : 'NOT_CANCELLABLE';
  return cancelRequested ? 'UNDER_WAY' : 'REQUEST';
}

export type CancelResources = OrdersTable & ExecutionStarter;

const CAPTURE_RETRY_AFTER_SECONDS = '5';
/** Each refusal means that the order moved on; no honest order moves this often while one request is answered. */
const MAX_ATTEMPTS = 5;

/**
 * Cancels an order; once it returns, the order ends CANCELLED and never COMPLETED or FAILED. Repeating it is safe, and
 * repeats the start of an execution whose start was lost.
 *
 * @param order as it was read; the writes are conditional and correct a stale one.
 * @param at ISO 8601, UTC.
 * @returns the order after the write.
 * @throws Problem NOT_CANCELLABLE, or CAPTURE_IN_PROGRESS with Retry-After.
 */
export async function cancelOrder(order: Order, at: string, resources: CancelResources): Promise<Order> {
  let seen = order;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const decision = decideCancel(seen);
    if (decision === 'NOT_CANCELLABLE') {
      throw new Problem('NOT_CANCELLABLE', 'the order is failing or has reached its end');
    }
    if (decision === 'CAPTURE_IN_PROGRESS') break;
    if (decision === 'UNDER_WAY') {
      if (seen.executionId === cancelExecution(seen.orderId)) await startCancel(seen, resources);
      return seen;
    }
    const result = await (decision === 'REQUEST' ? requestCancel(seen, resources) : reopen(seen, at, resources));
    if ('written' in result) {
      if (decision === 'REOPEN') await startCancel(result.written, resources);
      return result.written;
    }
    if (!result.refusedBy) throw new Problem('NOT_FOUND', 'there is no such order');
    seen = result.refusedBy;
  }
  throw new Problem('CAPTURE_IN_PROGRESS', 'the order is just being paid; cancel again in a moment', {
    headers: { 'retry-after': CAPTURE_RETRY_AFTER_SECONDS },
  });
}

function startCancel(order: Order, starter: ExecutionStarter): Promise<void> {
  return tryStartExecution(starter, cancelExecution(order.orderId), order);
}
