import { useRef, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import { answerOf } from '../../api/refusal.ts';
import { type Person, seesAllOrders } from '../../session/id-token.ts';
import { SignedIn } from '../../session/signed-in.tsx';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { focusItem } from '../../ui/focus-item.ts';
import { say } from '../../ui/live-region.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { useLoaded } from '../../ui/use-loaded.ts';

export function OrdersPage() {
  return <SignedIn>{(person) => <Orders person={person} />}</SignedIn>;
}

function Orders({ person }: { person: Person }) {
  if (!seesAllOrders(person)) return <OwnOrders />;
  return (
    <Page title="Orders" lead="You see everybody's orders, at the desk.">
      <p>
        <a href="/desk">Go to the desk</a>
      </p>
    </Page>
  );
}

function loadOrders(nextToken?: string) {
  return answerOf(
    api.GET('/orders', { params: { query: { limit: 20, ...(nextToken !== undefined && { nextToken }) } } }),
  );
}

type OrderPage = Awaited<ReturnType<typeof loadOrders>>;

function OwnOrders() {
  const first = useLoaded(() => loadOrders());
  const [more, setMore] = useState<OrderPage[]>([]);
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const pages = first.value ? [first.value, ...more] : [];
  const orders = pages.flatMap(({ items }) => items);
  const nextToken = pages.at(-1)?.nextToken;

  async function showMore(): Promise<void> {
    setIsBusy(true);
    setFailure(undefined);
    try {
      const page = await loadOrders(nextToken);
      const shown = orders.length;
      setMore((before) => [...before, page]);
      say(`${page.items.length} more orders.`);
      focusItem(list.current, shown);
    } catch (error) {
      setFailure(error);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Page title="Your orders">
      {first.error !== undefined && !first.value && <Failure error={first.error} onRetry={first.reload} />}
      {first.isLoading && !first.value && <Loading what="your orders" />}
      {first.value && orders.length === 0 && nextToken === undefined && (
        <p>
          You have not ordered yet. <a href="/">See the products</a>
        </p>
      )}
      {orders.length > 0 && (
        <ul class="orders" ref={list}>
          {orders.map(({ orderId, createdAt, status, totalAmount, currency }) => (
            <li key={orderId} tabIndex={-1}>
              <a href={`/orders/${orderId}`}>
                Order of <Time at={createdAt} />
              </a>
              <Status status={status} />
              {totalAmount !== undefined && currency !== undefined && (
                <Money amount={totalAmount} currency={currency} />
              )}
            </li>
          ))}
        </ul>
      )}
      {failure !== undefined && <Failure error={failure} />}
      {nextToken !== undefined && (
        <p class="more">
          <Button kind="secondary" isBusy={isBusy} onClick={showMore}>
            Show older orders
          </Button>
        </p>
      )}
    </Page>
  );
}
