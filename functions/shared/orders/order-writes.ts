import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isRefused, retryConflicts, rowOf, type TransactItem, transact } from '../aws/transact.ts';
import { errorName } from '../runtime/error-name.ts';
import { ORDER_STATUSES, type Order, type OrderKey, type OrderPayment } from './order.ts';
import { cancelExecution, nextRetry } from './order-execution.ts';
import { findOrder, IDEMPOTENCY_RECORD, OrderNotFound, type OrdersTable } from './order-table.ts';
import { orderUpdate, ownedBy, type UpdateParts } from './order-update.ts';
import { statusChange } from './status-change.ts';

// Every write that a function makes to an order, each with its number in docs/protocol.md. The file is long so that all
// of them can be read in one place. The workflow makes writes 7, 9, 12 and 13 itself, in its state machine.

/** The order after the write, or the order whose row refused the write (undefined: there is no such row). */
export type OrderWritten = { written: Order } | { refusedBy: Order | undefined };

/**
 * Makes one conditional write to an order. A conflict with another write is retried.
 *
 * @throws TransactionConflictException when every attempt conflicted, and what else DynamoDB throws.
 */
async function updateOrder(
  { orderId, createdAt }: OrderKey,
  update: UpdateParts,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<OrderWritten> {
  const command = new UpdateCommand({
    TableName: ordersTable,
    Key: { orderId, createdAt },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...update,
  });
  return retryConflicts(async () => {
    try {
      const { Attributes } = await dynamodb.send(command);
      return { written: Attributes as Order };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { refusedBy: rowOf<Order>(error.Item) };
    }
  });
}

/**
 * Makes an operator's conditional write to an order together with its audit entry: both are written, or neither. The
 * order comes first, because its condition decides whether the write is still wanted.
 *
 * @param audit undefined when it is the customer's write, which needs no entry.
 * @returns the order as it was read after the write, because a transaction returns no row.
 * @throws TransactionConflict when every attempt conflicted, and what else DynamoDB throws.
 */
async function updateAudited(
  key: OrderKey,
  update: UpdateParts,
  audit: TransactItem | undefined,
  orders: OrdersTable,
): Promise<OrderWritten> {
  if (!audit) return updateOrder(key, update, orders);
  const [refusal] = await transact(orders.dynamodb, [transactUpdate(key, orders.ordersTable, update), audit]);
  if (isRefused(refusal)) return { refusedBy: rowOf<Order>(refusal?.Item) };
  const written = await findOrder(key.orderId, orders);
  if (!written) throw new OrderNotFound(key.orderId);
  return { written };
}

const IS_NEW = 'attribute_not_exists(orderId)';

/** Write 1, for a request without an Idempotency-Key: creates the order under its random id. */
export async function insertOrder(order: Order, { dynamodb, ordersTable }: OrdersTable): Promise<void> {
  try {
    await dynamodb.send(new PutCommand({ TableName: ordersTable, Item: order, ConditionExpression: IS_NEW }));
  } catch (error) {
    // The id is random. The row that has it is this order, written by an attempt whose answer was lost.
    if (errorName(error) !== 'ConditionalCheckFailedException') throw error;
  }
}

/**
 * Write 1, for a request with an Idempotency-Key: creates the order together with its idempotency record, which holds
 * the hash of the request.
 *
 * @returns whether it was written. If not, a request with the same key was first.
 * @throws TransactionConflict when concurrent requests conflict at every attempt.
 */
export async function insertOrderOnce(
  order: Order,
  requestHash: string,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<boolean> {
  const { orderId, createdAt: orderCreatedAt } = order;
  const record = { orderId, createdAt: IDEMPOTENCY_RECORD, requestHash, orderCreatedAt };
  const refusals = await transact(
    dynamodb,
    [record, order].map((Item) => ({ Put: { TableName: ordersTable, Item, ConditionExpression: IS_NEW } })),
  );
  return refusals.length === 0;
}

/** Write 3: an execution becomes the owner of the order. */
export function claim(key: OrderKey, executionId: string, at: string, orders: OrdersTable): Promise<OrderWritten> {
  return updateOrder(key, statusChange({ to: 'PROCESSING', from: ['PENDING'], at, set: { executionId } }), orders);
}

/** Write 5, the order's part of the transaction: records that its stock is reserved. */
export function markReserved(key: OrderKey, executionId: string, ordersTable: string): TransactItem {
  const when = { ...ownedBy(executionId), phase: [undefined], stock: [undefined] } as const;
  return transactUpdate(key, ordersTable, orderUpdate({ set: { stock: 'RESERVED' }, when }));
}

/** Write 6a, the point of no return. It is refused after a requested cancel, and it refuses every later cancel. */
export function closeToCancels(order: Order, executionId: string, orders: OrdersTable): Promise<OrderWritten> {
  const payment: OrderPayment = { status: 'AUTHORIZED', authorized: order.total, captured: 0, refunded: 0 };
  const when = { ...ownedBy(executionId), cancelRequested: [undefined], phase: [undefined, 'CAPTURING'] } as const;
  return updateOrder(order, orderUpdate({ set: { phase: 'CAPTURING', payment }, when }), orders);
}

/** Write 8, after publishing: no notification is pending. Refused when the history has grown since it was read. */
export function markNotified(order: Order, orders: OrdersTable): Promise<OrderWritten> {
  const update = {
    UpdateExpression: 'SET announced = :n REMOVE noticeDue',
    ConditionExpression: 'size(history) = :n',
    ExpressionAttributeValues: { ':n': order.history.length },
  };
  return updateOrder(order, update, orders);
}

/** Write 10, the order's part of the transaction: records that its stock is released. */
export function markReleased(key: OrderKey, seen: 'RESERVED' | 'SOLD', ordersTable: string): TransactItem {
  return transactUpdate(key, ordersTable, orderUpdate({ set: { stock: 'RELEASED' }, when: { stock: [seen] } }));
}

/**
 * Write 13: changes an order whose execution ended without an outcome to NEEDS_ATTENTION. That execution must still own
 * the order, or no execution has claimed it yet. It is refused after a designed end, after a retry, and for a repeated
 * event.
 *
 * @param executionId the *name* of the execution that ended. Undefined when there never was one.
 * @param at ISO 8601, UTC.
 * @param detail what happened, for the history.
 */
export function escalate(
  key: OrderKey,
  executionId: string | undefined,
  at: string,
  detail: string,
  orders: OrdersTable,
): Promise<OrderWritten> {
  // Only a PENDING order has no owner, because the claim sets it.
  const when = { executionId: [executionId, undefined] };
  return updateOrder(
    key,
    statusChange({ to: 'NEEDS_ATTENTION', from: ['PENDING', 'PROCESSING'], at, detail, when }),
    orders,
  );
}

/**
 * Write 14a: requests a cancel. The execution that owns the order, or the operator's retry, then compensates.
 *
 * @param audit the entry of the operator who cancels; undefined when it is the customer.
 */
export function requestCancel(key: OrderKey, orders: OrdersTable, audit?: TransactItem): Promise<OrderWritten> {
  const when = { status: ['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'], phase: [undefined] } as const;
  const set = { cancelRequested: true, cancelledBy: actor(audit) } as const;
  return updateAudited(key, orderUpdate({ set, when }), audit, orders);
}

/**
 * Write 14b: starts the cancel of a completed order. It is one write, so that no order stays COMPLETED after a 202.
 *
 * @param audit the entry of the operator who cancels; undefined when it is the customer.
 */
export function reopen(key: OrderKey, at: string, orders: OrdersTable, audit?: TransactItem): Promise<OrderWritten> {
  const by = actor(audit);
  const executionId = cancelExecution(key.orderId);
  const set = { phase: 'UNDOING', cancelRequested: true, cancelledBy: by, executionId } as const;
  return updateAudited(
    key,
    statusChange({ to: 'PROCESSING', from: ['COMPLETED'], at, detail: 'cancelled after completion', by, set }),
    audit,
    orders,
  );
}

/**
 * Write 15: a new execution resumes the order. The caller then starts the execution that the written order names. The
 * condition is the status and the owner that were read, so that an order with a new status or owner is not changed. The
 * direction is kept: a compensation that has begun goes on.
 *
 * @param order PENDING, PROCESSING or NEEDS_ATTENTION, as it was read.
 * @param at ISO 8601, UTC.
 * @param detail who resumed the order, for the history, when the status changes.
 * @param audit the entry of the operator who retries; undefined when it is reconcile.
 */
export function resume(
  order: Order,
  at: string,
  detail: string,
  orders: OrdersTable,
  audit?: TransactItem,
): Promise<OrderWritten> {
  const set = nextRetry(order);
  const seen = { executionId: [order.executionId], attempts: [order.attempts] };
  switch (order.status) {
    case 'PROCESSING':
      return updateAudited(order, orderUpdate({ set, when: { status: ['PROCESSING'], ...seen } }), audit, orders);
    case 'PENDING':
    case 'NEEDS_ATTENTION':
      return updateAudited(
        order,
        statusChange({ to: 'PROCESSING', from: [order.status], at, detail, by: actor(audit), set, when: seen }),
        audit,
        orders,
      );
    default:
      throw new Error(`an order that is ${order.status} cannot be resumed`);
  }
}

/** Write 16: counts a message before it is sent again. The count limits how often that happens. */
export function countResend(order: Order, at: string, orders: OrdersTable): Promise<OrderWritten> {
  const { resends } = order;
  return updateOrder(
    order,
    orderUpdate({
      set: { resends: (resends ?? 0) + 1, resentAt: at },
      when: { status: ['PENDING'], resends: [resends] },
    }),
    orders,
  );
}

/**
 * Write 17: keeps the provider's id of the order's payment. Only the first id is kept, because the payment of that id
 * would be lost with a second one.
 *
 * @returns the id that the order has afterwards.
 * @throws OrderNotFound
 */
export async function keepPaymentId(key: OrderKey, paymentId: string, orders: OrdersTable): Promise<string> {
  // Without the condition on the status, the write would create a row that does not exist.
  const when = { status: ORDER_STATUSES, paymentId: [undefined, paymentId] };
  const result = await updateOrder(key, orderUpdate({ set: { paymentId }, when }), orders);
  if ('written' in result) return paymentId;
  if (result.refusedBy?.paymentId === undefined) throw new OrderNotFound(key.orderId);
  return result.refusedBy.paymentId;
}

/** Who acts, as the order shows it. Only an operator's act has an audit entry. */
function actor(audit: TransactItem | undefined): 'operator' | undefined {
  return audit && 'operator';
}

function transactUpdate({ orderId, createdAt }: OrderKey, ordersTable: string, update: UpdateParts): TransactItem {
  return {
    Update: {
      TableName: ordersTable,
      Key: { orderId, createdAt },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...update,
    },
  };
}
