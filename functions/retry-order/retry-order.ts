import { Problem } from '../shared/api/problem.ts';
import { type Actor, auditEntry, auditItem } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { Order } from '../shared/orders/order.ts';
import { type ExecutionStarter, nextRetry, tryStartExecution } from '../shared/orders/order-execution.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';
import { resume } from '../shared/orders/order-writes.ts';

export type RetryResources = OrdersTable & OperationsTable & ExecutionStarter;

/**
 * Resumes an order that needs attention. It goes forward, or compensates when the compensation had begun or a cancel
 * was requested. The name of the new execution is recorded before its start, so that of two simultaneous retries one
 * is refused. The audit entry is written in the same transaction.
 *
 * @returns the order after the write.
 * @throws Problem NOT_RETRYABLE when the order does not need attention, or another retry came first.
 */
export async function retryOrder(order: Order, by: Actor, resources: RetryResources): Promise<Order> {
  if (order.status !== 'NEEDS_ATTENTION') throw notRetryable();
  const audit = auditItem(auditEntry('ORDER_RETRIED', order.orderId, by), resources.operationsTable);
  const result = await resume(order, by.at, 'retried by an operator', resources, audit);
  if (!('written' in result)) throw notRetryable();
  await tryStartExecution(resources, nextRetry(order).executionId, order);
  return result.written;
}

const notRetryable = () => new Problem('NOT_RETRYABLE', 'only an order that needs attention can be retried');
