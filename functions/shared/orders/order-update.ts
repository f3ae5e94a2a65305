import type { HistoryEntry, Order } from './order.ts';

type Attribute = Exclude<keyof Order, 'orderId' | 'createdAt' | 'history'>;

/** The values that each attribute may have. `undefined` among them means that the attribute may be absent. */
export type OrderCondition = { readonly [Name in Attribute]?: readonly (Order[Name] | undefined)[] };

export interface OrderWrite {
  /** Attributes to set. One that is undefined is not changed. */
  set?: { readonly [Name in Attribute]?: Order[Name] | undefined };
  remove?: readonly Attribute[];
  /** An entry to append to the history. Use `statusChange` to change the status: it always appends the entry. */
  append?: HistoryEntry;
  when: OrderCondition;
}

/** The expressions of an UpdateCommand, or of an Update in a transaction. */
export interface UpdateParts {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * Builds the expressions of one conditional write to an order's row. A condition in code then looks like the one in
 * docs/protocol.md.
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

/** The guard G of docs/protocol.md: the order is PROCESSING, and this execution owns it. */
export function ownedBy(executionId: string) {
  return { status: ['PROCESSING'], executionId: [executionId] } as const satisfies OrderCondition;
}
