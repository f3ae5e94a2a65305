import { type Customer, makeCustomer } from '../support/accounts.ts';
import { placeMany, settled, violationsOf } from '../support/many-orders.ts';
import { type Notifications, openNotifications } from '../support/notifications.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct, readProduct } from '../support/products.ts';

const ORDERS = 200;
const UNITS = 50;

let customer: Customer;
let notifications: Notifications;

beforeAll(async () => {
  [customer, notifications] = await Promise.all([makeCustomer(), openNotifications()]);
});

afterAll(() => notifications.close());

test(`of ${ORDERS} orders at once for ${UNITS} units, exactly ${UNITS} are completed and no other is charged`, async () => {
  const product = await makeProduct({ available: UNITS });
  const orderIds = await placeMany(customer, ORDERS, [{ productId: product.productId, quantity: 1 }]);
  const orders = await settled(orderIds, 400);

  const ends = Map.groupBy(orders, ({ status, error }) => `${status} ${error?.code ?? ''}`.trim());
  expect(Object.fromEntries([...ends].map(([end, { length }]) => [end, length]))).toEqual({
    COMPLETED: UNITS,
    'FAILED OUT_OF_STOCK': ORDERS - UNITS,
  });
  expect(await readProduct(product.productId)).toMatchObject({ available: 0, reserved: 0, sold: UNITS });
  const payments = await Promise.all(orderIds.map(readPayment));
  expect(payments.filter((payment) => payment?.voided && payment.authorizedAmount > 0)).toHaveLength(ORDERS - UNITS);
  expect(payments.filter((payment) => payment?.capturedAmount === product.price)).toHaveLength(UNITS);
  expect(await violationsOf(orders, [product], notifications)).toEqual([]);
}, 480_000);
