import { type Customer, makeCustomer } from '../support/accounts.ts';
import { breakers } from '../support/breakers.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { waitFor } from '../support/wait-for.ts';

let customer: Customer;

beforeAll(async () => {
  customer = await makeCustomer();
});

test('opens for an account that fails, lets its orders wait and closes when one probe is answered', async () => {
  const product = await makeProduct();
  const { paymentToken, account } = tokenOnItsOwn('tok_unavailable');
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken });
  const orders = [await placeOrder(customer, request), await placeOrder(customer, request)];
  const id = { provider: 'sandbox', account };
  await waitFor('the breaker to open', async () => (await breakers.read(id)).state === 'OPEN');
  await Promise.all(orders.map(heal));
  for (const orderId of orders) {
    const completed = await waitForStatus(orderId, 'COMPLETED', 120);
    await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: completed.total });
  }
  await expect(breakers.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
}, 180_000);
