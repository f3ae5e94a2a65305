import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api } from '../../api/client.ts';
import { answerOf, Refusal, Unanswered } from '../../api/refusal.ts';
import { Advice } from '../../api/words.ts';
import type { Person } from '../../session/id-token.ts';
import { SignedIn } from '../../session/signed-in.tsx';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/live-region.tsx';
import { Message } from '../../ui/message.tsx';
import { Money, money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { useForm } from '../../ui/use-form.ts';
import { type Cart, changesOf, isOrderable, totalOf } from '../cart/cart.ts';
import { cartStore } from '../cart/cart-store.ts';
import { LineChanges } from '../cart/line-changes.tsx';
import { compareCart, useComparedCart } from '../cart/use-compared-cart.ts';
import { type GetPaymentToken, PaymentFields } from '../payment/payment-fields.tsx';
import { checkoutDraftOf } from './checkout-draft.ts';
import { AlreadyOrdered, orderPlacer } from './place-order.ts';

const placeOrder = orderPlacer(
  cartStore,
  (body, idempotencyKey) =>
    answerOf(api.POST('/orders', { body, params: { header: { 'idempotency-key': idempotencyKey } } })),
  () => new Date(),
);

/** What to say when a field of the check-out is not as it has to be. */
const CHECKOUT_WORDS = {
  customerName: 'Enter a name of at most 200 characters.',
  street: 'Enter street and number.',
  city: 'Enter the city.',
  state: 'Enter the state or region.',
  zipCode: 'Enter the postal code, at most 20 characters.',
} as const;

export function CheckoutPage() {
  return <SignedIn>{(person) => <Checkout person={person} />}</SignedIn>;
}

function Checkout({ person }: { person: Person }) {
  const { cart, comparison } = useComparedCart();
  if (cart.lines.length === 0) {
    return (
      <Page title="Check out" lead="Your cart is empty.">
        <p>
          <a href="/">See the products</a> or <a href="/orders">your orders</a>
        </p>
      </Page>
    );
  }
  return (
    <Page title="Check out">
      <div class="checkout">
        <Summary cart={cart} />
        <CheckoutForm
          cart={cart}
          draft={checkoutDraftOf(person.customerId)}
          isComparing={comparison.isLoading && !comparison.value}
        />
      </div>
    </Page>
  );
}

function Summary({ cart }: { cart: Cart }) {
  const { amount, currency } = totalOf(cart);
  return (
    <section class="summary" aria-labelledby="summary-heading">
      <h2 id="summary-heading">What you order</h2>
      <ul>
        {cart.lines.map((line) => (
          <li key={line.productId}>
            <span>
              {line.quantity} × {line.name}
            </span>
            <Money amount={(Math.round(line.price * 100) * line.quantity) / 100} currency={line.currency} />
            <LineChanges line={line} id={`change-${line.productId}`} />
          </li>
        ))}
      </ul>
      <p class="total">
        Total <Money amount={amount} currency={currency} />
      </p>
      <p>
        <a href="/cart">Change the cart</a>
      </p>
    </section>
  );
}

interface CheckoutFormProps {
  cart: Cart;
  draft: Map<string, string>;
  isComparing: boolean;
}

function CheckoutForm({ cart, draft, isComparing }: CheckoutFormProps) {
  const { route } = useLocation();
  const getToken = useRef<GetPaymentToken | undefined>(undefined);
  const [isOrderedBefore, setIsOrderedBefore] = useState(false);
  const { amount, currency } = totalOf(cart);
  // Not the try that is under way now.
  const wasSent = useRef(cart.sentAt !== undefined).current;

  const form = useForm(CHECKOUT_WORDS, async (values) => {
    setIsOrderedBefore(false);
    if (!isOrderable(cartStore.get()))
      throw new Advice('Something in your cart cannot be ordered as it is. Change the cart.');
    if (!getToken.current) throw new Advice('The ways to pay are not loaded yet. Try again in a moment.');
    const { customerName = '', street = '', city = '', state = '', zipCode = '' } = values;
    try {
      const order = await placeOrder({
        shippingAddress: { street, city, state, zipCode },
        paymentToken: await getToken.current(),
        notify: { email: values.email === 'on' },
        ...(customerName.trim() !== '' && { customerName }),
      });
      // The address stays for another order. A card that was declined should not be chosen again.
      draft.delete('card');
      say('Your order is placed.');
      route(`/orders/${order.orderId}`, true);
    } catch (error) {
      if (error instanceof AlreadyOrdered) return setIsOrderedBefore(true);
      throw await explained(error);
    }
  });

  const field = (name: keyof typeof CHECKOUT_WORDS) => ({
    name,
    error: form.errors[name],
    defaultValue: draft.get(name) ?? '',
    onInput: (event: { currentTarget: HTMLInputElement }) => draft.set(name, event.currentTarget.value),
  });
  // The API refuses a value of spaces.
  const text = { required: true, pattern: '.*\\S.*' };

  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      {wasSent && form.failure === undefined && !isOrderedBefore && (
        <Message kind="info" title="We did not hear back about your last try">
          <p>Send it again: it becomes one order at most. Or look at your orders first.</p>
          <a href="/orders">Your orders</a>
        </Message>
      )}
      <fieldset>
        <legend>Where to</legend>
        <Field label="Name (optional)" autoComplete="name" maxLength={200} {...field('customerName')} />
        <Field label="Street and number" autoComplete="street-address" maxLength={200} {...text} {...field('street')} />
        <Field label="City" autoComplete="address-level2" maxLength={100} {...text} {...field('city')} />
        <Field label="State or region" autoComplete="address-level1" maxLength={100} {...text} {...field('state')} />
        <Field label="Postal code" autoComplete="postal-code" maxLength={20} {...text} {...field('zipCode')} />
      </fieldset>
      <fieldset>
        <legend>How to pay</legend>
        <PaymentFields getToken={getToken} draft={draft} />
      </fieldset>
      <label class="choice">
        <input
          type="checkbox"
          name="email"
          defaultChecked={draft.get('email') !== 'off'}
          onChange={(event) => draft.set('email', event.currentTarget.checked ? 'on' : 'off')}
        />
        <span>Tell me the outcome by e-mail</span>
      </label>
      {isOrderedBefore && (
        <Message kind="warning" title="Your earlier try has reached us after all">
          <p>It is among your orders. Look there before you order again: the next try would be a second order.</p>
          <a href="/orders">Your orders</a>
        </Message>
      )}
      {form.failure !== undefined && <Failure error={form.failure} />}
      <Button type="submit" isBusy={form.isBusy || isComparing}>
        {form.isBusy ? 'Placing your order …' : `Order and pay ${money(amount, currency)}`}
      </Button>
    </form>
  );
}

/** An error of placing an order, with what it means for the cart. */
async function explained(error: unknown): Promise<unknown> {
  if (error instanceof Unanswered) {
    return new Advice(
      navigator.onLine
        ? 'We got no answer, so the order may have reached us or not. Try again: it becomes one order at most.'
        : 'You are offline. Try again when you are connected: it becomes one order at most.',
    );
  }
  if (!(error instanceof Refusal)) return error;
  const isAboutCart = ['PRICE_MISMATCH', 'UNKNOWN_PRODUCT', 'MIXED_CURRENCY'].includes(error.code);
  if (isAboutCart) {
    // The words beside the lines say what changed. Without an answer, those of the refusal have to do.
    await compareCart().catch(() => {});
    const isShown = cartStore.get().lines.some((line) => changesOf(line).length > 0);
    // The edge keeps the catalogue for some seconds.
    if (error.code === 'PRICE_MISMATCH' && !isShown)
      return new Advice('A price has changed a moment ago, and is not shown here yet. Try again in 15 seconds.');
    return new Advice(
      {
        PRICE_MISMATCH: 'A price has changed. Look at your order, and order again if you agree.',
        UNKNOWN_PRODUCT: 'A product is not sold any more. Change the cart to order the rest.',
        MIXED_CURRENCY: 'The products have different currencies. Order those of one currency first.',
      }[error.code],
    );
  }
  const isAboutItems = error.errors.some(({ pointer }) => pointer.startsWith('/items'));
  return isAboutItems
    ? new Advice('You can order at most 999 of one product and 50 products at once. Change the cart.')
    : error;
}
