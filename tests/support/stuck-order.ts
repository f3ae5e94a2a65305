import { waitForStatus } from './order-rows.ts';
import { orderRequest, placeOrder } from './orders.ts';
import { tokenOnItsOwn } from './sandbox-account.ts';

/**
 * An order that needs attention: there is less than it asks for, and its payment cannot be voided until `heal`. Nothing
 * was captured, so that its failures count on an account of its own. A retry ends it as FAILED.
 *
 * @param line more of a product than there are
 */
export async function stuckOrder(
  customer: { idToken: string },
  line: { productId: string; quantity: number },
): Promise<string> {
  const { paymentToken } = tokenOnItsOwn('tok_refund_unavailable');
  const orderId = await placeOrder(customer, orderRequest([line], { paymentToken }));
  await waitForStatus(orderId, 'NEEDS_ATTENTION', 240);
  return orderId;
}
