import type { OrderKey } from '../shared/orders/order.ts';
import { orderIdOf } from '../shared/orders/order-execution.ts';
import { isOrderId } from '../shared/orders/order-id.ts';
import { findOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { escalate } from '../shared/orders/order-writes.ts';

/** An execution of the order workflow that ended, as its event tells. */
export interface EndedExecution {
  name: string;
  status: string;
  /** The execution's input as JSON; absent when it was too long for the event. */
  input?: string | null | undefined;
}

/**
 * - ESCALATED: the order now waits for an operator.
 * - WAITING: the execution had marked it itself before it ended; somebody has to act all the same.
 * - NOT_NEEDED: a designed end, an order that another execution works on, or a repeated event.
 * - NOT_OURS: no order belongs to this execution.
 */
export type EscalateResult = 'ESCALATED' | 'WAITING' | 'NOT_NEEDED' | 'NOT_OURS';

export interface EscalateResources extends OrdersTable {
  requestNotification: (key: OrderKey) => Promise<void>;
  /** Told when the operators could not be told: the notification stays due, and reconcile sends it. */
  onNotifyFailure: (error: unknown) => void;
}

/**
 * Escalates the order of an execution that ended without an outcome, and has its operators told at once.
 *
 * @param at ISO 8601, UTC.
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
  // An order that nobody claimed has no owner; only its first execution can have escalated it then.
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
