import type { components } from '../../api/openapi.generated.d.ts';
import { Refusal } from '../../api/refusal.ts';
import { totalOf } from '../cart/cart.ts';
import type { StoredCart } from '../cart/stored-cart.ts';

export type Order = components['schemas']['Order'];
export type OrderRequest = components['schemas']['OrderRequest'];
/** What the customer enters at check-out. */
export type OrderDetails = Pick<OrderRequest, 'shippingAddress' | 'paymentToken' | 'customerName' | 'notify'>;

/** An earlier try with the cart's key has reached the API after all, and this one is not the same. */
export class AlreadyOrdered extends Error {
  override readonly name = 'AlreadyOrdered';
}

/**
 * Orders what is in the cart, once, however often it is called. While a try is under way, another call gets its answer.
 * After a lost answer or a reload, the next try has the same Idempotency-Key, because the key belongs to the cart. The
 * prices are those that the customer saw, so that the API refuses others.
 *
 * @param send asks POST /orders. Throws Refusal or Unanswered.
 */
export function orderPlacer(
  cart: StoredCart,
  send: (request: OrderRequest, idempotencyKey: string) => Promise<Order>,
  now: () => Date,
) {
  let underWay: Promise<Order> | undefined;

  /** @throws AlreadyOrdered, Refusal or Unanswered. The cart is kept. */
  return function placeOrder(details: OrderDetails): Promise<Order> {
    underWay ??= place(details).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  async function place(details: OrderDetails): Promise<Order> {
    cart.update((before) => ({ ...before, sentAt: before.sentAt ?? now().toISOString() }));
    const { key, lines } = cart.get();
    const request: OrderRequest = {
      items: lines.map(({ productId, quantity, price }) => ({ productId, quantity, price })),
      totalAmount: totalOf({ lines }).amount,
      paymentMethod: 'credit_card',
      ...details,
    };
    try {
      const order = await send(request, key);
      cart.placed(key);
      return order;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === 'IDEMPOTENCY_MISMATCH') {
        cart.renewKey(key);
        throw new AlreadyOrdered(error.message);
      }
      // INTERNAL may come after the order was written. With any other refusal, this try ordered nothing.
      if (error.code !== 'INTERNAL') cart.update(({ sentAt: _, ...refused }) => refused);
      throw error;
    }
  }
}
