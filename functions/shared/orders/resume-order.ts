import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { despiteConflicts } from '../aws/conflict.ts';
import type { Order } from './order.ts';
import { nextRetry } from './order-execution.ts';
import { orderUpdate, type UpdateParts, unlessRefused } from './order-update.ts';
import { statusChange } from './status-change.ts';

/**
 * Records that a new execution goes on with an order (write 15 of docs/protocol.md). The caller then starts exactly
 * the execution that the returned order names. The condition is everything that was read of who owns the order, so
 * that an order which moved on meanwhile is left alone. What the order has done is kept: an undo goes on undoing.
 *
 * @param order PENDING, PROCESSING or NEEDS_ATTENTION, as it was read.
 * @param at ISO 8601, UTC.
 * @param detail says in the history who went on, when the status changes.
 * @returns the order after the write, or undefined when it was refused.
 */
export async function resumeOrder(
  order: Order,
  at: string,
  detail: string,
  { dynamodb, ordersTable }: { dynamodb: DynamoDBDocumentClient; ordersTable: string },
): Promise<Order | undefined> {
  const written = await despiteConflicts(() =>
    unlessRefused(() =>
      dynamodb.send(
        new UpdateCommand({
          TableName: ordersTable,
          Key: { orderId: order.orderId, createdAt: order.createdAt },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...resumption(order, at, detail),
        }),
      ),
    ),
  );
  return 'output' in written ? (written.output.Attributes as Order) : undefined;
}

function resumption(order: Order, at: string, detail: string): UpdateParts {
  const set = nextRetry(order);
  const seen = { executionId: [order.executionId], attempts: [order.attempts] };
  switch (order.status) {
    case 'PROCESSING':
      return orderUpdate({ set, when: { status: ['PROCESSING'], ...seen } });
    case 'PENDING':
    case 'NEEDS_ATTENTION':
      return statusChange({ to: 'PROCESSING', from: [order.status], at, detail, set, when: seen });
    default:
      throw new Error(`an order that is ${order.status} is not resumed`);
  }
}
