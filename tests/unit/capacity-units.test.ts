import { indexUnits, readUnits, sizeOf, writeUnits } from '../bench/cost/capacity-units';

const text = (bytes: number) => ({ S: 'x'.repeat(bytes) });

test('an item counts the bytes of its names and of its values', () => {
  expect(sizeOf({ id: { S: 'ab' } })).toBe(4);
  expect(sizeOf({ name: { S: 'é' } })).toBe(6);
  expect(sizeOf({ n: { N: '1234' } })).toBe(1 + 3);
  expect(sizeOf({ flag: { BOOL: true } })).toBe(5);
  expect(sizeOf({ list: { L: [{ S: 'a' }, { S: 'bc' }] } })).toBe(4 + 3 + 2 + 3);
  expect(sizeOf({ map: { M: { k: { S: 'v' } } } })).toBe(3 + 3 + 1 + 1 + 1);
});

test.each([
  [1, 1],
  [1024 - 1, 1],
  [1024, 2],
  [2048, 3],
])('a text of %d bytes with a name of one letter is %d write units', (bytes, units) => {
  expect(writeUnits(undefined, { a: text(bytes) }, false)).toBe(units);
  expect(writeUnits(undefined, { a: text(bytes) }, true)).toBe(2 * units);
});

test('a write that makes an item smaller counts the larger image', () => {
  expect(writeUnits({ a: text(3000) }, { a: text(1) }, false)).toBe(3);
});

test('a consistent read is one unit for each 4 KB that was begun, any other half of it', () => {
  expect([readUnits(1, true), readUnits(4096, true), readUnits(4097, true)]).toEqual([1, 1, 2]);
  expect([readUnits(1, false), readUnits(4097, false)]).toEqual([0.5, 1]);
});

describe('an index', () => {
  const index = { name: 'status-index', keys: ['status', 'at'], attributes: ['customer'] };
  const item = { id: { S: '1' }, status: { S: 'PENDING' }, at: { S: 't' }, customer: { S: 'c' }, more: { S: 'm' } };
  const units = (before: object | undefined, after: object | undefined) =>
    indexUnits(index, ['id'], before as typeof item | undefined, after as typeof item | undefined);

  test('is written once when an item comes or goes', () => {
    expect([units(undefined, item), units(item, undefined)]).toEqual([1, 1]);
  });

  test('is written twice when its key changes', () => {
    expect(units(item, { ...item, status: { S: 'DONE' } })).toBe(2);
  });

  test('is written once when only an attribute that it has changes', () => {
    expect(units(item, { ...item, customer: { S: 'd' } })).toBe(1);
  });

  test('is not written when nothing that it has changes', () => {
    expect(units(item, { ...item, more: { S: 'n' } })).toBe(0);
  });

  test('that is sparse has no item without its key', () => {
    const { at: _, ...without } = item;
    expect([units(without, without), units(without, item), units(item, without)]).toEqual([0, 1, 1]);
  });

  test('of everything is written at each change, for each KB that was begun', () => {
    expect(indexUnits({ ...index, attributes: 'all' }, ['id'], item, { ...item, more: text(1500) })).toBe(2);
  });
});
