import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { listProducts } from '../../functions/list-products/list-products.ts';

const rows = [
  { productId: 'A', name: 'Apple', price: 1999, currency: 'USD', available: 7, reserved: 2, sold: 1 },
  {
    productId: 'B',
    name: 'Bear',
    price: 5,
    currency: 'USD',
    available: 0,
    reserved: 0,
    sold: 0,
    image: 'images/b.png',
  },
];
const asked: ScanCommand['input'][] = [];
const dynamodb = {
  send: async (command: ScanCommand) => {
    expect(command).toBeInstanceOf(ScanCommand);
    asked.push(command.input);
    return command.input.ExclusiveStartKey ? { Items: [] } : { Items: rows, LastEvaluatedKey: { productId: 'B' } };
  },
} as unknown as DynamoDBDocumentClient;
const list = (query: Parameters<typeof listProducts>[0]) => listProducts(query, { dynamodb, productsTable: 'p' });

test('shows decimal prices and the stock that can be ordered, page by page', async () => {
  const first = await list({ limit: '2' });
  expect(first.items).toEqual([
    { productId: 'A', name: 'Apple', price: 19.99, currency: 'USD', stock: 7 },
    { productId: 'B', name: 'Bear', price: 0.05, currency: 'USD', stock: 0, imageUrl: '/images/b.png' },
  ]);
  expect(await list({ nextToken: first.nextToken })).toEqual({ items: [] });
  expect(asked.at(-1)?.ExclusiveStartKey).toEqual({ productId: 'B' });
});

test('refuses a limit over 100, and a page token that it did not return', async () => {
  await expect(list({ limit: '1000' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(list({ nextToken: 'PROD-001' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});
