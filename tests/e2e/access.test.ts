import { randomUUID } from 'node:crypto';
import { CreateUserPoolClientCommand, DeleteUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, claims, makeCustomer, makeMember, makeOperator, tokensFor } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { breakers, openBreaker } from '../support/breakers.ts';
import { routes } from '../support/openapi.ts';
import { putOrder, reread } from '../support/order-rows.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { cognito, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

/*
 * Every route of docs/openapi.yaml is called by everybody who may call it, and by everybody who may not. A new route
 * needs a row here.
 */

let customer: Customer;
let other: Customer;
let operator: Customer;
let support: Customer;
let catalogue: Customer;
const tokens: Record<string, string | undefined> = {};

const LOOKALIKES = ['not-operators', 'operators.eu', 'Operators', 'shop,operators', 'operators,'];

beforeAll(async () => {
  [customer, other, operator, support, catalogue] = await Promise.all([
    makeCustomer(),
    makeCustomer(),
    makeOperator(),
    makeCustomer(['support']),
    makeCustomer(['catalogue']),
  ]);
  const [header = '', payload = '', signature = ''] = customer.idToken.split('.');
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  Object.assign(tokens, {
    'an expired token': await expiredToken(customer),
    'a token with an edited payload': [
      header,
      encoded({ ...claims(customer.idToken), 'cognito:groups': ['operators'] }),
      signature,
    ].join('.'),
    'a token without a signature': `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'a token with a signature of its own': `${header}.${payload}.${Buffer.alloc(256, 1).toString('base64url')}`,
    'a text that is no token': 'operators',
    'an access token': (await tokensFor(customer)).AccessToken,
    'another customer': other.idToken,
    'the customer': customer.idToken,
    'an operator': operator.idToken,
    'a member of support': support.idToken,
    'a member of catalogue': catalogue.idToken,
  });
  for (const group of LOOKALIKES) {
    tokens[`a member of ${group}`] = (await makeMember(group)).idToken;
  }
});

/**
 * A token that the pool signed and that has just expired. It comes from a client of the pool whose tokens last a second.
 * Cognito itself allows no less than five minutes, so that this takes as long on AWS.
 */
async function expiredToken(customer: Customer): Promise<string> {
  const client = {
    UserPoolId: stack.userPoolId,
    ClientName: 'short-lived',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const,
    TokenValidityUnits: { IdToken: 'seconds' } as const,
  };
  const create = (IdTokenValidity: number) =>
    cognito.send(
      new CreateUserPoolClientCommand({
        ...client,
        ExplicitAuthFlows: [...client.ExplicitAuthFlows],
        IdTokenValidity,
      }),
    );
  const { UserPoolClient } = await create(stack.endpoint === undefined ? 300 : 1);
  const { IdToken: token = '' } = await tokensFor(customer, UserPoolClient?.ClientId);
  await cognito.send(
    new DeleteUserPoolClientCommand({ UserPoolId: stack.userPoolId, ClientId: UserPoolClient?.ClientId }),
  );
  const expires = Number(claims(token).exp) * 1000;
  await waitFor('the token to expire', async () => Date.now() > expires + 1000, { seconds: 400 });
  return token;
}

interface Asked {
  path: string;
  body?: unknown;
  /** What a refused request must leave as it is. */
  subject?: () => Promise<unknown>;
}

interface Row {
  /** Who gets the answer. `owner` is the customer whose order it is. Operators always get it. */
  for: 'key' | 'customer' | 'owner' | 'operator';
  /** The other groups whose members get it too. */
  and?: ('support' | 'catalogue')[];
  answer: number;
  ask: () => Promise<Asked>;
}

async function anOrder(path: (orderId: string) => string, changes: Partial<Order> = {}): Promise<Asked> {
  const { productId, name, price } = await makeProduct();
  const order = await putOrder({
    customerId: customer.customerId,
    items: [{ productId, name, quantity: 1, unitPrice: price }],
    ...changes,
  });
  return { path: path(order.orderId), subject: () => reread(order) };
}

const at = '2026-01-01T00:00:00.000Z';

const ROWS: Record<string, Row> = {
  'POST /auth': {
    for: 'key',
    answer: 200,
    ask: async () => ({ path: '/auth', body: { action: 'forgot', email: 'nobody@example.com' } }),
  },
  'GET /products': { for: 'key', answer: 200, ask: async () => ({ path: '/products' }) },
  'PUT /products/{productId}': {
    for: 'operator',
    and: ['catalogue'],
    answer: 200,
    ask: async () => {
      const { productId } = await makeProduct();
      return {
        path: `/products/${productId}`,
        body: { price: 3, stockChange: 1, reason: 'a test of who may' },
        subject: () => readProduct(productId),
      };
    },
  },
  'POST /orders': {
    for: 'customer',
    answer: 202,
    ask: async () => {
      const { productId } = await makeProduct();
      return {
        path: '/orders',
        body: orderRequest([{ productId, quantity: 1 }]),
        subject: () => readProduct(productId),
      };
    },
  },
  'GET /orders': { for: 'customer', answer: 200, ask: async () => ({ path: '/orders?status=COMPLETED&limit=1' }) },
  'GET /orders/{orderId}': {
    for: 'owner',
    and: ['support'],
    answer: 200,
    ask: () => anOrder((orderId) => `/orders/${orderId}`),
  },
  'POST /orders/{orderId}/cancel': {
    for: 'owner',
    and: ['support'],
    answer: 202,
    ask: async () => ({
      ...(await anOrder((orderId) => `/orders/${orderId}/cancel`)),
      body: { reason: 'a test of who may' },
    }),
  },
  'POST /orders/{orderId}/retry': {
    for: 'operator',
    answer: 202,
    ask: async () => ({
      ...(await anOrder((orderId) => `/orders/${orderId}/retry`, {
        status: 'NEEDS_ATTENTION',
        history: [
          { status: 'PENDING', at },
          { status: 'NEEDS_ATTENTION', at },
        ],
      })),
      body: { reason: 'a test of who may' },
    }),
  },
  'GET /orders/{orderId}/executions': {
    for: 'operator',
    and: ['support'],
    answer: 200,
    ask: () => anOrder((orderId) => `/orders/${orderId}/executions`),
  },
  'GET /products/upload': {
    for: 'operator',
    and: ['catalogue'],
    answer: 200,
    ask: async () => {
      const { productId } = await makeProduct();
      return { path: `/products/upload?productId=${productId}&contentType=image/png` };
    },
  },
  'GET /admin/audit': { for: 'operator', answer: 200, ask: async () => ({ path: '/admin/audit?limit=1' }) },
  'GET /admin/overview': {
    for: 'operator',
    and: ['support'],
    answer: 200,
    ask: async () => ({ path: '/admin/overview' }),
  },
  'GET /admin/dlq': { for: 'operator', answer: 200, ask: async () => ({ path: '/admin/dlq?limit=1' }) },
  'POST /admin/dlq/replay': {
    for: 'operator',
    answer: 202,
    ask: async () => ({
      path: '/admin/dlq/replay',
      body: { messageIds: [randomUUID()], reason: 'a test of who may' },
    }),
  },
  'POST /admin/dlq/discard': {
    for: 'operator',
    answer: 200,
    ask: async () => ({
      path: '/admin/dlq/discard',
      body: { messageIds: [randomUUID()], reason: 'a test of who may' },
    }),
  },
  'GET /admin/breaker': { for: 'operator', answer: 200, ask: async () => ({ path: '/admin/breaker' }) },
  'POST /admin/breaker/close': {
    for: 'operator',
    answer: 202,
    ask: async () => {
      const id = await openBreaker();
      return {
        path: '/admin/breaker/close',
        body: { account: id.account, reason: 'a test of who may' },
        subject: () => breakers.read(id),
      };
    },
  },
};

const NOBODY = [
  'an expired token',
  'a token with an edited payload',
  'a token without a signature',
  'a token with a signature of its own',
  'a text that is no token',
  'an access token',
];

const asAnotherCustomer = (row: Row): number | undefined =>
  ({ key: undefined, customer: undefined, owner: 404, operator: 403 })[row.for];

/** Everybody, and what each of them is told in the place of the answer. */
const CALLERS: Record<string, (row: Row) => number | undefined> = {
  'no token': (row) => (row.for === 'key' ? undefined : 401),
  ...Object.fromEntries(NOBODY.map((name) => [name, (row: Row) => (row.for === 'key' ? undefined : 401)])),
  ...Object.fromEntries(
    ['another customer', ...LOOKALIKES.map((group) => `a member of ${group}`)].map((name) => [name, asAnotherCustomer]),
  ),
  'the customer': (row) => (row.for === 'operator' ? 403 : undefined),
  'an operator': () => undefined,
  ...Object.fromEntries(
    (['support', 'catalogue'] as const).map((group) => [
      `a member of ${group}`,
      (row: Row) => (row.and?.includes(group) ? undefined : asAnotherCustomer(row)),
    ]),
  ),
};

test('there is a row for every route of the document', () => {
  expect(Object.keys(ROWS).sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

describe.each(Object.entries(ROWS))('%s', (route, row) => {
  const method = route.slice(0, route.indexOf(' '));

  async function expectAnswer(status: number | undefined, token: string | undefined, apiKey?: string | null) {
    const { path, body, subject } = await row.ask();
    const before = await subject?.();
    const answer = await call(method, path, {
      ...(token !== undefined && { token }),
      ...(body !== undefined && { body }),
      ...(apiKey !== undefined && { apiKey }),
    });
    expect({ status: answer.status, body: answer.body }).toMatchObject({ status: status ?? row.answer });
    // The function `call` compares the body of a refusal with the document.
    if (status !== undefined) expect(await subject?.()).toEqual(before);
  }

  test.each(Object.entries(CALLERS))('%s', async (name, refusal) => {
    if (name !== 'no token') expect(tokens[name]).toEqual(expect.any(String));
    await expectAnswer(refusal(row), tokens[name]);
  });

  test.each([
    ['no key', null],
    ['a wrong key', 'wrong'],
  ])('an operator with %s', async (_name, apiKey) => {
    await expectAnswer(403, operator.idToken, apiKey);
  });
});

test('a token may stand alone or after Bearer', async () => {
  for (const prefix of ['', 'Bearer ']) {
    expect((await call('GET', '/orders', { token: `${prefix}${customer.idToken}` })).status).toBe(200);
    const { status } = await call('GET', '/admin/breaker', { token: `${prefix}${operator.idToken}` });
    expect(status).toBe(200);
  }
});

test("a customer id in the query shows no orders but the caller's own", async () => {
  await anOrder((orderId) => orderId);
  for (const query of [`customerId=${customer.customerId}`, `sub=${customer.customerId}`]) {
    const answer = await call('GET', `/orders?${query}`, { token: other.idToken });
    for (const order of (answer.body.items ?? []) as { customerId: string }[]) {
      expect(order.customerId).toBe(other.customerId);
    }
  }
});

test.each([
  ['operators', () => operator, true],
  ['support', () => support, true],
  ['catalogue', () => catalogue, false],
])("a member of %s lists everybody's orders: %#", async (_group, who, seesAll) => {
  await anOrder((orderId) => orderId, { status: 'NEEDS_ATTENTION' });
  const { idToken } = who();
  const { body } = await call('GET', '/orders?status=NEEDS_ATTENTION', { token: idToken });
  expect((body.items as unknown[]).length > 0).toBe(seesAll);
  expect((await call('GET', '/orders', { token: idToken })).status).toBe(seesAll ? 400 : 200);
});
