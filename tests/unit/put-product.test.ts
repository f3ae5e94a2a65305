import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, type TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ProductChange } from '../../functions/put-product/product-change.schema.ts';
import { putProduct } from '../../functions/put-product/put-product.ts';
import type { Product } from '../../functions/shared/catalogue/product.ts';

const product: Product = {
  productId: 'P-1',
  name: 'Lamp',
  price: 1000,
  currency: 'USD',
  available: 5,
  reserved: 2,
  sold: 0,
};
const by = { operatorId: 'op-1', reason: 'a test', at: '2026-01-01T00:00:00.000Z', entryId: 'e-1' };
const whole = { name: 'Lamp', price: 10, currency: 'USD', stockChange: 5, reason: 'a test' } as const;

/** Answers each transaction with the next of these lists of reasons to cancel it. An empty list is a success. */
function tablesAnswering(...answers: CancellationReason[][]) {
  const transactions: TransactWriteCommand[] = [];
  const client = {
    send: async (command: unknown) => {
      if (command instanceof GetCommand) return { Item: product };
      transactions.push(command as TransactWriteCommand);
      const reasons = answers[transactions.length - 1] ?? answers.at(-1) ?? [];
      if (reasons.length === 0) return {};
      throw new TransactionCanceledException({ message: 'refused', $metadata: {}, CancellationReasons: reasons });
    },
  };
  const dynamodb = client as unknown as DynamoDBDocumentClient;
  return { transactions, tables: { dynamodb, productsTable: 'products', operationsTable: 'operations' } };
}

const none = { Code: 'None' };
const absent = { Code: 'ConditionalCheckFailed' };
const there = { Code: 'ConditionalCheckFailed', Item: marshall(product) };
const conflict = { Code: 'TransactionConflict' };
const throttled = { Code: 'ThrottlingError' };

const put = (change: ProductChange, tables: Parameters<typeof putProduct>[1], idempotencyKey?: string) =>
  putProduct({ productId: 'P-1', change: { reason: 'a test', ...change }, by, idempotencyKey }, tables);

describe('putProduct', () => {
  test('writes the change and its audit entry in one transaction, and changes stock by a difference only', async () => {
    const { tables, transactions } = tablesAnswering([]);
    await put({ stockChange: -3, price: 12.5 }, tables);
    const [update, audit, ...others] = transactions[0]?.input.TransactItems ?? [];
    expect(others).toEqual([]);
    expect(update?.Update).toMatchObject({
      UpdateExpression: 'SET #price = :price, available = available + :difference',
      ConditionExpression: 'attribute_exists(productId) AND available >= :needed',
      ExpressionAttributeValues: { ':price': 1250, ':difference': -3, ':needed': 3 },
    });
    expect(audit?.Put?.Item).toMatchObject({ action: 'PRODUCT_CHANGED', subject: 'P-1', operatorId: 'op-1' });
  });

  test('retries while an order changes the same product', async () => {
    const { tables, transactions } = tablesAnswering([conflict, none], [conflict, none], []);
    expect(await put({ stockChange: 1 }, tables)).toEqual(product);
    expect(transactions).toHaveLength(3);
  });

  test.each([conflict, throttled])('answers 429 with Retry-After when conflicts do not end: %o', async (reason) => {
    const { tables } = tablesAnswering([reason, none]);
    await expect(put({ stockChange: 1 }, tables)).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      headers: { 'retry-after': '1' },
    });
  });

  test('throws any other failure of the transaction', async () => {
    const { tables } = tablesAnswering([{ Code: 'ValidationError' }, none]);
    await expect(put({ stockChange: 1 }, tables)).rejects.toBeInstanceOf(TransactionCanceledException);
  });

  test('changes a product that another operator creates at the same moment', async () => {
    const { tables, transactions } = tablesAnswering([absent, none], [absent, none], []);
    expect(await put(whole, tables)).toEqual(product);
    expect(transactions.map(({ input }) => Object.keys(input.TransactItems?.[0] ?? {})[0])).toEqual([
      'Update',
      'Put',
      'Update',
    ]);
  });

  test('refuses to remove more than is available', async () => {
    const { tables } = tablesAnswering([there, none]);
    await expect(put({ stockChange: -9 }, tables)).rejects.toMatchObject({ code: 'INSUFFICIENT_STOCK' });
  });

  test('recognizes its own earlier write by the Idempotency-Key before it checks the stock', async () => {
    const change = { stockChange: -4 };
    const first = tablesAnswering([]);
    await put(change, first.tables, 'key-1');
    const row = first.transactions[0]?.input.TransactItems?.[2]?.Put?.Item ?? {};

    const again = tablesAnswering([there, none, { ...absent, Item: marshall(row) }]);
    expect(await put(change, again.tables, 'key-1')).toEqual(product);
    expect(again.transactions).toHaveLength(1);
  });

  test('refuses an Idempotency-Key that was used for another change', async () => {
    const { tables } = tablesAnswering([none, none, { ...absent, Item: marshall({ hash: 'of another' }) }]);
    await expect(put({ stockChange: 1 }, tables, 'key-1')).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });
});
