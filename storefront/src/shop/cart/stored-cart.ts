import type { KeyValueStorage } from '../../session/session.ts';
import { type Cart, parseCart } from './cart.ts';

export const CART_KEY = 'cart';

/** The cart in a storage that all tabs share. It survives a reload. */
export class StoredCart {
  readonly #storage: KeyValueStorage;
  readonly #newKey: () => string;
  readonly #listeners = new Set<() => void>();
  #cart: Cart;

  /** @param newKey makes an Idempotency-Key that nobody has used. */
  constructor(storage: KeyValueStorage, newKey: () => string) {
    this.#storage = storage;
    this.#newKey = newKey;
    this.#cart = this.#read();
  }

  /** The cart now. The same object until it changes. */
  get = (): Cart => this.#cart;

  /** Calls back after every change, also by another tab. Returns what ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Changes the cart as it is in the storage now: another tab may have changed it a moment ago. */
  update(change: (cart: Cart) => Cart): void {
    const before = this.#read();
    const after = change(before);
    this.#storage.setItem(CART_KEY, JSON.stringify(after));
    this.#accept(after);
  }

  /** Ends the cart with this key: its order is placed. A cart with another key is another order's. */
  placed(key: string): void {
    this.update((cart) => (cart.key === key ? { key: this.#newKey(), lines: [] } : cart));
  }

  /** Gives the cart another key, because the order with this one exists. Ordering it again is then another order. */
  renewKey(key: string): void {
    this.update(({ sentAt, ...cart }) =>
      cart.key === key ? { ...cart, key: this.#newKey() } : { ...cart, ...(sentAt !== undefined && { sentAt }) },
    );
  }

  /** To be called when another tab changed the storage: `key` is what changed, null for everything. */
  onStorage(key: string | null): void {
    if (key === null || key === CART_KEY) this.#accept(this.#read());
  }

  #read(): Cart {
    const text = this.#storage.getItem(CART_KEY);
    const cart = parseCart(text, this.#newKey);
    // Written at once, so that two tabs with an empty cart have one key.
    if (text === null || !text.includes(cart.key)) this.#storage.setItem(CART_KEY, JSON.stringify(cart));
    return cart;
  }

  #accept(cart: Cart): void {
    this.#cart = cart;
    for (const listener of this.#listeners) listener();
  }
}
