/** What DynamoDB charges for reads and writes, computed from the items as they are. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Attributes = Record<string, AttributeValue>;

export interface Index {
  name: string;
  /** Partition key, then the sort key if there is one. */
  keys: string[];
  /** What is in it beside its keys and those of the table. */
  attributes: string[] | 'all';
}

/** Size of an item in bytes, by the rules of DynamoDB's developer guide: names count as well. */
export const sizeOf = (item: Attributes): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.min(21, Math.ceil(value.N.replace(/[-.]/g, '').length / 2) + 1);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + 1 + valueSize(one), 0);
  if (value.M !== undefined) {
    return (
      3 + Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + valueSize(one), 0)
    );
  }
  const set = value.SS ?? value.NS;
  return set === undefined ? 1 : set.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
}

/** One unit for each KB that was begun, and twice that in a transaction. A write counts the larger of both images. */
export function writeUnits(
  before: Attributes | undefined,
  after: Attributes | undefined,
  transactional: boolean,
): number {
  const bytes = Math.max(before ? sizeOf(before) : 0, after ? sizeOf(after) : 0);
  return Math.max(1, Math.ceil(bytes / 1024)) * (transactional ? 2 : 1);
}

/** One unit for each 4 KB that was begun; half of it when the read need not be consistent. */
export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);

/**
 * What a write costs in one index: nothing when what it has of the item is the same, one write when the item comes, goes
 * or changes in place, and two when its key changes, because it is deleted at one key and put at another.
 */
export function indexUnits(
  index: Index,
  tableKeys: string[],
  before: Attributes | undefined,
  after: Attributes | undefined,
): number {
  const old = inIndex(index, tableKeys, before);
  const now = inIndex(index, tableKeys, after);
  const unitsOf = (item: Attributes) => Math.max(1, Math.ceil(sizeOf(item) / 1024));
  if (!old || !now) return old || now ? unitsOf((old ?? now) as Attributes) : 0;
  const same = (names: string[]) => names.every((name) => JSON.stringify(old[name]) === JSON.stringify(now[name]));
  if (!same(index.keys)) return unitsOf(old) + unitsOf(now);
  return same([...new Set([...Object.keys(old), ...Object.keys(now)])]) ? 0 : Math.max(unitsOf(old), unitsOf(now));
}

/** The part of an item that an index has, or nothing when one of its keys is absent. */
function inIndex(
  { keys, attributes }: Index,
  tableKeys: string[],
  item: Attributes | undefined,
): Attributes | undefined {
  if (!item || keys.some((key) => item[key] === undefined)) return undefined;
  if (attributes === 'all') return item;
  const names = new Set([...keys, ...tableKeys, ...attributes]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}
