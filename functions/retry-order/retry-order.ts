import { Problem } from '../shared/api/problem.ts';
import type { Order } from '../shared/orders/order.ts';
import { type ExecutionStarter, tryStartExecution } from '../shared/orders/order-execution.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';
import { resume } from '../shared/orders/order-writes.ts';

export type RetryResources = OrdersTable & ExecutionStarter;

/** @throws Problem NOT_RETRYABLE unless the order needs attention. */
export function requireNeedsAttention({ status }: Pick<Order, 'status'>): void {
  if (status !== 'NEEDS_ATTENTION') throw notRetryable();
}

/**
 * Resumes an order that needs attention. It goes forward, or compensates when the compensation had begun or a cancel
 * was requested. The name of the new execution is recorded before its start, so that of two simultaneous retries one
 * is refused.
 *
 * @param at ISO 8601, UTC.
 * @returns the order after the write.
 * @throws Problem NOT_RETRYABLE when the order does not need attention, or another retry came first.
 */
export async function retryOrder(order: Order, at: string, resources: RetryResources): Promise<Order> {
  requireNeedsAttention(order);
  const result = await resume(order, at, 'retried by an operator', resources);
  const resumed = 'written' in result ? result.written : undefined;
  if (!resumed?.executionId) throw notRetryable();
  await tryStartExecution(resources, resumed.executionId, resumed);
  return resumed;
}

const notRetryable = () => new Problem('NOT_RETRYABLE', 'only an order that needs attention can be retried');
