import { useId } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/live-region.tsx';
import { Message } from '../../ui/message.tsx';
import { Money, money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { ProductPicture } from '../products/product-picture.tsx';
import { acknowledge, type CartLine, isOrderable, MAX_QUANTITY, removeProduct, setQuantity, totalOf } from './cart.ts';
import { cartStore } from './cart-store.ts';
import { LineChanges } from './line-changes.tsx';
import { useComparedCart } from './use-compared-cart.ts';

export function CartPage() {
  const { cart, comparison } = useComparedCart();
  const { route } = useLocation();
  const { lines } = cart;

  if (lines.length === 0) {
    return (
      <Page title="Cart" lead="Your cart is empty.">
        <p>
          <a href="/">See the products</a>
        </p>
      </Page>
    );
  }

  const { amount, currency } = totalOf(cart);
  const isGood = isOrderable(cart);
  return (
    <Page title="Cart">
      {comparison.error !== undefined && (
        <Message kind="info">
          <p>Prices and stock could not be checked. They are checked again when you order.</p>
          <Button kind="secondary" isBusy={comparison.isLoading} onClick={comparison.reload}>
            Check again
          </Button>
        </Message>
      )}
      {lines.some(({ priceBefore }) => priceBefore !== undefined) && (
        <Message kind="warning" title="Prices have changed">
          <p>The cart shows the new ones.</p>
          <Button kind="secondary" onClick={() => cartStore.update(acknowledge)}>
            I have seen it
          </Button>
        </Message>
      )}
      <ul class="cart-lines">
        {lines.map((line) => (
          <Line key={line.productId} line={line} />
        ))}
      </ul>
      <p class="total">
        Total <Money amount={amount} currency={currency} />
      </p>
      {!isGood && !comparison.isLoading && (
        <p class="field-error" id="cart-blocked">
          Something in your cart cannot be ordered as it is. See the lines above.
        </p>
      )}
      <p class="actions">
        <Button
          aria-disabled={!isGood}
          {...(!isGood && { 'aria-describedby': 'cart-blocked' })}
          onClick={() => isGood && route('/checkout')}
        >
          Check out
        </Button>
        <a href="/">Go on shopping</a>
      </p>
    </Page>
  );
}

function Line({ line }: { line: CartLine }) {
  const { productId, name, price, currency, quantity, imageUrl, isGone } = line;
  const id = useId();
  const change = (wanted: number) => {
    cartStore.update((cart) => setQuantity(cart, productId, wanted));
    const now = cartStore.get();
    const { amount } = totalOf(now);
    say(`Total ${money(amount, currency)}.`);
  };
  return (
    <li class="cart-line">
      <ProductPicture imageUrl={imageUrl} size="small" />
      <div class="cart-line-what">
        <h2>{name}</h2>
        <p>
          <Money amount={price} currency={currency} /> each
        </p>
        <LineChanges line={line} id={`${id}-changes`} />
      </div>
      <div class="cart-line-how-many">
        <fieldset class="quantity">
          <legend class="visually-hidden">Quantity of {name}</legend>
          <button
            type="button"
            class="button button-secondary"
            aria-label={`One ${name} fewer`}
            aria-disabled={quantity <= 1}
            onClick={() => change(quantity - 1)}
          >
            −
          </button>
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={MAX_QUANTITY}
            value={quantity}
            aria-label={`Quantity of ${name}`}
            aria-describedby={`${id}-changes`}
            onChange={(event) => {
              const { valueAsNumber } = event.currentTarget;
              change(valueAsNumber);
              // What cannot be is set back to what is.
              event.currentTarget.value = String(
                cartStore.get().lines.find((one) => one.productId === productId)?.quantity ?? quantity,
              );
            }}
          />
          <button
            type="button"
            class="button button-secondary"
            aria-label={`One ${name} more`}
            onClick={() => change(quantity + 1)}
          >
            +
          </button>
        </fieldset>
        <Button
          kind="quiet"
          aria-label={`Remove ${name}`}
          onClick={() => {
            cartStore.update((cart) => removeProduct(cart, productId));
            say(`${name} is removed from your cart.`);
            // The button that had the focus is gone.
            document.getElementById('content')?.focus();
          }}
        >
          Remove
        </Button>
      </div>
      <p class="cart-line-sum">
        {!isGone && <Money amount={(Math.round(price * 100) * quantity) / 100} currency={currency} />}
      </p>
    </li>
  );
}
