import { browserStorage } from '../../session/browser-storage.ts';
import { useStore } from '../../ui/use-store.ts';
import type { Cart } from './cart.ts';
import { StoredCart } from './stored-cart.ts';

/** The cart of this browser. */
export const cartStore = new StoredCart(browserStorage, () => crypto.randomUUID());

addEventListener('storage', ({ key }) => cartStore.onStorage(key));

/** The cart; the component is drawn again when it changes. */
export function useCart(): Cart {
  return useStore(cartStore);
}
