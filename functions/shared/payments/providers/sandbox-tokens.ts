import type { PaymentRequest } from '../payment-provider.ts';

/**
 * The test tokens of the sandbox. They work as the test cards of a real provider do. Whatever the table does not name
 * succeeds.
 *
 * | token | what happens |
 * |---|---|
 * | `tok_approved`, or no token | everything succeeds |
 * | `tok_declined`, `tok_insufficient_funds` | the authorization is declined |
 * | `tok_capture_declined` | the capture is declined |
 * | `tok_unavailable_once` | the order's first authorization fails with PaymentUnavailable, the next one succeeds |
 * | `tok_unavailable` | every authorization fails with PaymentUnavailable until it is healed |
 * | `tok_refund_unavailable` | every void and every refund fails with PaymentUnavailable until it is healed |
 * | `tok_authorized_then_timeout` | the authorization takes effect and its answer is lost, once |
 * | `tok_captured_then_timeout` | the capture takes effect and its answer is lost, once |
 *
 * Any other token is declined. A suffix `@<account>` selects the provider account. To heal an order is to set `healed`
 * to true in its row `fault_<orderId>` of the ledger. That row is not a payment.
 */
const TEST_TOKENS = [
  'tok_approved',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_capture_declined',
  'tok_unavailable_once',
  'tok_unavailable',
  'tok_refund_unavailable',
  'tok_authorized_then_timeout',
  'tok_captured_then_timeout',
] as const;

export type TestToken = (typeof TEST_TOKENS)[number];

/** The test token of a payment, or undefined when the sandbox does not know it. */
export function testTokenOf({ paymentToken = 'tok_approved' }: PaymentRequest): TestToken | undefined {
  const [name] = paymentToken.split('@');
  return TEST_TOKENS.find((token) => token === name);
}

/** The provider account that a payment's token selects. */
export function accountOf({ paymentToken }: PaymentRequest): string {
  return paymentToken?.split('@')[1] ?? 'sandbox';
}
