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

test("stays in the reader's own listing, whoever got the token", async () => {
  const { asked, resources } = index();
  const { nextToken } = await listOrders(alice, {}, resources);
  await listOrders(bob, { nextToken }, resources);
  await listOrders(operator, { nextToken, status: 'PENDING' }, resources);
  expect(asked.slice(1).map(({ ExclusiveStartKey }) => ExclusiveStartKey)).toEqual([
    { customerId: 'bob', createdAt, orderId },
    { status: 'PENDING', createdAt, orderId },
  ]);
});

test('refuses a token of another form', async () => {
  const { asked, resources } = index();
  const { nextToken = '' } = await listOrders(alice, {}, resources);
  const forged = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
  const tries = [
    '',
    'null',
    nextToken.slice(0, -4),
    forged(null),
    forged([]),
    forged(['', '']),
    forged([['a'], 'b']),
    forged([createdAt]),
    forged([orderId, createdAt]),
    forged([createdAt, 'x']),
    forged([createdAt, orderId, orderId]),
    forged(['PROD-001']),
  ];
  for (const token of tries) {
    await expect(listOrders(alice, { nextToken: token }, resources)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  }
  expect(asked).toHaveLength(1);
});

test('answers what the database says about a position as a wrong token, and about anything else as a failure', async () => {
  const { nextToken } = await listOrders(alice, {}, index().resources);
  const refused = Object.assign(new Error('the starting key is outside'), { name: 'ValidationException' });
  const dynamodb = { send: () => Promise.reject(refused) } as unknown as DynamoDBDocumentClient;
  const orders = { dynamodb, ordersTable: 'orders' };
  await expect(listOrders(alice, { nextToken }, orders)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  await expect(listOrders(alice, {}, orders)).rejects.toBe(refused);
});

test("filters a customer's own by status and never leaves them for it", async () => {
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
  await expect(listOrders(operator, {}, resources)).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    message:
      'name a status, as in ?status=PENDING; it is one of PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED, NEEDS_ATTENTION',
  });
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
