import type { components } from './openapi.generated.d.ts';

type Order = components['schemas']['Order'];

/**
 * An order's payment in words for the people of the shop. An order notes its payment when it is captured, and when the
 * order ends. Before that only the provider knows, which matters most where an undo did not succeed.
 */
export function paymentInWords({ status, payment }: Pick<Order, 'status' | 'payment'>): string {
  if (payment.status !== 'NONE') return payment.status.toLowerCase();
  if (status === 'PENDING') return 'none yet';
  if (status === 'PROCESSING') return 'under way';
  return status === 'NEEDS_ATTENTION' ? 'not known here: see the payment provider' : 'none';
}
