import { randomUUID } from 'node:crypto';
import { PaymentDeclined } from '../../functions/shared/payments/payment-provider.ts';
import { stripeAccess } from '../../functions/shared/payments/providers/stripe-access.ts';
import { StripeProvider } from '../../functions/shared/payments/providers/stripe-provider.ts';
import { describePaymentProvider } from '../support/payment-provider-contract.ts';

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
  const kept = new Map<string, string>();
  const request = (orderId: string, paymentToken?: string) => {
    const paymentId = kept.get(orderId);
    return {
      orderId,
      amount: 8997,
      currency: 'USD',
      ...(paymentToken && { paymentToken }),
      ...(paymentId && { paymentId }),
      keepPaymentId: async (learned: string) => {
        const first = kept.get(orderId) ?? learned;
        kept.set(orderId, first);
        return first;
      },
    };
  };

  describe("Stripe's own test mode", () => {
    describePaymentProvider(
      () => ({ provider, request, newOrderId: randomUUID, declined: 'pm_card_visa_chargeDeclined' }),
      { runs: 3 },
    );

    test.each([
      ['pm_card_authenticationRequired', 'authentication_required'],
      ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
      ['pm_nobody_has', 'payment_method'],
    ])('declines %s and says why', async (token, why) => {
      const failed = provider.authorize(request(randomUUID(), token));
      await expect(failed).rejects.toThrow(PaymentDeclined);
      await expect(failed).rejects.toThrow(why);
    });
  });
}
