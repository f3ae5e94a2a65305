import fc from 'fast-check';
import { priceOrder } from '../../functions/create-order/price-order.ts';
import type { Product } from '../../functions/shared/catalogue/product.ts';
import { problemOf } from '../support/problem-of.ts';

const product = (productId: string, price: number, currency = 'USD'): Product => ({
  productId,
  name: `Name of ${productId}`,
  price,
  currency,
  available: 10,
  reserved: 0,
  sold: 0,
});
const catalogue = new Map(
  [product('A', 1999), product('B', 4999), product('EURO', 100, 'EUR')].map((p) => [p.productId, p]),
);

test('takes prices and names from the catalogue, and not from the client', () => {
  const items = [
    { productId: 'A', quantity: 2, price: 19.99, name: 'Something else' },
    { productId: 'B', quantity: 1 },
  ];
  expect(priceOrder({ items, totalAmount: 89.97 }, catalogue)).toEqual({
    items: [
      { productId: 'A', name: 'Name of A', quantity: 2, unitPrice: 1999 },
      { productId: 'B', name: 'Name of B', quantity: 1, unitPrice: 4999 },
    ],
    total: 8997,
    currency: 'USD',
  });
});

test('merges lines of one product', () => {
  const items = ['A', 'B', 'A'].map((productId) => ({ productId, quantity: 3 }));
  expect(priceOrder({ items }, catalogue)).toMatchObject({
    items: [
      { productId: 'A', quantity: 6 },
      { productId: 'B', quantity: 3 },
    ],
    total: 6 * 1999 + 3 * 4999,
  });
});

test('checks the price of each line, also of those that are merged', () => {
  const items = [
    { productId: 'A', quantity: 1, price: 19.99 },
    { productId: 'A', quantity: 1, price: 0.01 },
  ];
  const problem = problemOf(() => priceOrder({ items }, catalogue));
  expect(problem).toMatchObject({ code: 'PRICE_MISMATCH', errors: [{ pointer: '/items/1/price' }] });
});

test.each([19.98, 20, 19.991, 19.990000001, 0, 1e9])('refuses %d for a product at 19.99', (price) => {
  const problem = problemOf(() => priceOrder({ items: [{ productId: 'A', quantity: 1, price }] }, catalogue));
  expect(problem.code).toBe('PRICE_MISMATCH');
});

test('refuses a total that is not the sum of the lines', () => {
  const problem = problemOf(() =>
    priceOrder({ items: [{ productId: 'A', quantity: 2 }], totalAmount: 39.97 }, catalogue),
  );
  expect(problem).toMatchObject({ code: 'PRICE_MISMATCH', errors: [{ pointer: '/totalAmount' }] });
});

test('names every line whose product does not exist', () => {
  const items = ['X', 'A', 'Y'].map((productId) => ({ productId, quantity: 1 }));
  expect(problemOf(() => priceOrder({ items }, catalogue))).toMatchObject({
    code: 'UNKNOWN_PRODUCT',
    errors: [{ pointer: '/items/0/productId' }, { pointer: '/items/2/productId' }],
  });
});

test('refuses products of two currencies in one order', () => {
  const items = ['A', 'EURO'].map((productId) => ({ productId, quantity: 1 }));
  expect(problemOf(() => priceOrder({ items }, catalogue)).code).toBe('MIXED_CURRENCY');
});

test('refuses more than 999 of one product, over all its lines', () => {
  const items = [500, 499].map((quantity) => ({ productId: 'A', quantity }));
  expect(priceOrder({ items }, catalogue).items).toMatchObject([{ quantity: 999 }]);
  const more = [...items, { productId: 'A', quantity: 1 }];
  expect(problemOf(() => priceOrder({ items: more }, catalogue))).toMatchObject({
    code: 'VALIDATION_FAILED',
    errors: [{ pointer: '/items/2/quantity' }],
  });
});

test("adds up the catalogue's prices exactly, and accepts the client's decimals for them, for any 50 lines", () => {
  const line = fc.record({
    cents: fc.integer({ min: 0, max: 10_000_000_00 }),
    quantity: fc.integer({ min: 1, max: 999 }),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 50 }), (lines) => {
      const products = lines.map(({ cents }, index) => product(`P${index}`, cents));
      // Decimals are written from the digits, so that the test does not repeat the arithmetic that it checks.
      const decimal = (minor: bigint) => Number(`${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`);
      const total = lines.reduce((sum, { cents, quantity }) => sum + BigInt(cents) * BigInt(quantity), 0n);
      const priced = priceOrder(
        {
          items: lines.map(({ cents, quantity }, index) => ({
            productId: `P${index}`,
            quantity,
            price: decimal(BigInt(cents)),
          })),
          totalAmount: decimal(total),
        },
        new Map(products.map((p) => [p.productId, p])),
      );
      expect(BigInt(priced.total)).toBe(total);
    }),
    { numRuns: 300, seed: Number(process.env.SEED ?? Date.now() % 2 ** 31), verbose: 1 },
  );
});

test('accepts every price of two decimals up to 1000.00 as the client writes it', () => {
  for (let cents = 0; cents <= 100_000; cents += 1) {
    const price = Number((cents / 100).toFixed(2));
    const priced = priceOrder(
      { items: [{ productId: 'P', quantity: 1, price }] },
      new Map([['P', product('P', cents)]]),
    );
    if (priced.total !== cents) throw new Error(`${price} became ${priced.total}`);
  }
});
