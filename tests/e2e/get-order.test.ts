import { randomUUID } from 'node:crypto';
import { type Customer, makeCustomer, makeMember, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { waitFor } from '../support/wait-for.ts';

let alice: Customer;
let bob: Customer;
let operator: Customer;
let orderId: string;

beforeAll(async () => {
  [alice, bob, operator] = await Promise.all([makeCustomer(), makeCustomer(), makeOperator()]);
  const { productId } = await makeProduct({ price: 1999 });
  orderId = await placeOrder(alice, orderRequest([{ productId, quantity: 3 }]));
  await waitForStatus(orderId, 'COMPLETED');
});

const get = (path: string, who?: { idToken: string }) => call('GET', path, who && { token: who.idToken });

/** The row of an order that failed long ago, for lists that are longer than the test could wait for. */
function putFailedOrder(customerId: string, createdAt: string) {
  const items = [{ productId: 'PROD-001', name: 'Widget Pro', quantity: 1, unitPrice: 1999 }];
  return putOrder({ customerId, createdAt, status: 'FAILED', items, announced: 1 });
}

test('an owner and an operator see a completed order with its amounts, payment and history', async () => {
  for (const who of [alice, operator]) {
    const answer = await get(`/orders/${orderId}`, who);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        orderId,
        status: 'COMPLETED',
        totalAmount: 59.97,
        currency: 'USD',
        items: [{ quantity: 3, price: 19.99 }],
        payment: { status: 'CAPTURED', authorized: 59.97, captured: 59.97, refunded: 0 },
        history: [
          { sequence: 0, status: 'PENDING' },
          { sequence: 1, status: 'PROCESSING' },
          { sequence: 2, status: 'COMPLETED' },
        ],
      },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
});

test('who may see all orders sees how the customer was told of one, and nobody else does', async () => {
  const told = await waitFor('the customer to be told', async () => {
    const { deliveries } = (await get(`/orders/${orderId}`, operator)).body as { deliveries: { status: string }[] };
    return deliveries.some(({ status }) => status === 'SENT') && deliveries;
  });
  expect(told).toEqual([
    {
      noticeId: `${orderId}:2`,
      channel: 'email',
      status: 'SENT',
      at: expect.any(String),
      attempts: 1,
      providerId: expect.stringContaining('@'),
    },
  ]);
  expect((await get(`/orders/${orderId}`, alice)).body).not.toHaveProperty('deliveries');
  const { items } = (await get('/orders?status=COMPLETED&limit=5', operator)).body as { items: object[] };
  expect(items.length).toBeGreaterThan(0);
  for (const item of items) expect(item).not.toHaveProperty('deliveries');
});

test("another customer's order is not found, just as one that does not exist", async () => {
  const foreign = await get(`/orders/${orderId}`, bob);
  const missing = await get(`/orders/${randomUUID()}`, bob);
  expect(foreign).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  expect(foreign.body).toEqual(missing.body);
});

test.each(['1', 'ORD-12345', '%00', '..%5cproducts', '%23', "'%20OR%201=1", 'a'.repeat(2000)])(
  'the order id %s is refused',
  async (id) => {
    expect(await get(`/orders/${id}`, alice)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  },
);

test.each([
  ['an order', () => `/orders/${orderId}`],
  ['the list', () => '/orders'],
])('refuses every forged token: %s', async (_name, path) => {
  const [header, payload, signature] = alice.idToken.split('.');
  const forged = Buffer.from(
    JSON.stringify({ sub: alice.customerId, token_use: 'id', 'cognito:groups': ['operators'], exp: 4_000_000_000 }),
  ).toString('base64url');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  for (const token of [
    undefined,
    'nonsense',
    `${header}.${forged}.${signature}`,
    `${none}.${payload}.`,
    `${header}.${payload}.${'A'.repeat(signature?.length ?? 0)}`,
  ]) {
    const answer = await call('GET', path(), token === undefined ? {} : { token });
    expect([token, answer.status]).toEqual([token, 401]);
  }
});

test.each([null, 'wrong'])('needs the API key, also of a customer who is signed in: %s', async (apiKey) => {
  expect((await call('GET', '/orders', { token: alice.idToken, apiKey })).status).toBe(403);
});

describe('a list', () => {
  let carol: Customer;
  let newestFirst: string[];
  beforeAll(async () => {
    carol = await makeCustomer();
    newestFirst = [];
    for (const day of [1, 2, 3, 4, 5]) {
      const order = await putFailedOrder(carol.customerId, `2026-01-0${day}T00:00:00.000Z`);
      newestFirst.unshift(order.orderId);
    }
  });

  async function pages(path: string, who: Customer): Promise<Record<string, unknown>[]> {
    const seen: Record<string, unknown>[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await get(`${path}${nextToken ? `&nextToken=${nextToken}` : ''}`, who);
      expect(answer.status).toBe(200);
      seen.push(...(answer.body.items as Record<string, unknown>[]));
      nextToken = answer.body.nextToken as string | undefined;
    } while (nextToken !== undefined);
    return seen;
  }

  test("shows a customer's own orders, newest first, page by page and each once", async () => {
    const seen = await pages('/orders?limit=2', carol);
    expect(seen.map((order) => order.orderId)).toEqual(newestFirst);
    expect(seen[0]).toMatchObject({ status: 'FAILED', totalAmount: 19.99, currency: 'USD' });
  });

  test("shows a customer's own orders of one status, and nobody else's", async () => {
    expect(await pages('/orders?limit=100&status=COMPLETED', carol)).toEqual([]);
    const own = await pages('/orders?limit=100&status=COMPLETED', alice);
    expect(own.map((order) => order.orderId)).toEqual([orderId]);
  });

  test("shows operators everybody's orders, by status", async () => {
    expect(await get('/orders', operator)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    const first = await get('/orders?status=COMPLETED&limit=100', operator);
    expect(first.body.items).toEqual(expect.arrayContaining([expect.objectContaining({ orderId })]));
    const failed = await pages('/orders?status=FAILED&limit=100', operator);
    expect(failed.map((order) => order.orderId)).toEqual(expect.arrayContaining(newestFirst));
    expect(failed.every(({ status }) => status === 'FAILED')).toBe(true);
  });

  test('starts at the position of any page token, and shows the orders of nobody else', async () => {
    const { body } = await get('/orders?limit=2', carol);
    const token = String(body.nextToken);
    const edited = Buffer.from(Buffer.from(token, 'base64url').toString().replace('2026-01-04', '2026-01-09')).toString(
      'base64url',
    );
    const tries: [string, Customer][] = [
      [token, bob],
      [`${token}&status=FAILED`, carol],
      [edited, carol],
    ];
    for (const [nextToken, who] of tries) {
      const answer = await get(`/orders?limit=2&nextToken=${nextToken}`, who);
      const owners = (answer.body.items as { customerId: string }[]).map(({ customerId }) => customerId);
      expect([nextToken, answer.status]).toEqual([nextToken, 200]);
      expect(owners.filter((owner) => owner !== who.customerId)).toEqual([]);
    }
  });

  test('refuses a page token that has no position', async () => {
    const key = Buffer.from(JSON.stringify({ customerId: carol.customerId })).toString('base64url');
    for (const [nextToken, who] of [
      [key, bob],
      ['x', carol],
      ['', carol],
    ] as const) {
      const answer = await get(`/orders?limit=2&nextToken=${nextToken}`, who);
      expect([nextToken, answer.status, answer.body.code]).toEqual([nextToken, 400, 'VALIDATION_FAILED']);
    }
  });

  test.each(['0', '-1', '101', '1.5', 'ten', '9'.repeat(400)])('refuses the limit %s', async (limit) => {
    expect(await get(`/orders?limit=${limit}`, alice)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });
});

test.each(['not-operators', 'operators-eu', 'my.operators'])('the group %s makes nobody an operator', async (group) => {
  const member = await makeMember(group);
  expect((await get(`/orders/${orderId}`, member)).status).toBe(404);
  expect(await get('/orders?status=COMPLETED', member)).toMatchObject({ status: 200, body: { items: [] } });
});
