import { type DynamoDBDocumentClient, type QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { listOrders } from '../../functions/get-order/list-orders.ts';
import { listProducts } from '../../functions/list-products/list-products.ts';
import { findCallersOrder } from '../../functions/shared/orders/callers-order.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { toOrderView } from '../../functions/shared/orders/order-view.ts';
import { MemoryTables } from '../support/memory-tables.ts';

const alice = { customerId: 'alice', isOperator: false };
const bob = { customerId: 'bob', isOperator: false };
const operator = { customerId: 'olga', isOperator: true };
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const order: Order = {
  orderId,
  createdAt: '2026-01-02T03:04:05.678Z',
  status: 'PROCESSING',
  customerId: 'alice',
  items: [{ productId: 'A', name: 'Apple', quantity: 3, unitPrice: 110 }],
  total: 330,
  currency: 'USD',
  shippingAddress: { street: 's', city: 'c', state: 'x', zipCode: 'z' },
  paymentMethod: 'credit_card',
  paymentToken: 'tok_approved',
  executionId: orderId,
  phase: 'UNDOING',
  history: [
    { status: 'PENDING', at: '2026-01-02T03:04:05.678Z' },
    { status: 'PROCESSING', at: '2026-01-02T03:04:06.000Z', detail: 'claimed' },
  ],
};

describe('the order as the API shows it', () => {
  it('has decimals, a payment of NONE before there is one, and the history by sequence', () => {
    expect(toOrderView(order, operator)).toMatchObject({
      totalAmount: 3.3,
      items: [{ productId: 'A', name: 'Apple', quantity: 3, price: 1.1 }],
      payment: { status: 'NONE', authorized: 0, captured: 0, refunded: 0 },
      history: [
        { sequence: 0, status: 'PENDING' },
        { sequence: 1, status: 'PROCESSING', detail: 'claimed' },
      ],
    });
    const payment = { status: 'REFUNDED' as const, authorized: 330, captured: 330, refunded: 330 };
    expect(toOrderView({ ...order, payment }, alice).payment).toEqual({
      status: 'REFUNDED',
      authorized: 3.3,
      captured: 3.3,
      refunded: 3.3,
    });
  });

  it('keeps to itself how the order is worked on, and the token that pays for it', () => {
    const shown = JSON.stringify(
      toOrderView(
        { ...order, noticeDue: 'x', announced: 1, attempts: 2, stock: 'SOLD', requestHash: 'hash' },
        operator,
      ),
    );
    for (const inner of [
      'tok_approved',
      'paymentToken',
      'executionId',
      'phase',
      'noticeDue',
      'announced',
      'attempts',
      'requestHash',
    ]) {
      expect(shown).not.toContain(inner);
    }
  });
});

describe('why an order did not go on', () => {
  const failed: Order = {
    ...order,
    status: 'FAILED',
    error: { code: 'INTERNAL', message: 'States.Timeout in arn:aws:states', state: 'CompleteOrder' },
    history: [
      ...order.history,
      { status: 'NEEDS_ATTENTION', at: order.createdAt, detail: 'execution TIMED_OUT' },
      { status: 'PROCESSING', at: order.createdAt, detail: 'resumed by reconcile' },
      { status: 'NEEDS_ATTENTION', at: order.createdAt, detail: 'ReleaseInventory did not succeed' },
      { status: 'FAILED', at: order.createdAt, detail: 'INTERNAL' },
    ],
  };

  it('is told to its customer in plain words', () => {
    const shown = toOrderView(failed, alice);
    expect(shown.error).toEqual({ code: 'INTERNAL', message: 'the order could not be completed' });
    expect(shown.history.map(({ detail }) => detail)).toEqual([
      undefined,
      undefined,
      'the shop looks into it',
      undefined,
      'the shop looks into it',
      'the order could not be completed',
    ]);
    for (const inner of ['States', 'CompleteOrder', 'TIMED_OUT', 'reconcile', 'ReleaseInventory', 'claimed']) {
      expect(JSON.stringify(shown)).not.toContain(inner);
    }
  });

  it('is told to an operator as the workflow wrote it', () => {
    const shown = toOrderView(failed, operator);
    expect(shown.error).toEqual(failed.error);
    expect(shown.history.map(({ detail }) => detail)).toEqual(failed.history.map(({ detail }) => detail));
  });

  it('says nothing new of a late cancel, which the customer asked for', () => {
    const detail = 'cancelled after completion';
    const history = [...order.history, { status: 'PROCESSING' as const, at: order.createdAt, detail }];
    expect(toOrderView({ ...order, history }, alice).history.at(-1)).toMatchObject({ detail });
  });
});

describe('one order', () => {
  const tables = () => new MemoryTables({ orders: [{ ...order }] });
  const get = (caller: typeof alice, id = orderId) =>
    findCallersOrder(caller, id, { dynamodb: tables().client, ordersTable: 'orders' });

  it('is shown to its owner and to operators', async () => {
    expect((await get(alice)).orderId).toBe(orderId);
    expect((await get(operator)).orderId).toBe(orderId);
  });

  it('is not found by others, just as an order that does not exist', async () => {
    const missing = await get(alice, '00000000-0000-4000-8000-000000000000').catch((error) => error.toDocument());
    const foreign = await get(bob).catch((error) => error.toDocument());
    expect(missing).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(foreign).toEqual(missing);
  });

  it.each(['1', '..', orderId.toUpperCase(), `${orderId} `, `${orderId}/`, `${orderId}\n`, '#', 'NUMBERS#alice'])(
    'is not looked for by the id %j',
    async (id) => {
      await expect(get(alice, id)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    },
  );
});

describe('a list of orders', () => {
  const row = {
    orderId,
    createdAt: order.createdAt,
    status: 'PENDING',
    customerId: 'alice',
    total: 330,
    currency: 'USD',
  };
  const end = { orderId, createdAt: order.createdAt, customerId: 'alice' };

  /** Answers every query with one row and a next page, and keeps what was asked. */
  function index() {
    const asked: QueryCommand['input'][] = [];
    const send = async (command: QueryCommand) => {
      asked.push(command.input);
      return { Items: [row], LastEvaluatedKey: end };
    };
    return { asked, resources: { dynamodb: { send } as unknown as DynamoDBDocumentClient, ordersTable: 'orders' } };
  }

  it("is of the caller's own orders, newest first, with decimal amounts", async () => {
    const { asked, resources } = index();
    const page = await listOrders(alice, {}, resources);
    expect(page.items).toEqual([
      {
        orderId,
        createdAt: order.createdAt,
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

  it("goes on in the caller's own partition", async () => {
    const { asked, resources } = index();
    const { nextToken } = await listOrders(alice, { limit: '1' }, resources);
    await listOrders(alice, { limit: '1', nextToken }, resources);
    expect(asked[1]?.ExclusiveStartKey).toEqual({ customerId: 'alice', createdAt: order.createdAt, orderId });
  });

  it('refuses the token of another customer, another status, another list, and one that was edited', async () => {
    const { asked, resources } = index();
    const { nextToken = '' } = await listOrders(alice, {}, resources);
    const edited = Buffer.from(nextToken, 'base64url').toString().replace('2026', '2020');
    const tries: [typeof alice, Record<string, string>][] = [
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

  it("filters a customer's own by status and never leaves them for it", async () => {
    const { asked, resources } = index();
    await listOrders(alice, { status: 'FAILED' }, resources);
    expect(asked[0]).toMatchObject({
      IndexName: 'customer-index',
      FilterExpression: '#status = :status',
      ExpressionAttributeValues: { ':customerId': 'alice', ':status': 'FAILED' },
    });
  });

  it('is of everybody for an operator, who has to give a status', async () => {
    const { asked, resources } = index();
    await expect(listOrders(operator, {}, resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await listOrders(operator, { status: 'NEEDS_ATTENTION' }, resources);
    expect(asked[0]).toMatchObject({
      IndexName: 'status-index',
      ExpressionAttributeValues: { ':status': 'NEEDS_ATTENTION' },
    });
  });

  it.each(['0', '-1', '101', '1.5', '1e2', 'ten', '', ' 5', '٣'])('refuses the limit %j', async (limit) => {
    await expect(listOrders(alice, { limit }, index().resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it.each(['pending', 'ALL', ''])('refuses the status %j', async (status) => {
    await expect(listOrders(alice, { status }, index().resources)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});

describe('the catalogue', () => {
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

  it('shows decimals and what can be ordered now, page by page', async () => {
    const first = await list({ limit: '2' });
    expect(first.items).toEqual([
      { productId: 'A', name: 'Apple', price: 19.99, currency: 'USD', stock: 7 },
      { productId: 'B', name: 'Bear', price: 0.05, currency: 'USD', stock: 0, imageUrl: '/images/b.png' },
    ]);
    expect(await list({ nextToken: first.nextToken })).toEqual({ items: [] });
    expect(asked.at(-1)?.ExclusiveStartKey).toEqual({ productId: 'B' });
  });

  it('refuses a limit or a token that it did not give out', async () => {
    await expect(list({ limit: '1000' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(list({ nextToken: 'PROD-001' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
