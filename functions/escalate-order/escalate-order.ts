import { type ExecutionInput, orderIdOf } from '../shared/orders/order-execution.ts';
import { isOrderId } from '../shared/orders/order-id.ts';
import { findOrder, type OrdersTable } from '../shared/orders/order-table.ts';
import { escalate } from '../shared/orders/order-writes.ts';
import { readCorrelationId } from '../shared/runtime/correlation-id.ts';

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
  requestNotification: (key: ExecutionInput) => Promise<void>;
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
): Promise<{ result: EscalateResult; orderId?: string; correlationId?: string | undefined }> {
  const key = keyIn(execution.input) ?? (await keyOfName(execution.name, resources));
  if (!key || key.orderId !== orderIdOf(execution.name)) return { result: 'NOT_OURS' };
  const { orderId, correlationId } = key;
  const result = await escalate(
    { orderId, createdAt: key.createdAt },
    execution.name,
    at,
    `execution ${execution.status}`,
    resources,
  );
  if ('written' in result) {
    await resources.requestNotification(key).catch(resources.onNotifyFailure);
    return { result: 'ESCALATED', orderId, correlationId };
  }
  const { refusedBy } = result;
  if (!refusedBy) return { result: 'NOT_OURS' };
  // An order that was never claimed has no owner. Only its first execution can have escalated it.
  const owner = refusedBy.executionId ?? orderId;
  const isWaiting = refusedBy.status === 'NEEDS_ATTENTION' && owner === execution.name;
  return { result: isWaiting ? 'WAITING' : 'NOT_NEEDED', orderId, correlationId };
}

function keyIn(input: string | null | undefined): ExecutionInput | undefined {
  try {
    const { orderId, createdAt, ...rest } = JSON.parse(input ?? '{}') as Partial<ExecutionInput>;
    if (typeof orderId !== 'string' || typeof createdAt !== 'string') return undefined;
    const correlationId = readCorrelationId(rest.correlationId);
    return { orderId, createdAt, ...(correlationId !== undefined && { correlationId }) };
  } catch {
    return undefined;
  }
}

async function keyOfName(name: string, resources: EscalateResources): Promise<ExecutionInput | undefined> {
  const orderId = orderIdOf(name);
  const order = isOrderId(orderId) ? await findOrder(orderId, resources) : undefined;
  if (!order) return undefined;
  const { createdAt, correlationId } = order;
  return { orderId, createdAt, ...(correlationId !== undefined && { correlationId }) };
}
