import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../shared/api/problem.ts';
import { despiteConflicts } from '../shared/aws/conflict.ts';
import type { Order } from '../shared/orders/order.ts';
import { cancelExecution, type OrderWorkflow, startExecution } from '../shared/orders/order-execution.ts';
import { type OrderWrite, orderUpdate, type UpdateParts, unlessRefused } from '../shared/orders/order-update.ts';
import { statusChange } from '../shared/orders/status-change.ts';

/**
 * What a cancel means for an order as it stands.
 *
 * - REQUEST: nothing is captured yet; whoever works on the order, or the operator's retry, turns to the undo.
 * - REOPEN: it is completed, and an execution of its own refunds and restocks it.
 * - UNDER_WAY: it was accepted before.
 * - CAPTURE_IN_PROGRESS: past the point of no return; it is COMPLETED soon, and then can be cancelled.
 * - NOT_CANCELLABLE: it is failing or at its end.
 */
export type CancelVerdict = 'REQUEST' | 'REOPEN' | 'UNDER_WAY' | 'CAPTURE_IN_PROGRESS' | 'NOT_CANCELLABLE';

/** Decides a cancel by the table of docs/protocol.md, section 2. */
export function judgeCancel({
  status,
  phase,
  cancelRequested,
}: Pick<Order, 'status' | 'phase' | 'cancelRequested'>): CancelVerdict {
  if (status === 'COMPLETED') return 'REOPEN';
  if (status === 'FAILED' || status === 'CANCELLED') return 'NOT_CANCELLABLE';
  if (phase === 'CAPTURING') return 'CAPTURE_IN_PROGRESS';
  if (phase === 'UNDOING') return cancelRequested ? 'UNDER_WAY' : 'NOT_CANCELLABLE';
  return cancelRequested ? 'UNDER_WAY' : 'REQUEST';
}

export interface CancelResources {
  dynamodb: DynamoDBDocumentClient;
  ordersTable: string;
  workflow: OrderWorkflow;
  /** Told when the execution could not be started: reconcile starts exactly the recorded name. */
  onStartFailure: (error: unknown, executionId: string) => void;
}

const CAPTURE_RETRY_AFTER_SECONDS = '5';
/** Each refusal means that the order moved on; no honest order moves this often while one request is answered. */
const MOST_MOVES = 5;

/**
 * Cancels an order; once it returns, the order ends CANCELLED and never COMPLETED or FAILED. Repeating it is safe, and
 * repeats the start of an execution whose start was lost.
 *
 * @param order as it was read; the writes are conditional and correct a stale one.
 * @param at ISO 8601, UTC.
 * @returns the order after the write.
 * @throws Problem NOT_CANCELLABLE, or CAPTURE_IN_PROGRESS with Retry-After.
 */
export async function cancelOrder(order: Order, at: string, resources: CancelResources): Promise<Order> {
  let seen = order;
  for (let move = 0; move < MOST_MOVES; move += 1) {
    const verdict = judgeCancel(seen);
    if (verdict === 'NOT_CANCELLABLE') {
      throw new Problem('NOT_CANCELLABLE', 'the order is failing or has reached its end');
    }
    if (verdict === 'CAPTURE_IN_PROGRESS') break;
    if (verdict === 'UNDER_WAY') {
      if (seen.executionId === cancelExecution(seen.orderId)) await startCancel(seen, resources);
      return seen;
    }
    const written = await write(seen, verdict === 'REQUEST' ? requestCancel() : reopen(seen, at), resources);
    if ('output' in written) {
      if (verdict === 'REOPEN') await startCancel(written.output, resources);
      return written.output;
    }
    if (!written.refusedBy) throw new Problem('NOT_FOUND', 'there is no such order');
    seen = written.refusedBy;
  }
  throw new Problem('CAPTURE_IN_PROGRESS', 'the order is just being paid; cancel again in a moment', {
    headers: { 'retry-after': CAPTURE_RETRY_AFTER_SECONDS },
  });
}

/** Write 14a of docs/protocol.md. */
function requestCancel(): UpdateParts {
  const when = { status: ['PENDING', 'PROCESSING', 'NEEDS_ATTENTION'], phase: [undefined] } as const;
  return orderUpdate({ set: { cancelRequested: true }, when } satisfies OrderWrite);
}

/** Write 14b of docs/protocol.md: one write, so that no order that will be cancelled stays COMPLETED. */
function reopen({ orderId }: Order, at: string): UpdateParts {
  return statusChange({
    to: 'PROCESSING',
    from: ['COMPLETED'],
    at,
    detail: 'cancelled after completion',
    set: { phase: 'UNDOING', cancelRequested: true, executionId: cancelExecution(orderId) },
  });
}

async function write({ orderId, createdAt }: Order, parts: UpdateParts, { dynamodb, ordersTable }: CancelResources) {
  return despiteConflicts(() =>
    unlessRefused(async () => {
      const { Attributes } = await dynamodb.send(
        new UpdateCommand({
          TableName: ordersTable,
          Key: { orderId, createdAt },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...parts,
        }),
      );
      return Attributes as Order;
    }),
  );
}

async function startCancel(order: Order, { workflow, onStartFailure }: CancelResources): Promise<void> {
  const name = cancelExecution(order.orderId);
  try {
    await startExecution(workflow, name, order);
  } catch (error) {
    onStartFailure(error, name);
  }
}
