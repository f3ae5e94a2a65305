import fc from 'fast-check';
import type { LineItem } from '../../functions/shared/orders/order.ts';
import { faultsOf } from '../../functions/validate/validate.ts';

const line = (changes: Partial<LineItem> = {}): LineItem => ({
  productId: 'PROD-001',
  name: 'Widget Pro',
  quantity: 2,
  unitPrice: 1999,
  ...changes,
});
const order = (items: LineItem[], total?: number) => ({
  items,
  total: total ?? items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
  currency: 'USD',
});

test('finds nothing wrong with any order of 1 to 50 different products whose total is their sum', () => {
  const lines = fc.uniqueArray(
    fc.record({
      productId: fc.string({ minLength: 1 }),
      name: fc.string(),
      quantity: fc.integer({ min: 1, max: 999 }),
      unitPrice: fc.integer({ min: 0, max: 10_000_000 }),
    }),
    { minLength: 1, maxLength: 50, selector: ({ productId }) => productId },
  );
  fc.assert(fc.property(lines, (items) => expect(faultsOf(order(items))).toEqual([])));
});

test('refuses a total that is not the sum of the items, however near', () => {
  fc.assert(
    fc.property(fc.integer({ min: -3000, max: 100_000 }), (difference) => {
      fc.pre(difference !== 0);
      expect(faultsOf(order([line()], 3998 + difference))).toContain('the total is not the sum of the items');
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN, '2' as unknown as number])('refuses a quantity of %p', (quantity) => {
  expect(faultsOf(order([line({ quantity })]))).toContain('a quantity is not a positive integer');
});

test.each([-1, 19.99, Number.POSITIVE_INFINITY, undefined as unknown as number])(
  'refuses a price of %p',
  (unitPrice) => {
    expect(faultsOf(order([line({ unitPrice })]))).toContain('a price is not an integer of minor units');
  },
);

test('refuses the same product on two lines', () => {
  expect(faultsOf(order([line(), line()]))).toEqual(['a product appears twice']);
});

test('refuses a line without a product', () => {
  expect(faultsOf(order([line({ productId: '' })]))).toEqual(['an item has no product']);
});

test.each([0, 51])('refuses %i items', (count) => {
  const items = Array.from({ length: count }, (_, n) => line({ productId: `P-${n}` }));
  expect(faultsOf(order(items))).toEqual(['an order has 1 to 50 items']);
});

test('refuses a row without items', () => {
  expect(faultsOf({ ...order([line()]), items: undefined as unknown as LineItem[] })).toHaveLength(1);
});

test.each(['', 'usd', 'EURO', undefined as unknown as string])('refuses the currency %p', (currency) => {
  expect(faultsOf({ ...order([line()]), currency })).toEqual(['the currency is not a code of three letters']);
});
