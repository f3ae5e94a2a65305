import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { retryConflicts, rowOf, type TransactItem, transact } from '../aws/transact.ts';
import { errorName } from '../runtime/error-name.ts';
import { ORDER_STATUSES, type Order, type OrderKey, type OrderPayment } from './order.ts';
import { cancelExecution, nextRetry } from './order-execution.ts';
import { IDEMPOTENCY_RECORD, OrderNotFound, type OrdersTable } from './order-table.ts';
import { orderUpdate, ownedBy, type UpdateParts } from './order-update.ts';
import { statusChange } from './status-change.ts';

// Every write that a function makes to an order, each with the number that it has in docs/protocol.md. The workflow
// makes writes 7, 9, 12 and 13 itself: they are in statemachine/process-order.asl.yaml.

/** The order after the write, or as it stands when its condition refused the write (undefined: there is no such row). */
export type OrderWritten = { written: Order } | { refusedBy: Order | undefined };

/**
 * Makes one conditional write to an order and retries it while it only conflicts with another one.
 *
 * @throws TransactionConflictException when it goes on conflicting, and what else DynamoDB throws.
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

const IS_NEW = 'attribute_not_exists(orderId)';

/** Write 1, for a request without an Idempotency-Key: the order under its random id. */
export async function insertOrder(order: Order, { dynamodb, ordersTable }: OrdersTable): Promise<void> {
  try {
    await dynamodb.send(new PutCommand({ TableName: ordersTable, Item: order, ConditionExpression: IS_NEW }));
  } catch (error) {
    // The id is random. What has it is this very order, written by an attempt whose answer was lost.
    if (errorName(error) !== 'ConditionalCheckFailedException') throw error;
  }
}

/**
 * Write 1, for a request with an Idempotency-Key: the order together with its idempotency record, which holds the hash
 * of the request.
 *
 * @returns whether it was written; if not, a request with the same key was first.
 * @throws TransactionConflict when several such requests at once go on conflicting.
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

/** Write 3: one execution makes the order its own. */
export function claim(key: OrderKey, executionId: string, at: string, orders: OrdersTable): Promise<OrderWritten> {
  return updateOrder(key, statusChange({ to: 'PROCESSING', from: ['PENDING'], at, set: { executionId } }), orders);
}

/** Write 5, the order's part of the transaction: it holds a reservation from now on. */
export function markReserved(key: OrderKey, executionId: string, ordersTable: string): TransactItem {
  return transactUpdate(key, ordersTable, {
    set: { stock: 'RESERVED' },
    when: { ...ownedBy(executionId), phase: [undefined], stock: [undefined] },
  });
}

/** Write 6a: the point of no return. A requested cancel refuses it, and it refuses every cancel after it. */
export function closeToCancels(order: Order, executionId: string, orders: OrdersTable): Promise<OrderWritten> {
  const payment: OrderPayment = { status: 'AUTHORIZED', authorized: order.total, captured: 0, refunded: 0 };
  const when = { ...ownedBy(executionId), cancelRequested: [undefined], phase: [undefined, 'CAPTURING'] } as const;
  return updateOrder(order, orderUpdate({ set: { phase: 'CAPTURING', payment }, when }), orders);
}

/** Write 8, after the publishing: nothing is pending any more, unless the history has grown since it was read. */
export function markNotified(order: Order, orders: OrdersTable): Promise<OrderWritten> {
  const update = {
    UpdateExpression: 'SET announced = :n REMOVE noticeDue',
    ConditionExpression: 'size(history) = :n',
    ExpressionAttributeValues: { ':n': order.history.length },
  };
  return updateOrder(order, update, orders);
}

/** Write 10, the order's part of the transaction: what it held in stock when it was read is given back. */
export function markReleased(key: OrderKey, seen: 'RESERVED' | 'SOLD', ordersTable: string): TransactItem {
  return transactUpdate(key, ordersTable, { set: { stock: 'RELEASED' }, when: { stock: [seen] } });
}

/**
 * Write 13: NEEDS_ATTENTION for an order whose execution ended without an outcome, only if that execution still owns
 * the order, or nobody claimed it yet. A designed end, a retry that took over and a repeated event are refused.
 *
 * @param executionId the *name* of the execution that ended; undefined when there never was one.
 * @param at ISO 8601, UTC.
 * @param detail says in the history what happened.
 */
export function escalate(
  key: OrderKey,
  executionId: string | undefined,
  at: string,
  detail: string,
  orders: OrdersTable,
): Promise<OrderWritten> {
  // An order has an owner from its claim on, so that PENDING is the one without.
  const when = { executionId: [executionId, undefined] };
  return updateOrder(
    key,
    statusChange({ to: 'NEEDS_ATTENTION', from: ['PENDING', 'PROCESSING'], at, detail, when }),
    orders,
  );
}

/** Write 14a: whoever processes the order, or the operator's retry, turns to the undo. */
export function requestCancel(key: OrderKey, orders: OrdersTable): Promise<OrderWritten> {
  const when = { status: ['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'], phase: [undefined] } as const;
  return updateOrder(key, orderUpdate({ set: { cancelRequested: true }, when }), orders);
}

/** Write 14b: a completed order turns to its undo, in one write, so that none that will be cancelled stays COMPLETED. */
export function reopen(key: OrderKey, at: string, orders: OrdersTable): Promise<OrderWritten> {
  const set = { phase: 'UNDOING', cancelRequested: true, executionId: cancelExecution(key.orderId) } as const;
  return updateOrder(
    key,
    statusChange({ to: 'PROCESSING', from: ['COMPLETED'], at, detail: 'cancelled after completion', set }),
    orders,
  );
}

/**
 * Write 15: a new execution goes on with the order. The caller then starts exactly the execution that the written
 * order names. The condition is everything that was read of who owns the order, so that an order which somebody else
 * changed meanwhile is left alone. What the order has done is kept: an undo continues.
 *
 * @param order PENDING, PROCESSING or NEEDS_ATTENTION, as it was read.
 * @param at ISO 8601, UTC.
 * @param detail says in the history who went on, when the status changes.
 */
export function resume(order: Order, at: string, detail: string, orders: OrdersTable): Promise<OrderWritten> {
  const set = nextRetry(order);
  const seen = { executionId: [order.executionId], attempts: [order.attempts] };
  switch (order.status) {
    case 'PROCESSING':
      return updateOrder(order, orderUpdate({ set, when: { status: ['PROCESSING'], ...seen } }), orders);
    case 'PENDING':
    case 'NEEDS_ATTENTION':
      return updateOrder(
        order,
        statusChange({ to: 'PROCESSING', from: [order.status], at, detail, set, when: seen }),
        orders,
      );
    default:
      throw new Error(`an order that is ${order.status} is not resumed`);
  }
}

/** Write 16: counts a message before it is sent again, so that a queue which loses messages is not fed without end. */
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
 * Write 17: keeps the provider's own id of the order's payment. Only the first id is ever kept, because a second one
 * would lose sight of the payment behind the first.
 *
 * @returns the id that the order has from now on.
 * @throws OrderNotFound
 */
export async function keepPaymentId(key: OrderKey, paymentId: string, orders: OrdersTable): Promise<string> {
  // The condition on the status keeps a row that is gone from being made anew.
  const when = { status: ORDER_STATUSES, paymentId: [undefined, paymentId] };
  const result = await updateOrder(key, orderUpdate({ set: { paymentId }, when }), orders);
  if ('written' in result) return paymentId;
  if (result.refusedBy?.paymentId === undefined) throw new OrderNotFound(key.orderId);
  return result.refusedBy.paymentId;
}

function transactUpdate(
  { orderId, createdAt }: OrderKey,
  ordersTable: string,
  write: Parameters<typeof orderUpdate>[0],
): TransactItem {
  return {
    Update: {
      TableName: ordersTable,
      Key: { orderId, createdAt },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...orderUpdate(write),
    },
  };
}
