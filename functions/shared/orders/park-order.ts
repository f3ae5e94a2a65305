import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { despiteConflicts } from '../aws/conflict.ts';
import type { Order, OrderKey } from './order.ts';
import { unlessRefused } from './order-update.ts';
import { statusChange } from './status-change.ts';

/**
 * Writes NEEDS_ATTENTION for an order whose execution ended without an outcome (write 13 of docs/protocol.md), only if
 * that execution still owns it, or nobody claimed it yet. A designed end, a retry that took over and a repeated event
 * are all refused by this.
 *
 * @param executionId the *name* of the execution that ended; undefined when there never was one.
 * @param at ISO 8601, UTC.
 * @param detail says in the history what happened.
 * @returns the parked order, or the order as it stands when the write was refused (undefined: there is none).
 */
export async function parkOrder(
  { orderId, createdAt }: OrderKey,
  executionId: string | undefined,
  at: string,
  detail: string,
  { dynamodb, ordersTable }: { dynamodb: DynamoDBDocumentClient; ordersTable: string },
): Promise<{ parked: Order } | { refusedBy: Order | undefined }> {
  const written = await despiteConflicts(() =>
    unlessRefused(() =>
      dynamodb.send(
        new UpdateCommand({
          TableName: ordersTable,
          Key: { orderId, createdAt },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...statusChange({
            to: 'NEEDS_ATTENTION',
            from: ['PENDING', 'PROCESSING'],
            at,
            detail,
            // An order has an owner from its claim on, so that PENDING is the one without.
            when: { executionId: [executionId, undefined] },
          }),
        }),
      ),
    ),
  );
  return 'output' in written ? { parked: written.output.Attributes as Order } : written;
}
