import { ALLOWED_PREVIOUS, type HistoryEntry, type OrderStatus, OUTCOMES } from './order.ts';
import { type OrderWrite, orderUpdate, type UpdateParts } from './order-update.ts';

/** Every status that a write can change an order to. An order is created as PENDING and never becomes that again. */
export type ReachableStatus = Exclude<OrderStatus, 'PENDING'>;

/** The statuses that an order may have just before `To`. */
export type PreviousOf<To extends ReachableStatus> = (typeof ALLOWED_PREVIOUS)[To][number];

export interface StatusChange<To extends ReachableStatus> {
  to: To;
  /** The previous statuses that this write allows. All of ALLOWED_PREVIOUS when absent. */
  from?: readonly PreviousOf<To>[];
  /** ISO 8601, UTC. */
  at: string;
  detail?: string | undefined;
  /** Who changes the status, when it is a person of the shop. */
  by?: HistoryEntry['by'] | undefined;
  /** Other attributes that this write sets and removes. */
  set?: OrderWrite['set'];
  remove?: OrderWrite['remove'];
  /** Further conditions. */
  when?: Omit<OrderWrite['when'], 'status'>;
}

/**
 * Builds the expressions of the one conditional write that changes an order's status. It sets the status, appends the
 * history entry and, for an outcome, sets `noticeDue`. Its condition is that the previous status is an allowed one. No
 * other code of a function writes a status.
 *
 * @example
 * new UpdateCommand({ TableName, Key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
 *   ...statusChange({ to: 'PROCESSING', from: ['PENDING'], at, set: { executionId } }) })
 */
export function statusChange<To extends ReachableStatus>(change: StatusChange<To>): UpdateParts {
  const { to, at, detail, by } = change;
  const entry: HistoryEntry = { status: to, at, ...(detail !== undefined && { detail }), ...(by && { by }) };
  const isOutcome = OUTCOMES.some((outcome) => outcome === to);
  return orderUpdate({
    set: { ...change.set, status: to, ...(isOutcome && { noticeDue: at }) },
    ...(change.remove && { remove: change.remove }),
    append: entry,
    when: { ...change.when, status: change.from ?? ALLOWED_PREVIOUS[to] },
  });
}
