import { listProducts } from '../../functions/list-products/list-products.ts';
import { makeProduct } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';

test('pages through the catalogue, each product once', async () => {
  const made = await Promise.all(Array.from({ length: 12 }, () => makeProduct({ price: 1999, available: 4 })));
  const found = [];
  let nextToken: string | undefined;
  do {
    const page = await listProducts({ limit: '5', nextToken }, { dynamodb, productsTable: stack.productsTable });
    expect(page.items.length).toBeLessThanOrEqual(5);
    found.push(...page.items);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  for (const { productId, name } of made) {
    expect(found.filter((product) => product.productId === productId)).toEqual([
      { productId, name, price: 19.99, currency: 'USD', stock: 4 },
    ]);
  }
});
