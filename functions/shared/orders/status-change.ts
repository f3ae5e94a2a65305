import { ALLOWED_PREVIOUS, type HistoryEntry, type OrderStatus, OUTCOMES } from './order.ts';
import { type OrderWrite, orderUpdate, type UpdateParts } from './order-update.ts';

/** PENDING is where an order begins: it is created with it and never comes back to it. */
export type ReachableStatus = Exclude<OrderStatus, 'PENDING'>;

/** The statuses from which an order may come to `To`. */
export type PreviousOf<To extends ReachableStatus> = (typeof ALLOWED_PREVIOUS)[To][number];

export interface StatusChange<To extends ReachableStatus> {
  to: To;
  /** The previous statuses that this writer allows; all that the graph allows when absent. */
  from?: readonly PreviousOf<To>[];
  /** ISO 8601, UTC. */
  at: string;
  detail?: string | undefined;
  /** What else this write sets and removes. */
  set?: OrderWrite['set'];
  remove?: OrderWrite['remove'];
  /** What else has to hold. */
  when?: Omit<OrderWrite['when'], 'status'>;
}

/**
 * Builds the one conditional write that changes an order's status: the status, its history entry and, for an outcome,
 * `noticeDue`, on condition that the status is one that may come before. Nobody else writes a status from a function.
 *
 * @example
 * new UpdateCommand({ TableName, Key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
 *   ...statusChange({ to: 'PROCESSING', from: ['PENDING'], at, set: { executionId } }) })
 */
export function statusChange<To extends ReachableStatus>(change: StatusChange<To>): UpdateParts {
  const { to, at, detail } = change;
  const entry: HistoryEntry = { status: to, at, ...(detail !== undefined && { detail }) };
  const isOutcome = OUTCOMES.some((outcome) => outcome === to);
  return orderUpdate({
    set: { ...change.set, status: to, ...(isOutcome && { noticeDue: at }) },
    ...(change.remove && { remove: change.remove }),
    append: entry,
    when: { ...change.when, status: change.from ?? ALLOWED_PREVIOUS[to] },
  });
}
