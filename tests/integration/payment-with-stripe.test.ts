import { authorize, capture } from '../../functions/payment/payment.ts';
import { refund, requestFor } from '../../functions/shared/payments/order-payment.ts';
import { stripeAccess } from '../../functions/shared/payments/providers/stripe-access.ts';
import { StripeProvider } from '../../functions/shared/payments/providers/stripe-provider.ts';
import { FakeStripe } from '../support/fake-stripe.ts';
import { orderRow, putClaimedOrder, reread } from '../support/order-rows.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { dynamodb, stack } from '../support/stack.ts';

let stripe: FakeStripe;
let line: RecordingProxy;
let payments: { dynamodb: typeof dynamodb; ordersTable: string; provider: StripeProvider };

beforeAll(async () => {
  stripe = await FakeStripe.start();
  line = await RecordingProxy.before(stripe.port);
  const access = stripeAccess(async () => stripe.apiKey, { host: '127.0.0.1', port: line.port, protocol: 'http' });
  payments = { dynamodb, ordersTable: stack.ordersTable, provider: new StripeProvider(access) };
});
beforeEach(() => line.reset());
afterAll(async () => {
  await line.stop();
  await stripe.stop();
});

test('keeps the id of the intent on the row, also through the capture', async () => {
  const order = await putClaimedOrder();
  await expect(authorize(order, payments)).resolves.toEqual({ status: 'AUTHORIZED' });
  const [intent] = stripe.intentsOf(order.orderId);
  expect(await reread(order)).toEqual({ ...order, paymentId: intent?.id });
  await expect(capture(order, payments)).resolves.toEqual({ status: 'CAPTURED' });
  expect(await reread(order)).toMatchObject({ paymentId: intent?.id, phase: 'CAPTURING' });
  const { total } = order;
  await expect(refund(order, payments)).resolves.toEqual({
    payment: { status: 'REFUNDED', authorized: total, captured: total, refunded: total },
  });
});

test('never replaces the id of the intent by another', async () => {
  const order = await putClaimedOrder();
  const asked = ['pi_a', 'pi_b', 'pi_c', 'pi_a'].map((id) => requestFor(order, payments).keepPaymentId?.(id));
  const answers = new Set(await Promise.all(asked));
  expect(answers).toEqual(new Set([(await reread(order)).paymentId]));
});

test('keeps no id for an order that does not exist, and so does not confirm', async () => {
  const nobody = orderRow();
  await expect(payments.provider.authorize(requestFor(nobody, payments))).rejects.toMatchObject({
    name: 'OrderNotFound',
  });
  expect(line.requests.map(({ path }) => path)).toEqual(['/v1/payment_intents']);
  await expect(reread(nobody)).resolves.toBeUndefined();
});

test('closes the payment of an order that was undone before its authorization arrived', async () => {
  const order = await putClaimedOrder();
  const late = requestFor(order, payments);
  await expect(refund(order, payments)).resolves.toEqual({
    payment: { status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 },
  });
  stripe.forgetKeys();
  await expect(payments.provider.authorize(late)).rejects.toMatchObject({ name: 'PaymentClosed' });
  await expect(capture(order, payments)).rejects.toMatchObject({ name: 'PaymentClosed' });
  expect(stripe.intentsOf(order.orderId).filter(({ charge }) => charge)).toEqual([]);
});

test.each(['payment_intents', 'confirm'])('voids an authorization whose request to %s was not answered', async (at) => {
  const order = await putClaimedOrder();
  line.spoil('POST', new RegExp(`/${at}$`), 'lose-answer');
  await authorize(order, payments).catch((error: unknown) => error);
  expect(line.spoilingsLeft).toBe(0);
  await expect(refund(order, payments)).resolves.toMatchObject({ payment: { status: 'VOIDED', captured: 0 } });
  expect(stripe.intentsOf(order.orderId).map(({ status }) => status)).toEqual(['canceled']);
});

test('refunds a capture whose answer was lost', async () => {
  const order = await putClaimedOrder();
  await authorize(order, payments);
  line.spoil('POST', /capture$/, 'lose-answer');
  line.spoil('GET', /payment_intents/, 'lose-answer');
  await expect(capture(order, payments)).rejects.toMatchObject({
    name: 'PaymentUnavailable',
  });
  await expect(refund(order, payments)).resolves.toMatchObject({ payment: { status: 'REFUNDED' } });
});
