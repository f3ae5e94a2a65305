import { randomUUID } from 'node:crypto';
import type { ProductChange } from '../../functions/put-product/product-change.schema.ts';
import { putProduct } from '../../functions/put-product/put-product.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';

const tables = { dynamodb, productsTable: stack.productsTable, operationsTable: stack.operationsTable };

const put = (productId: string, change: ProductChange, idempotencyKey?: string, operatorId: string = randomUUID()) => {
  const by = { operatorId, reason: 'a test', at: new Date().toISOString(), entryId: randomUUID() };
  return putProduct({ productId, change, by, idempotencyKey }, tables);
};

const WHOLE = { name: 'Widget', price: 19.99, currency: 'EUR', stockChange: 7 } as const;

test('creates a product that is described whole, and changes what is named afterwards', async () => {
  const productId = `T-${randomUUID()}`;
  await expect(put(productId, WHOLE)).resolves.toMatchObject({ price: 1999, available: 7, reserved: 0, sold: 0 });
  await expect(put(productId, { price: 21 })).resolves.toMatchObject({ name: 'Widget', price: 2100, available: 7 });
  await expect(put(`T-${randomUUID()}`, { price: 21 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('adds up differences of stock that come at the same time', async () => {
  const { productId } = await makeProduct({ available: 10 });
  const changes = [5, -3, 2, -4, 1];
  const results = await Promise.allSettled(changes.map((stockChange) => put(productId, { stockChange })));
  const done = changes.filter((_, index) => results[index]?.status === 'fulfilled');
  const { available } = await readProduct(productId);
  expect(available).toBe(10 + done.reduce((sum, change) => sum + change, 0));
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  }
});

test('takes off no more than is available', async () => {
  const { productId } = await makeProduct({ available: 3, reserved: 4 });
  await expect(put(productId, { stockChange: -4 })).rejects.toMatchObject({ code: 'INSUFFICIENT_STOCK' });
  expect(await readProduct(productId)).toMatchObject({ available: 3, reserved: 4 });
});

test('makes a change with an idempotency key once, and refuses another change with that key', async () => {
  const { productId } = await makeProduct({ available: 3 });
  const [key, operatorId] = [randomUUID(), randomUUID()];
  for (let n = 0; n < 3; n += 1) await put(productId, { stockChange: 2 }, key, operatorId);
  expect(await readProduct(productId)).toMatchObject({ available: 5 });
  await expect(put(productId, { stockChange: 1 }, key, operatorId)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_MISMATCH',
  });
});
