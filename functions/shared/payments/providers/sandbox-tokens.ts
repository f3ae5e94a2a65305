import type { PaymentRequest } from '../payment-provider.ts';

/**
 * The test tokens of the sandbox. They work as the test cards of a real provider do. Whatever the table does not name
 * succeeds. The first two rows always work. The others make the provider fail, and every customer of the account feels
 * that, because its circuit breaker opens. So they need the deployment's parameter SandboxFaults, and are declined without.
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
 * Any other token is declined. With SandboxFaults, a suffix `@<account>` selects the provider account. To heal an order is to set `healed`
 * to true in its row `fault_<orderId>` of the ledger. That row is not a payment.
 */
const CARD_TOKENS = ['tok_approved', 'tok_declined', 'tok_insufficient_funds'] as const;
const FAULT_TOKENS = [
  'tok_capture_declined',
  'tok_unavailable_once',
  'tok_unavailable',
  'tok_refund_unavailable',
  'tok_authorized_then_timeout',
  'tok_captured_then_timeout',
] as const;

export const TEST_TOKENS = [...CARD_TOKENS, ...FAULT_TOKENS] as const;
export type TestToken = (typeof TEST_TOKENS)[number];

/**
 * The test token of a payment, or undefined when the sandbox does not know it.
 *
 * @param faults whether the deployment allows tokens that make the provider fail.
 */
export function testTokenOf(
  { paymentToken = 'tok_approved' }: Pick<PaymentRequest, 'paymentToken'>,
  faults: boolean,
): TestToken | undefined {
  if (!faults) return CARD_TOKENS.find((token) => token === paymentToken);
  const [name] = paymentToken.split('@');
  return TEST_TOKENS.find((token) => token === name);
}

/** The account of every payment whose token selects no other. */
export const DEFAULT_ACCOUNT = 'sandbox';

/**
 * The provider account of a payment. It becomes a key of the Operations table, and so must not be a customer's text. Only
 * where faults are allowed does the token select it, or the payment's id when the order has forgotten its token.
 */
export function accountOf(
  { paymentToken, paymentId }: Pick<PaymentRequest, 'paymentToken' | 'paymentId'>,
  faults: boolean,
): string {
  return (faults && (paymentToken ?? paymentId)?.split('@')[1]) || DEFAULT_ACCOUNT;
}
