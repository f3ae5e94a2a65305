import { useRef, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { api } from '../../api/client.ts';
import { answerOf, Refusal } from '../../api/refusal.ts';
import { spell } from '../../api/words.ts';
import type { Person } from '../../session/id-token.ts';
import { SignedIn } from '../../session/signed-in.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Message } from '../../ui/message.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { addGoods } from '../cart/cart.ts';
import { cartStore } from '../cart/cart-store.ts';
import type { Order } from '../checkout/place-order.ts';
import { findProducts } from '../products/catalogue.ts';
import { isAtEnd, mayCancel, wordsForEntry, wordsForOrder, wordsForPayment } from './order-words.ts';
import { useOrder } from './use-order.ts';

export function OrderPage() {
  const { id = '' } = useRoute().params;
  return <SignedIn>{(person) => <FollowedOrderPage key={id} orderId={id} person={person} />}</SignedIn>;
}

function FollowedOrderPage({ orderId, person }: { orderId: string; person: Person }) {
  const { order, error, accept, lookAgain } = useOrder(orderId);
  const standing = useRef<HTMLElement>(null);
  const words = order && wordsForOrder(order);

  if (!order || words === undefined) {
    return (
      <Page title="Your order">
        {error === undefined ? <Loading what="your order" /> : <OrderFailure error={error} onRetry={lookAgain} />}
        <AllOrders />
      </Page>
    );
  }
  return (
    <Page title="Your order">
      <section class="order-now" aria-label="How it stands" ref={standing} tabIndex={-1}>
        <p>
          <Status status={order.status} />
          {!isAtEnd(order) && <span class="spinner" aria-hidden="true" />}
        </p>
        <p class="order-words" aria-live="polite">
          {words}
        </p>
        {error !== undefined && (
          <Message kind="info">
            <p>We could not look after it just now and try again by ourselves.</p>
          </Message>
        )}
        {mayCancel(order) && order.customerId === person.customerId && (
          <Cancel
            order={order}
            onCancelled={(cancelled) => {
              accept(cancelled);
              // The button that had the focus is gone.
              standing.current?.focus();
            }}
          />
        )}
      </section>
      {order.status === 'FAILED' && order.customerId === person.customerId && <OrderAgain order={order} />}
      <History order={order} />
      <Goods order={order} />
      <Payment order={order} />
      <section aria-labelledby="address-heading">
        <h2 id="address-heading">Where to</h2>
        <address>
          {order.customerName !== undefined && <div>{order.customerName}</div>}
          <div>{order.shippingAddress.street}</div>
          <div>
            {order.shippingAddress.zipCode} {order.shippingAddress.city}, {order.shippingAddress.state}
          </div>
        </address>
      </section>
      <p class="hint">
        Order number <code>{order.orderId}</code>, placed <Time at={order.createdAt} />
      </p>
      <AllOrders />
    </Page>
  );
}

/** Puts the goods of an order that failed into the cart, which was emptied when it was placed. */
function OrderAgain({ order }: { order: Order }) {
  const { route } = useLocation();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function fillCart(): Promise<void> {
    setIsBusy(true);
    setError(undefined);
    try {
      const catalogue = await findProducts(order.items.map(({ productId }) => productId));
      cartStore.update((cart) => addGoods(cart, order.items, catalogue));
      route('/cart');
    } catch (thrown) {
      setError(thrown);
      setIsBusy(false);
    }
  }

  return (
    <section aria-label="Order again">
      {error !== undefined && <Failure error={error} />}
      <p>
        <Button isBusy={isBusy} onClick={fillCart}>
          Put the goods into the cart again
        </Button>
      </p>
    </section>
  );
}

function AllOrders() {
  return (
    <p>
      <a href="/orders">All orders</a>
    </p>
  );
}

function OrderFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const isMissing = error instanceof Refusal && (error.code === 'NOT_FOUND' || error.code === 'VALIDATION_FAILED');
  if (!isMissing) return <Failure error={error} onRetry={onRetry} />;
  return (
    <Message kind="error">
      <p>There is no such order in your account.</p>
    </Message>
  );
}

function History({ order }: { order: Order }) {
  return (
    <section aria-labelledby="history-heading">
      <h2 id="history-heading">What has happened</h2>
      <ol class="history">
        {order.history.map((entry, index) => (
          <li key={entry.sequence} class={`history-entry history-${entry.status.toLowerCase().replace('_', '-')}`}>
            <span>{wordsForEntry(entry, index, order.history)}</span> <Time at={entry.at} seconds />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Goods({ order: { items, totalAmount, currency } }: { order: Order }) {
  return (
    <section aria-labelledby="goods-heading">
      <h2 id="goods-heading">Goods</h2>
      <table class="goods">
        <thead>
          <tr>
            <th scope="col">Product</th>
            <th scope="col">Quantity</th>
            <th scope="col">Price</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ productId, name, quantity, price }) => (
            <tr key={productId}>
              <th scope="row">{name}</th>
              <td>{quantity}</td>
              <td>
                <Money amount={price} currency={currency} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              Total
            </th>
            <td>
              <Money amount={totalAmount} currency={currency} />
            </td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function Payment({ order: { payment, currency, status } }: { order: Order }) {
  const lines = wordsForPayment(payment);
  return (
    <section aria-labelledby="payment-heading">
      <h2 id="payment-heading">Payment</h2>
      {lines.length === 0 ? (
        <p>{isAtEnd({ status }) ? 'You have paid nothing.' : 'Nothing is paid yet.'}</p>
      ) : (
        <dl class="facts">
          {lines.map(({ what, amount }) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                <Money amount={amount} currency={currency} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Cancel({ order, onCancelled }: { order: Order; onCancelled: (order: Order) => void }) {
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function cancel(): Promise<void> {
    setIsBusy(true);
    setError(undefined);
    try {
      const { orderId } = order;
      const cancelled = await answerOf(api.POST('/orders/{orderId}/cancel', { params: { path: { orderId } } }));
      setIsAsking(false);
      onCancelled(cancelled);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <>
      <Button kind="secondary" onClick={() => setIsAsking(true)}>
        Cancel order
      </Button>
      {isAsking && (
        <Dialog
          title="Cancel this order?"
          onClose={() => {
            setIsAsking(false);
            setError(undefined);
          }}
        >
          <p>Nothing is sent, and you get back what you paid. This cannot be taken back.</p>
          {isCapturing(error) ? (
            <Message kind="warning">
              <p>
                Your payment is being made at this moment. Try again in {spell(error.retryAfterSeconds ?? 5)}; the order
                can be cancelled then.
              </p>
            </Message>
          ) : (
            error !== undefined && <Failure error={error} />
          )}
          <p class="actions">
            <Button kind="danger" isBusy={isBusy} onClick={cancel}>
              {isBusy ? 'Cancelling …' : 'Yes, cancel it'}
            </Button>
            <Button kind="secondary" autoFocus onClick={() => setIsAsking(false)}>
              Keep the order
            </Button>
          </p>
        </Dialog>
      )}
    </>
  );
}

function isCapturing(error: unknown): error is Refusal {
  return error instanceof Refusal && error.code === 'CAPTURE_IN_PROGRESS';
}
