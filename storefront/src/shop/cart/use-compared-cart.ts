import { useEffect } from 'preact/hooks';
import { say } from '../../ui/live-region.tsx';
import { type Loaded, useLoaded } from '../../ui/use-loaded.ts';
import { findProducts } from '../products/catalogue.ts';
import { type Cart, changesOf, compareWithCatalogue } from './cart.ts';
import { cartStore, useCart } from './cart-store.ts';

/** The cart, compared with the catalogue when the page opens: prices and stock may have changed since. */
export function useComparedCart(): { cart: Cart; comparison: Loaded<true> } {
  const cart = useCart();
  const comparison = useLoaded(compareCart);
  const changed = cart.lines.filter((line) => changesOf(line).length > 0).length;
  useEffect(() => {
    if (comparison.value && changed > 0)
      say(`${changed === 1 ? 'One product' : `${changed} products`} changed since you put it into the cart.`);
  }, [comparison.value, changed]);
  return { cart, comparison };
}

/**
 * Brings prices and stock of the cart up to date.
 *
 * @throws Refusal, or Unanswered
 */
export async function compareCart(): Promise<true> {
  const ids = cartStore.get().lines.map(({ productId }) => productId);
  if (ids.length === 0) return true;
  const catalogue = await findProducts(ids);
  cartStore.update((cart) => {
    // A product that another tab added meanwhile was not asked for.
    const asked = { ...cart, lines: cart.lines.filter(({ productId }) => ids.includes(productId)) };
    const compared = new Map(compareWithCatalogue(asked, catalogue).lines.map((line) => [line.productId, line]));
    return { ...cart, lines: cart.lines.map((line) => compared.get(line.productId) ?? line) };
  });
  return true;
}
