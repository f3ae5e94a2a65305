import { Problem } from '../shared/api/problem.ts';
import { type Actor, auditEntry, auditItem } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { Order } from '../shared/orders/order.ts';
import { cancelExecution, type ExecutionStarter, tryStartExecution } from '../shared/orders/order-execution.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';
import { reopen, requestCancel } from '../shared/orders/order-writes.ts';

/**
 * What a cancel does to an order in its present state.
 *
 * - REQUEST: nothing is captured yet. The execution that owns the order, or the operator's retry, compensates.
 * - REOPEN: the order is completed. A new execution refunds it and releases its stock.
 * - UNDER_WAY: a cancel was accepted before.
 * - CAPTURE_IN_PROGRESS: the order is past the point of no return. It is COMPLETED soon and can be cancelled then.
 * - NOT_CANCELLABLE: the order is failing or has ended.
 */
export type CancelDecision = 'REQUEST' | 'REOPEN' | 'UNDER_WAY' | 'CAPTURE_IN_PROGRESS' | 'NOT_CANCELLABLE';

/** Decides a cancel. docs/protocol.md has the table. */
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

export type CancelResources = OrdersTable & OperationsTable & ExecutionStarter;

const CAPTURE_RETRY_AFTER_SECONDS = '5';
/** Each refused write means that the order changed. No order changes this often during one request. */
const MAX_ATTEMPTS = 5;

/**
 * Cancels an order. Once it has returned, the order ends CANCELLED and never COMPLETED or FAILED. It may be repeated,
 * and then also starts an execution whose first start was lost.
 *
 * @param order as it was read. It may be stale, because the writes are conditional.
 * @param at ISO 8601, UTC.
 * @param by the operator who cancels another customer's order. An audit entry is then written in the same transaction.
 * @returns the order after the write.
 * @throws Problem NOT_CANCELLABLE, or CAPTURE_IN_PROGRESS with Retry-After.
 */
export async function cancelOrder(order: Order, at: string, resources: CancelResources, by?: Actor): Promise<Order> {
  const audit = by && auditItem(auditEntry('ORDER_CANCELLED', order.orderId, by), resources.operationsTable);
  let seen = order;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const decision = decideCancel(seen);
    if (decision === 'NOT_CANCELLABLE') {
      throw new Problem('NOT_CANCELLABLE', 'the order is failing or has ended');
    }
    if (decision === 'CAPTURE_IN_PROGRESS') break;
    if (decision === 'UNDER_WAY') {
      if (seen.executionId === cancelExecution(seen.orderId)) await startCancel(seen, resources);
      return seen;
    }
    const result = await (decision === 'REQUEST'
      ? requestCancel(seen, resources, audit)
      : reopen(seen, at, resources, audit));
    if ('written' in result) {
      if (decision === 'REOPEN') await startCancel(result.written, resources);
      return result.written;
    }
    if (!result.refusedBy) throw new Problem('NOT_FOUND', 'there is no such order');
    seen = result.refusedBy;
  }
  throw new Problem('CAPTURE_IN_PROGRESS', 'the payment is being captured; cancel again in a moment', {
    headers: { 'retry-after': CAPTURE_RETRY_AFTER_SECONDS },
  });
}

function startCancel(order: Order, starter: ExecutionStarter): Promise<void> {
  return tryStartExecution(starter, cancelExecution(order.orderId), order);
}
