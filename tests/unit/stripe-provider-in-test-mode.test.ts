import { randomUUID } from 'node:crypto';
import { stripeAccess } from '../../functions/shared/payments/providers/stripe-access.ts';
import { StripeProvider } from '../../functions/shared/payments/providers/stripe-provider.ts';
import { describePaymentProvider } from '../support/payment-provider-contract.ts';
import { StripeOrders, testStripeDeclines } from '../support/stripe-orders.ts';

const key = process.env.STRIPE_TEST_KEY;
const WITHOUT_KEY = 'needs STRIPE_TEST_KEY, a secret or restricted key of test mode, and the network';

if (!key) test.skip(`Stripe's own test mode ${WITHOUT_KEY}`, () => undefined);
else if (!/^(sk|rk)_test_/.test(key)) {
  test('runs on a key of test mode alone', () => {
    throw new Error('STRIPE_TEST_KEY is not a key of test mode: nothing was sent');
  });
} else {
  jest.setTimeout(120_000);
  const provider = new StripeProvider(stripeAccess(async () => key));
  const orders = new StripeOrders();

  describe("Stripe's own test mode", () => {
    describePaymentProvider(
      () => ({
        provider,
        request: (orderId, paymentToken) => orders.request(orderId, paymentToken),
        newOrderId: randomUUID,
        declined: 'pm_card_visa_chargeDeclined',
      }),
      { runs: 3 },
    );
    testStripeDeclines(() => provider, orders);
  });
}
