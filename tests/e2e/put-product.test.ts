import { randomUUID } from 'node:crypto';
import { type Customer, makeCustomer, makeMember, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';

jest.setTimeout(120_000);

let operator: Customer;
let customer: Customer;

beforeAll(async () => {
  [operator, customer] = await Promise.all([makeOperator(), makeCustomer()]);
});

const put = (productId: string, body: unknown, headers: Record<string, string> = {}) =>
  call('PUT', `/products/${productId}`, { token: operator.idToken, body, headers });

const reason = 'tried by a test';

describe('PUT /products/{productId}', () => {
  test('is for operators alone, with the API key and a genuine token', async () => {
    const { productId } = await makeProduct({ available: 7 });
    const body = { stockChange: 1, reason };
    const path = `/products/${productId}`;
    const [header = '', payload = '', signature = ''] = operator.idToken.split('.');
    const forged = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;

    await expectOperatorsOnly(operator, 'PUT', path, body);
    expect((await call('PUT', path, { token: forged, body })).status).toBe(401);
    expect((await readProduct(productId)).available).toBe(7);

    expect((await call('PUT', path, { token: operator.idToken, body })).status).toBe(200);
    expect((await readProduct(productId)).available).toBe(8);
  });

  test('does not accept a group whose name contains `operators`', async () => {
    const { productId } = await makeProduct({ available: 7 });
    const { idToken: token } = await makeMember('not-operators');

    const answer = await call('PUT', `/products/${productId}`, { token, body: { stockChange: 1, reason } });

    expect(answer.status).toBe(403);
    expect((await readProduct(productId)).available).toBe(7);
  });

  test('creates a product that can be ordered at its exact price', async () => {
    const productId = `T-${randomUUID()}`;
    const answer = await put(productId, { name: 'Lamp', price: 19.99, currency: 'USD', stockChange: 3, reason });

    expect(answer).toMatchObject({
      status: 200,
      body: { productId, name: 'Lamp', price: 19.99, currency: 'USD', stock: 3, reserved: 0, sold: 0 },
    });
    const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 3 }]));
    expect((await waitForStatus(orderId, 'COMPLETED')).total).toBe(5997);
    expect(await readProduct(productId)).toMatchObject({ available: 0, reserved: 0, sold: 3 });
  });

  test('changes only what is named', async () => {
    const { productId } = await makeProduct({ name: 'Old', price: 500, available: 4, reserved: 2, sold: 9 });
    const answer = await put(productId, { name: 'New', reason });
    expect(answer).toMatchObject({
      status: 200,
      body: { name: 'New', price: 5, stock: 4, reserved: 2, sold: 9 },
    });
  });

  test('reduces what is available, and never what is reserved', async () => {
    const { productId } = await makeProduct({ available: 5, reserved: 3 });

    expect(await put(productId, { stockChange: -6, price: 99, reason })).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_STOCK' },
    });
    expect(await readProduct(productId)).toMatchObject({ available: 5, reserved: 3, price: 1250 });
    expect(await auditOf(productId)).toEqual([]);

    expect(await put(productId, { stockChange: -5, reason })).toMatchObject({ status: 200, body: { stock: 0 } });
    expect(await readProduct(productId)).toMatchObject({ available: 0, reserved: 3 });
  });

  test('loses no unit while orders are placed at the same moment', async () => {
    const { productId } = await makeProduct({ available: 10 });
    const orders = Array.from({ length: 6 }, () => placeOrder(customer, orderRequest([{ productId, quantity: 2 }])));
    const changes = Array.from({ length: 10 }, (_, index) =>
      put(productId, { stockChange: index % 2 === 0 ? 3 : -1, reason }),
    );
    const answers = await Promise.all(changes);
    const rows = await Promise.all((await Promise.all(orders)).map((id) => waitForStatus(id, ['COMPLETED', 'FAILED'])));

    const made = answers
      .map(({ status }, index) => ({ status, difference: index % 2 === 0 ? 3 : -1 }))
      .filter(({ status }) => status === 200)
      .reduce((sum, { difference }) => sum + difference, 0);
    expect(answers.filter(({ status }) => ![200, 409, 429].includes(status))).toEqual([]);
    const sold = rows.filter(({ status }) => status === 'COMPLETED').length * 2;
    expect(await readProduct(productId)).toMatchObject({ available: 10 + made - sold, reserved: 0, sold });
  });

  test('records who changed what, why and when', async () => {
    const { productId } = await makeProduct();
    const before = new Date().toISOString();
    await put(productId, { price: 12.34, stockChange: -2, reason: 'two were broken' });

    const [entry, ...others] = await auditOf(productId);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      action: 'PRODUCT_CHANGED',
      operatorId: operator.customerId,
      reason: 'two were broken',
      change: { price: 12.34, stockChange: -2 },
    });
    expect(entry && entry.at >= before && entry.at <= new Date().toISOString()).toBe(true);
  });

  test('makes a change once when it is repeated with its Idempotency-Key', async () => {
    const { productId } = await makeProduct({ available: 10 });
    const key = { 'idempotency-key': randomUUID() };
    const same = await Promise.all(Array.from({ length: 6 }, () => put(productId, { stockChange: -7, reason }, key)));

    expect(same.map(({ status }) => status).filter((status) => ![200, 429].includes(status))).toEqual([]);
    expect(await put(productId, { stockChange: -7, reason }, key)).toMatchObject({ status: 200, body: { stock: 3 } });
    expect(await put(productId, { stockChange: -1, reason }, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_MISMATCH' },
    });
    expect((await readProduct(productId)).available).toBe(3);
    expect(await auditOf(productId)).toHaveLength(1);
  });

  test('does not create a product when a required member is missing', async () => {
    const productId = `T-${randomUUID()}`;
    expect(await put(productId, { stockChange: 5, reason })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    const whole = { name: 'Lamp', price: 1, currency: 'EUR', reason };
    expect(await put(productId, { ...whole, stockChange: -1 })).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_STOCK' },
    });
    await expect(readProduct(productId)).rejects.toThrow('does not exist');
  });

  test('needs no reason, and records a change without one too', async () => {
    const { productId } = await makeProduct({ available: 4 });
    expect(await put(productId, { stockChange: 1 })).toMatchObject({ status: 200, body: { stock: 5 } });
    const [entry, ...others] = await auditOf(productId);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ action: 'PRODUCT_CHANGED', change: { stockChange: 1 } });
    expect(entry).not.toHaveProperty('reason');
  });

  test.each([
    ['nothing to change', { reason }],
    ['a blank reason', { stockChange: 1, reason: '   ' }],
    ['a negative price', { price: -1, reason }],
    ['a price of nothing', { price: 0, reason }],
    ['a price with three decimals', { price: 19.999, reason }],
    ['a price beyond all bounds', { price: 1e300, reason }],
    ['a currency without hundredths', { price: 1, currency: 'JPY', reason }],
    ['a currency without its price', { currency: 'EUR', reason }],
    ['a fraction of a unit', { stockChange: 0.5, reason }],
    ['a stock that is set', { stock: 5, reason }],
    ['reservations that are set', { reserved: 0, reason }],
    ['an image that was not checked', { image: 'images/x.png', reason }],
    ['a name with a null byte', { name: 'a\u0000b', reason }],
  ])('refuses %s', async (_what, body) => {
    const product = await makeProduct();
    expect(await put(product.productId, body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await readProduct(product.productId)).toEqual(product);
  });

  test.each(['%00', 'a'.repeat(65), '-x', 'a%20b'])('refuses %s as a product id', async (productId) => {
    const answer = await put(productId, { name: 'x', price: 1, currency: 'USD', reason });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});
