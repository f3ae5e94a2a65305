import { makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';

/** The deployed threshold, and the words that a customer reads. */
const MAX_DECLINES_PER_HOUR = 10;
const hour = () => new Date().toISOString().slice(0, 13);

test('a customer who tries one card after the other has to wait, and reads why in plain words', async () => {
  const { productId } = await makeProduct();
  const declined = orderRequest([{ productId, quantity: 1 }], { paymentToken: 'tok_declined' });
  // Declines are counted for each hour of the clock. A run that crosses the hour begins again with another customer.
  for (let run = 0; run < 2; run += 1) {
    const startedIn = hour();
    const customer = await makeCustomer();
    const ids = await Promise.all(Array.from({ length: MAX_DECLINES_PER_HOUR }, () => placeOrder(customer, declined)));
    await Promise.all(ids.map((orderId) => waitForStatus(orderId, 'FAILED')));
    const next = await call('POST', '/orders', { token: customer.idToken, body: declined });
    if (hour() !== startedIn) continue;

    expect(next).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(0);
    const shown = await call('GET', `/orders/${ids[0]}`, { token: customer.idToken });
    expect(shown.body.error).toEqual({ code: 'PAYMENT_DECLINED', message: 'the payment was declined' });
    const other = await makeCustomer();
    expect(await call('POST', '/orders', { token: other.idToken, body: declined })).toMatchObject({ status: 202 });
    return;
  }
  throw new Error('both runs crossed an hour');
});
