import type { components } from './openapi.generated.d.ts';

type Order = components['schemas']['Order'];

/**
 * An order's payment in words for the people of the shop. An order notes its payment before it is captured, and when the
 * order ends. Between these only the provider knows, which matters most where an undo did not succeed.
 */
export function paymentInWords({ status, payment }: Pick<Order, 'status' | 'payment'>): string {
  const isNoted = payment.status !== 'NONE';
  if (status === 'NEEDS_ATTENTION') {
    return `${isNoted ? `${payment.status.toLowerCase()} when last noted` : 'not known here'}: see the payment provider`;
  }
  if (isNoted) return payment.status.toLowerCase();
  if (status === 'PENDING') return 'none yet';
  return status === 'PROCESSING' ? 'under way' : 'none';
}
