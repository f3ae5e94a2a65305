import { useRef, useState } from 'preact/hooks';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { focusItem } from '../../ui/focus-item.ts';
import { say } from '../../ui/live-region.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { useLoaded } from '../../ui/use-loaded.ts';
import { type AddRefusal, addProduct, type Product } from '../cart/cart.ts';
import { cartStore, useCart } from '../cart/cart-store.ts';
import { loadProducts } from './catalogue.ts';
import { ProductPicture } from './product-picture.tsx';

const REFUSALS: Readonly<Record<AddRefusal, string>> = {
  STOCK: 'There are no more in stock.',
  CURRENCY: 'Your cart has products in another currency. Order those first.',
  LINES: 'Your cart is full. Order what is in it first.',
};

/** The catalogue, page after page below one another. */
export function ProductsPage() {
  const first = useLoaded(() => loadProducts());
  const [more, setMore] = useState<{ items: Product[]; nextToken?: string }[]>([]);
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const list = useRef<HTMLUListElement>(null);

  const pages = first.value ? [first.value, ...more] : [];
  const products = pages.flatMap(({ items }) => items);
  const nextToken = pages.at(-1)?.nextToken;

  async function showMore(): Promise<void> {
    setIsBusy(true);
    setFailure(undefined);
    try {
      const page = await loadProducts(nextToken);
      const shown = products.length;
      setMore((before) => [...before, page]);
      say(`${page.items.length} more products.`);
      focusItem(list.current, shown);
    } catch (error) {
      setFailure(error);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Page title="Products" lead="Good things for desk and road.">
      {first.error !== undefined && !first.value && <Failure error={first.error} onRetry={first.reload} />}
      {first.isLoading && !first.value && <Loading what="the products" />}
      {first.value && products.length === 0 && nextToken === undefined && (
        <p>There is nothing for sale at the moment.</p>
      )}
      {products.length > 0 && (
        <ul class="products" ref={list}>
          {products.map((product) => (
            <ProductCard key={product.productId} product={product} />
          ))}
        </ul>
      )}
      {failure !== undefined && <Failure error={failure} />}
      {nextToken !== undefined && (
        <p class="more">
          <Button kind="secondary" isBusy={isBusy} onClick={showMore}>
            Show more products
          </Button>
        </p>
      )}
    </Page>
  );
}

function ProductCard({ product }: { product: Product }) {
  const { productId, name, price, currency, stock, imageUrl } = product;
  const [refused, setRefused] = useState<AddRefusal>();
  const inCart = useCart().lines.find((line) => line.productId === productId)?.quantity ?? 0;

  function add(): void {
    let refusal: AddRefusal | undefined;
    cartStore.update((cart) => {
      const result = addProduct(cart, product);
      refusal = result.refused;
      return result.cart;
    });
    setRefused(refusal);
    say(refusal ? REFUSALS[refusal] : `${name} is in your cart, ${inCart + 1} in all.`);
  }

  return (
    <li class="product" tabIndex={-1}>
      <ProductPicture imageUrl={imageUrl} size="large" />
      <h2>{name}</h2>
      <p class="product-facts">
        <Money amount={price} currency={currency} />
        <Stock stock={stock} />
      </p>
      {stock > 0 && (
        <Button aria-label={`Add to cart: ${name}`} onClick={add}>
          Add to cart
        </Button>
      )}
      {inCart > 0 && <p class="in-cart">{inCart} in your cart</p>}
      {refused && <p class="field-error">{REFUSALS[refused]}</p>}
    </li>
  );
}

/** Fewer than this many are told exactly, because then it matters. */
const FEW = 10;

function Stock({ stock }: { stock: number }) {
  if (stock === 0) return <span class="stock stock-none">Sold out</span>;
  return stock < FEW ? <span class="stock stock-few">Only {stock} left</span> : <span class="stock">In stock</span>;
}
