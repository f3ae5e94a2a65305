import type { OrderKey } from '../shared/orders/order.ts';
import { orderIdOf } from '../shared/orders/order-execution.ts';
import { isOrderId } from '../shared/orders/order-id.ts';
import { findOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { escalate } from '../shared/orders/order-writes.ts';

/** An execution of the order workflow that ended, by its event. */
export interface EndedExecution {
  name: string;
  status: string;
  /** The execution's input as JSON. Absent when it was too long for the event. */
  input?: string | null | undefined;
}

/**
 * - ESCALATED: the order is NEEDS_ATTENTION now.
 * - WAITING: the execution itself had changed the order to NEEDS_ATTENTION before it ended.
 * - NOT_NEEDED: the execution ended as designed, another execution owns the order, or the event is repeated.
 * - NOT_OURS: no order belongs to this execution.
 */
export type EscalateResult = 'ESCALATED' | 'WAITING' | 'NOT_NEEDED' | 'NOT_OURS';

export interface EscalateResources extends OrdersTable {
  requestNotification: (key: OrderKey) => Promise<void>;
  /** Called when the notification could not be requested. It stays pending, and `reconcile` sends it. */
  onNotifyFailure: (error: unknown) => void;
}

/**
 * Escalates the order of an execution that ended without an outcome, and requests the notification of the operators.
 *
 * @param at ISO 8601, UTC.
 * @throws what DynamoDB throws.
 */
export async function escalateAfter(
  execution: EndedExecution,
  at: string,
  resources: EscalateResources,
): Promise<{ result: EscalateResult; orderId?: string }> {
  const key = keyIn(execution.input) ?? (await keyOfName(execution.name, resources));
  if (!key || key.orderId !== orderIdOf(execution.name)) return { result: 'NOT_OURS' };
  const { orderId } = key;
  const result = await escalate(key, execution.name, at, `execution ${execution.status}`, resources);
  if ('written' in result) {
    await resources.requestNotification(key).catch(resources.onNotifyFailure);
    return { result: 'ESCALATED', orderId };
  }
  const { refusedBy } = result;
  if (!refusedBy) return { result: 'NOT_OURS' };
  // An order that was never claimed has no owner. Only its first execution can have escalated it.
  const owner = refusedBy.executionId ?? orderId;
  const isWaiting = refusedBy.status === 'NEEDS_ATTENTION' && owner === execution.name;
  return { result: isWaiting ? 'WAITING' : 'NOT_NEEDED', orderId };
}

function keyIn(input: string | null | undefined): OrderKey | undefined {
  try {
    const { orderId, createdAt } = JSON.parse(input ?? '{}') as Partial<OrderKey>;
    return typeof orderId === 'string' && typeof createdAt === 'string' ? { orderId, createdAt } : undefined;
  } catch {
    return undefined;
  }
}

async function keyOfName(name: string, resources: EscalateResources): Promise<OrderKey | undefined> {
  const orderId = orderIdOf(name);
  const order = isOrderId(orderId) ? await findOrder(orderId, resources) : undefined;
  return order && { orderId, createdAt: order.createdAt };
}
