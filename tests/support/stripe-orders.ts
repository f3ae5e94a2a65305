import { randomUUID } from 'node:crypto';
import {
  PaymentDeclined,
  type PaymentProvider,
  type PaymentRequest,
} from '../../functions/shared/payments/payment-provider.ts';

/** Orders of 89.97 USD whose rows keep the id of their intent, as the attribute `paymentId` does. */
export class StripeOrders {
  /** The id of the intent by order id. */
  readonly kept = new Map<string, string>();

  /** The request of an order as its row has it now. */
  request(orderId: string, paymentToken?: string): PaymentRequest {
    const paymentId = this.kept.get(orderId);
    return {
      orderId,
      amount: 8997,
      currency: 'USD',
      ...(paymentToken && { paymentToken }),
      ...(paymentId && { paymentId }),
      keepPaymentId: async (learned) => {
        const first = this.kept.get(orderId) ?? learned;
        this.kept.set(orderId, first);
        return first;
      },
    };
  }
}

/** Tests that Stripe's declines are told with their reason, by the fake server and by Stripe's test mode alike. */
export function testStripeDeclines(provider: () => PaymentProvider, orders: StripeOrders): void {
  test.each([
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_authenticationRequired', 'authentication_required'],
    ['pm_nobody_has', 'payment_method'],
  ])('declines %s and says why', async (token, why) => {
    const failed = provider().authorize(orders.request(randomUUID(), token));
    await expect(failed).rejects.toThrow(PaymentDeclined);
    await expect(failed).rejects.toThrow(why);
  });
}
