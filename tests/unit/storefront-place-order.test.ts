import { Refusal, Unanswered } from '../../storefront/src/api/refusal.ts';
import { addProduct } from '../../storefront/src/shop/cart/cart.ts';
import { StoredCart } from '../../storefront/src/shop/cart/stored-cart.ts';
import {
  AlreadyOrdered,
  type Order,
  type OrderRequest,
  orderPlacer,
} from '../../storefront/src/shop/checkout/place-order.ts';
import { keptToken } from '../../storefront/src/shop/payment/kept-token.ts';
import { memoryStorage } from '../support/memory-storage.ts';

const LAMP = { productId: 'LAMP', name: 'Lamp', price: 34.5, currency: 'USD', stock: 10 };
const DETAILS = {
  shippingAddress: { street: '1 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
  notify: { email: true },
};
const NOW = new Date('2026-11-21T12:00:00Z');

type Send = (request: OrderRequest, key: string) => Promise<Order>;

/** An API that keeps one order per key as the real one does. Answers of `lost` tries do not arrive. */
function fakeApi({ lost = [] }: { lost?: number[] } = {}) {
  const orders = new Map<string, string>();
  let tries = 0;
  const send: Send = async (request, key) => {
    tries += 1;
    const isLost = lost.includes(tries);
    const body = JSON.stringify(request);
    const before = orders.get(key);
    if (before !== undefined && before !== body) {
      throw new Refusal({ status: 422, code: 'IDEMPOTENCY_MISMATCH', detail: 'used for another request' });
    }
    orders.set(key, body);
    if (isLost) throw new Unanswered('no answer');
    return { orderId: `order-of-${key}` } as Order;
  };
  return { orders, send, tries: () => tries };
}

let keys = 0;
function cartInStorage(storage = memoryStorage()) {
  const cart = new StoredCart(storage, () => {
    keys += 1;
    return `key-${keys}`;
  });
  return { cart, storage, reload: () => cartInStorage(storage).cart };
}

function filled() {
  const made = cartInStorage();
  made.cart.update((cart) => addProduct(cart, LAMP).cart);
  return made;
}

const placer = (cart: StoredCart, send: Send) => orderPlacer(cart, send, () => NOW);

test('an order is sent with the prices that the customer saw, and empties the cart', async () => {
  const { cart } = filled();
  const sent: OrderRequest[] = [];
  const { key } = cart.get();
  const order = await placer(cart, async (request, used) => {
    sent.push(request);
    return { orderId: used } as Order;
  })(DETAILS);
  expect(order.orderId).toBe(key);
  expect(sent).toEqual([
    {
      ...DETAILS,
      items: [{ productId: 'LAMP', quantity: 1, price: 34.5 }],
      totalAmount: 34.5,
      paymentMethod: 'credit_card',
    },
  ]);
  expect(cart.get()).toEqual({ key: expect.not.stringContaining(key), lines: [] });
});

test('a double click sends one request, and both clicks get its answer', async () => {
  const { cart } = filled();
  const { send, tries } = fakeApi();
  const place = placer(cart, send);
  const [first, second] = await Promise.all([place(DETAILS), place(DETAILS)]);
  expect(first).toBe(second);
  expect(tries()).toBe(1);
});

test('after a lost answer, another try becomes the same order', async () => {
  const { cart } = filled();
  const { send, orders } = fakeApi({ lost: [1] });
  const place = placer(cart, send);
  await expect(place(DETAILS)).rejects.toThrow(Unanswered);
  expect(cart.get()).toMatchObject({ lines: [{ productId: 'LAMP' }], sentAt: NOW.toISOString() });
  await place(DETAILS);
  expect(orders.size).toBe(1);
  expect(cart.get().lines).toEqual([]);
});

test('after a lost answer and a reload, another try becomes the same order', async () => {
  const { cart, reload } = filled();
  const { send, orders } = fakeApi({ lost: [1] });
  await expect(placer(cart, send)(DETAILS)).rejects.toThrow(Unanswered);
  const later = reload();
  expect(later.get().sentAt).toBe(NOW.toISOString());
  await placer(later, send)(DETAILS);
  expect(orders.size).toBe(1);
});

test('two tabs that order the same cart at once make one order', async () => {
  const { cart, reload } = filled();
  const { send, orders } = fakeApi();
  const [one, other] = await Promise.all([placer(cart, send)(DETAILS), placer(reload(), send)(DETAILS)]);
  expect(one).toEqual(other);
  expect(orders.size).toBe(1);
});

test('a changed order after a lost answer is not placed beside the first one', async () => {
  const { cart } = filled();
  const { send, orders } = fakeApi({ lost: [1] });
  const place = placer(cart, send);
  await expect(place(DETAILS)).rejects.toThrow(Unanswered);
  const { key } = cart.get();
  cart.update((before) => addProduct(before, LAMP).cart);
  await expect(place(DETAILS)).rejects.toThrow(AlreadyOrdered);
  expect(orders.size).toBe(1);
  // The customer was told. Only another order, knowingly placed, is a second one.
  expect(cart.get()).toMatchObject({ lines: [{ quantity: 2 }], key: expect.not.stringContaining(key) });
  expect(cart.get().sentAt).toBeUndefined();
  await place(DETAILS);
  expect(orders.size).toBe(2);
});

test.each(['PRICE_MISMATCH', 'VALIDATION_FAILED', 'TOO_MANY_REQUESTS', 'UNAUTHORIZED'])(
  'after %s the cart is kept with its key, and nothing is waited for',
  async (code) => {
    const { cart } = filled();
    const { key } = cart.get();
    const refusal = new Refusal({ status: 400, code, detail: 'no' });
    await expect(placer(cart, async () => Promise.reject(refusal))(DETAILS)).rejects.toBe(refusal);
    expect(cart.get()).toMatchObject({ key, lines: [{ productId: 'LAMP' }] });
    expect(cart.get().sentAt).toBeUndefined();
  },
);

test('after INTERNAL the order may exist, so the key is kept and the try counts as not answered', async () => {
  const { cart } = filled();
  const { key } = cart.get();
  const refusal = new Refusal({ status: 500, code: 'INTERNAL', detail: 'no' });
  await expect(placer(cart, async () => Promise.reject(refusal))(DETAILS)).rejects.toBe(refusal);
  expect(cart.get()).toMatchObject({ key, sentAt: NOW.toISOString() });
});

describe('the token of a card', () => {
  test('is made once for all tries with the same card, and anew for another', async () => {
    let made = 0;
    const token = keptToken(async () => {
      made += 1;
      return `pm_${made}`;
    });
    expect([await token.get(), await token.get()]).toEqual(['pm_1', 'pm_1']);
    token.forget();
    expect(await token.get()).toBe('pm_2');
  });

  test('is tried again after it could not be made', async () => {
    let made = 0;
    const token = keptToken(async () => {
      made += 1;
      if (made === 1) throw new Error('incomplete');
      return `pm_${made}`;
    });
    await expect(token.get()).rejects.toThrow('incomplete');
    expect(await token.get()).toBe('pm_2');
  });
});
