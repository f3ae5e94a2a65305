import type { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { listOrders } from '../../functions/get-order/list-orders.ts';
import type { Caller } from '../../functions/shared/api/caller.ts';

const alice: Caller = { customerId: 'alice', groups: [] };
const bob: Caller = { customerId: 'bob', groups: [] };
const operator: Caller = { customerId: 'olga', groups: ['operators'] };
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const createdAt = '2026-01-02T03:04:05.678Z';
const row = {
  orderId,
  createdAt,
  status: 'PENDING',
  customerId: 'alice',
  total: 330,
  currency: 'USD',
};
const end = { orderId, createdAt, customerId: 'alice' };

/** Answers every query with one row and a next page, and keeps what was asked. */
function index() {
  const asked: QueryCommand['input'][] = [];
  const send = async (command: QueryCommand) => {
    asked.push(command.input);
    return { Items: [row], LastEvaluatedKey: end };
  };
  return { asked, resources: { dynamodb: { send } as unknown as DynamoDBDocumentClient, ordersTable: 'orders' } };
}

test('shows a customer their own orders, newest first, with decimal amounts', async () => {
  const { asked, resources } = index();
  const page = await listOrders(alice, {}, resources);
  expect(page.items).toEqual([
    {
      orderId,
      createdAt,
      status: 'PENDING',
      customerId: 'alice',
      totalAmount: 3.3,
      currency: 'USD',
    },
  ]);
  expect(asked[0]).toMatchObject({
    IndexName: 'customer-index',
    ExpressionAttributeValues: { ':customerId': 'alice' },
    ScanIndexForward: false,
    Limit: 20,
  });
});

test("starts the next page in the caller's own partition", async () => {
  const { asked, resources } = index();
  const { nextToken } = await listOrders(alice, { limit: '1' }, resources);
  await listOrders(alice, { limit: '1', nextToken }, resources);
  expect(asked[1]?.ExclusiveStartKey).toEqual({ customerId: 'alice', createdAt, orderId });
});

test('refuses the page token of another customer, another status or another list, and one that was edited', async () => {
  const { asked, resources } = index();
  const { nextToken = '' } = await listOrders(alice, {}, resources);
  const edited = Buffer.from(nextToken, 'base64url').toString().replace('2026', '2020');
  const tries: [Caller, Record<string, string>][] = [
    [bob, { nextToken }],
    [alice, { nextToken, status: 'PENDING' }],
    [operator, { nextToken, status: 'PENDING' }],
    [alice, { nextToken: Buffer.from(edited).toString('base64url') }],
    [alice, { nextToken: '' }],
    [alice, { nextToken: 'null' }],
    [alice, { nextToken: Buffer.from('null').toString('base64url') }],
    [alice, { nextToken: Buffer.from('[["a"],"b","c"]').toString('base64url') }],
    [alice, { nextToken: `${nextToken.slice(0, -4)}` }],
  ];
  for (const [caller, query] of tries) {
    await expect(listOrders(caller, query, resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  }
  expect(asked).toHaveLength(1);
});

test("filters a customer's own orders by status, and never reads those of others", async () => {
  const { asked, resources } = index();
  await listOrders(alice, { status: 'FAILED' }, resources);
  expect(asked[0]).toMatchObject({
    IndexName: 'customer-index',
    FilterExpression: '#status = :status',
    ExpressionAttributeValues: { ':customerId': 'alice', ':status': 'FAILED' },
  });
});

test("shows an operator everybody's orders of a status, which has to be given", async () => {
  const { asked, resources } = index();
  await expect(listOrders(operator, {}, resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await listOrders(operator, { status: 'NEEDS_ATTENTION' }, resources);
  expect(asked[0]).toMatchObject({
    IndexName: 'status-index',
    ExpressionAttributeValues: { ':status': 'NEEDS_ATTENTION' },
  });
});

test.each(['0', '-1', '101', '1.5', '1e2', 'ten', '', ' 5', '٣'])('refuses the limit %j', async (limit) => {
  await expect(listOrders(alice, { limit }, index().resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});

test.each(['pending', 'ALL', ''])('refuses the status %j', async (status) => {
  await expect(listOrders(alice, { status }, index().resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});
