import { useEffect, useState } from 'preact/hooks';
import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { paymentInWords } from '../../api/payment-words.ts';
import { answerOf, Refusal } from '../../api/refusal.ts';
import type { Person } from '../../session/id-token.ts';
import { mayCancel } from '../../shop/orders/order-words.ts';
import { useOrder } from '../../shop/orders/use-order.ts';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Message } from '../../ui/message.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { Act } from '../acts/act.tsx';
import { DeskFailure } from '../desk-failure.tsx';
import { DeskStatus } from '../desk-status.tsx';
import { executionInWords, STATUSES } from '../desk-words.ts';
import { ExecutionStory } from '../graph/execution-story.tsx';
import type { Execution } from '../graph/replay.ts';
import { may } from '../rights.ts';
import { usePolled } from '../use-polled.ts';

type Order = components['schemas']['Order'];

/** One order with its whole story, and what can be done about it. */
export function OrderPage({ orderId, person }: { orderId: string; person: Person }) {
  const { order, error, lookAgain } = useOrder(orderId);
  return (
    <Page title="Order">
      <p>
        <code class="order-id">{orderId}</code>
      </p>
      {error !== undefined && <OrderFailure error={error} onRetry={lookAgain} />}
      {!order && error === undefined && <Loading what="the order" />}
      {order && (
        <>
          <Standing order={order} person={person} onActed={lookAgain} />
          <History order={order} />
          <Goods order={order} />
          <MoneyFacts order={order} />
          <Customer order={order} />
          <Deliveries order={order} />
          <Executions orderId={orderId} version={`${order.status} ${order.history.length}`} />
        </>
      )}
    </Page>
  );
}

function OrderFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const isMissing = error instanceof Refusal && (error.code === 'NOT_FOUND' || error.code === 'VALIDATION_FAILED');
  if (!isMissing) return <DeskFailure error={error} onRetry={onRetry} />;
  return (
    <Message kind="error">
      <p>There is no order with this id.</p>
      <p>
        <a href="/desk/orders">Orders by status</a>
      </p>
    </Message>
  );
}

function Standing({ order, person, onActed }: { order: Order; person: Person; onActed: () => void }) {
  const { orderId, status, createdAt, error, cancelRequested } = order;
  const isCancelling = cancelRequested === true && status !== 'CANCELLED';
  const params = { params: { path: { orderId } } };
  return (
    <section aria-label="How it stands">
      <p>
        <DeskStatus status={status} /> placed <Time at={createdAt} seconds />
      </p>
      {isCancelling && <p>A cancel was requested.</p>}
      {error && (
        <p>
          It stopped with <code>{error.code}</code>
          {error.state !== undefined && (
            <>
              {' '}
              in <code>{error.state}</code>
            </>
          )}
          : {error.message}.
        </p>
      )}
      <p class="actions">
        <Act
          label="Retry the order"
          title="Retry this order?"
          doIt="Retry it"
          action="ORDER_RETRIED"
          kind="primary"
          isOffered={status === 'NEEDS_ATTENTION' && may(person, 'RETRY_ORDERS')}
          run={async ({ reason }) => {
            const { status: now } = await answerOf(
              api.POST('/orders/{orderId}/retry', { ...params, body: { reason } }),
            );
            return `The order goes on. It is ${STATUSES[now].toLowerCase()} now.`;
          }}
          onDone={onActed}
        >
          {() => (
            <p>It goes on in the direction in which it was going: forward, or back with the money and the goods.</p>
          )}
        </Act>
        <Act
          label="Cancel the order"
          title="Cancel this order?"
          doIt="Cancel it"
          action="ORDER_CANCELLED"
          kind="danger"
          isOffered={mayCancel(order) && may(person, 'CANCEL_ALL_ORDERS')}
          run={async ({ reason }) => {
            await answerOf(api.POST('/orders/{orderId}/cancel', { ...params, body: { reason } }));
            return status === 'NEEDS_ATTENTION'
              ? 'The cancel is requested. When the order is retried, it ends as cancelled.'
              : 'The order will end as cancelled, with everything given back.';
          }}
          onDone={onActed}
        >
          {() => (
            <p>The customer gets back what was charged, and the goods go back into stock. It cannot be taken back.</p>
          )}
        </Act>
      </p>
    </section>
  );
}

function History({ order: { history } }: { order: Order }) {
  return (
    <section aria-labelledby="history-heading">
      <h2 id="history-heading">History</h2>
      <ol class="history">
        {history.map(({ sequence, status, at, detail, by }) => (
          <li key={sequence}>
            <DeskStatus status={status} /> <Time at={at} seconds />
            {by !== undefined && ', by an operator'}
            {detail !== undefined && `: ${detail}`}
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too. */}
      <section class="table-frame" aria-label="Goods of the order" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Id</th>
              <th scope="col">Quantity</th>
              <th scope="col">Price</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ productId, name, quantity, price }) => (
              <tr key={productId}>
                <th scope="row">{name}</th>
                <td>
                  <code>{productId}</code>
                </td>
                <td>{quantity}</td>
                <td>
                  <Money amount={price} currency={currency} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                Total
              </th>
              <td>
                <Money amount={totalAmount} currency={currency} />
              </td>
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  );
}

function MoneyFacts({ order }: { order: Order }) {
  const { payment, currency } = order;
  const noted: Record<string, number> = {
    Authorized: payment.authorized,
    Captured: payment.captured,
    Refunded: payment.refunded,
  };
  const amounts = payment.status === 'NONE' ? {} : noted;
  return (
    <section aria-labelledby="money-heading">
      <h2 id="money-heading">Money</h2>
      <dl class="facts">
        <div>
          <dt>Payment</dt>
          <dd>{paymentInWords(order)}</dd>
        </div>
        {Object.entries(amounts).map(([what, amount]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              <Money amount={amount} currency={currency} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Customer({ order: { customerId, customerName, shippingAddress, reference } }: { order: Order }) {
  const { street, zipCode, city, state } = shippingAddress;
  return (
    <section aria-labelledby="customer-heading">
      <h2 id="customer-heading">Customer</h2>
      <dl class="facts">
        <div>
          <dt>Account</dt>
          <dd>
            <code>{customerId}</code>
          </dd>
        </div>
        <div>
          <dt>Goes to</dt>
          <dd>{[customerName, street, `${zipCode} ${city}`, state].filter(Boolean).join(', ')}</dd>
        </div>
        {reference?.orderId !== undefined && (
          <div>
            <dt>Their number for it</dt>
            <dd>{reference.orderId}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

/** How the customer was told each outcome. */
function Deliveries({ order }: { order: Order }) {
  if (!order.deliveries) return null;
  return (
    <section aria-labelledby="deliveries-heading">
      <h2 id="deliveries-heading">Notifications to the customer</h2>
      {order.deliveries.length === 0 ? (
        <p>None was sent in the last 30 days.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too.
        <section class="table-frame" aria-label="Notifications" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Channel</th>
                <th scope="col">Delivery</th>
                <th scope="col">Attempts</th>
                <th scope="col">Why not</th>
              </tr>
            </thead>
            <tbody>
              {order.deliveries.map(({ noticeId, channel, status, at, attempts, error, reason }) => (
                <tr key={`${noticeId} ${channel}`}>
                  <th scope="row">
                    <Time at={at} seconds />
                  </th>
                  <td>{channel}</td>
                  <td>{status.toLowerCase()}</td>
                  <td>{attempts}</td>
                  <td>{reason?.toLowerCase().replaceAll('_', ' ') ?? error ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

/** The API has at most 50 executions of an order. */
const MOST_PAGES = 10;

/** @throws Refusal, or Unanswered */
async function readExecutions(orderId: string): Promise<Execution[]> {
  const executions: Execution[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await answerOf(
      api.GET('/orders/{orderId}/executions', {
        params: { path: { orderId }, query: nextToken === undefined ? {} : { nextToken } },
      }),
    );
    executions.push(...answer.items);
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return executions;
}

/** @param version changes when the order does; then its executions are read again. */
function Executions({ orderId, version }: { orderId: string; version: string }) {
  const { value, error, lookAgain } = usePolled<Execution[]>({
    read: () => readExecutions(orderId),
    versionOf: (executions) =>
      executions.map(({ status, states }) => [status, states.length, states.at(-1)?.attempts.length]).join(),
    isAtEnd: (executions) => executions.length > 0 && executions.every(({ status }) => status !== 'RUNNING'),
  });
  const [chosen, setChosen] = useState<string | undefined>();
  const [seen, setSeen] = useState(version);
  useEffect(() => {
    if (seen === version) return;
    setSeen(version);
    lookAgain();
  }, [seen, version, lookAgain]);

  const shown = value?.find(({ name }) => name === chosen) ?? value?.at(-1);
  return (
    <section aria-labelledby="executions-heading">
      <h2 id="executions-heading">Executions</h2>
      {error !== undefined && <DeskFailure error={error} onRetry={lookAgain} />}
      {!value && error === undefined && <Loading what="the executions" />}
      {value?.length === 0 && (
        <p>There is none. The order waits in the queue, or its executions ended more than 90 days ago.</p>
      )}
      {value && value.length > 1 && (
        <fieldset class="tabs">
          <legend class="visually-hidden">Executions of the order</legend>
          {value.map(({ name, status }) => (
            <Button key={name} kind="secondary" aria-pressed={name === shown?.name} onClick={() => setChosen(name)}>
              {executionInWords(name)}, {status.toLowerCase().replace('_', ' ')}
            </Button>
          ))}
        </fieldset>
      )}
      {shown && (
        <>
          <h3>{executionInWords(shown.name)}</h3>
          <ExecutionStory key={shown.name} execution={shown} />
        </>
      )}
    </section>
  );
}
