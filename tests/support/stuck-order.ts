import { call } from './api.ts';
import { waitForStatus } from './order-rows.ts';
import { orderRequest, placeOrder } from './orders.ts';
import { tokenOnItsOwn } from './sandbox-account.ts';

/**
 * An order that was completed and cancelled, and whose refund does not succeed until `heal`. So it needs attention: it
 * has the execution of its order and that of its cancel, each ended.
 */
export async function stuckOrder(customer: { idToken: string }, productId: string): Promise<string> {
  const { paymentToken } = tokenOnItsOwn('tok_refund_unavailable');
  const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 1 }], { paymentToken }));
  await waitForStatus(orderId, 'COMPLETED', 120);
  const { status } = await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });
  if (status !== 202) throw new Error(`the cancel of ${orderId} was refused: ${status}`);
  await waitForStatus(orderId, 'NEEDS_ATTENTION', 240);
  return orderId;
}
