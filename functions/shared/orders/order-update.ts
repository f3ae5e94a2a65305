import type { HistoryEntry, Order } from './order.ts';

type Attribute = Exclude<keyof Order, 'orderId' | 'createdAt' | 'history'>;

/** For each attribute named, the values that it may have; `undefined` among them allows it to be absent. */
export type OrderCondition = { readonly [Name in Attribute]?: readonly (Order[Name] | undefined)[] };

export interface OrderWrite {
  /** Attributes to set; those that are undefined are left as they are. */
  set?: { readonly [Name in Attribute]?: Order[Name] | undefined };
  remove?: readonly Attribute[];
  /** An entry to append to the history. A status is changed by `statusChange`, which always appends one. */
  append?: HistoryEntry;
  when: OrderCondition;
}

/** The parts of an UpdateCommand, or of an Update in a transaction, that say what is written and on which condition. */
export interface UpdateParts {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * Builds one conditional write of an order's row from data, so that a condition reads as it stands in docs/protocol.md.
 *
 * @example
 * orderUpdate({ set: { phase: 'CAPTURING' }, when: { ...ownedBy(me), phase: [undefined, 'CAPTURING'] } })
 */
export function orderUpdate({ set = {}, remove = [], append, when }: OrderWrite): UpdateParts {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string) => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (key: string, of: unknown) => {
    values[`:${key}`] = of;
    return `:${key}`;
  };

  const sets = Object.entries(set)
    .filter(([, to]) => to !== undefined)
    .map(([attribute, to]) => `${name(attribute)} = ${value(attribute, to)}`);
  if (append) sets.push(`${name('history')} = list_append(${name('history')}, ${value('history', [append])})`);

  const conditions = Object.entries(when).map(([attribute, allowed]) => {
    const present = allowed.filter((one) => one !== undefined);
    const alternatives = present.map((one, index) => `${name(attribute)} = ${value(`${attribute}_was${index}`, one)}`);
    if (present.length < allowed.length) alternatives.push(`attribute_not_exists(${name(attribute)})`);
    return `(${alternatives.join(' OR ')})`;
  });

  const clauses = [
    sets.length > 0 && `SET ${sets.join(', ')}`,
    remove.length > 0 && `REMOVE ${remove.map(name).join(', ')}`,
  ].filter((clause) => clause !== false);
  return {
    UpdateExpression: clauses.join(' '),
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/** The guard G of docs/protocol.md: the order is being processed, and by this execution. */
export function ownedBy(executionId: string) {
  return { status: ['PROCESSING'], executionId: [executionId] } as const satisfies OrderCondition;
}
