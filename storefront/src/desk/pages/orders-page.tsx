import { useLocation } from 'preact-iso';
import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf } from '../../api/refusal.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Page } from '../../ui/page.tsx';
import type { OrderStatus } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { useForm } from '../../ui/use-form.ts';
import { DeskFailure } from '../desk-failure.tsx';
import { DeskStatus } from '../desk-status.tsx';
import { STATUSES } from '../desk-words.ts';
import { Pager, usePages } from '../pager.tsx';

const PER_PAGE = 25;

/** Orders by status, newest first, and the way to one by its id. */
export function OrdersPage() {
  const { query } = useLocation();
  const status = Object.hasOwn(STATUSES, query.status ?? '') ? (query.status as OrderStatus) : 'NEEDS_ATTENTION';
  return (
    <Page title="Orders">
      <Search />
      <nav class="tabs" aria-label="Orders by status">
        <ul>
          {(Object.keys(STATUSES) as OrderStatus[]).map((each) => (
            <li key={each}>
              <a href={`/desk/orders?status=${each}`} aria-current={each === status ? 'page' : undefined}>
                {STATUSES[each]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <OrderList status={status} />
    </Page>
  );
}

const ORDER_ID = '\\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\s*';

function Search() {
  const { route } = useLocation();
  const { errors, onSubmit } = useForm(
    { orderId: 'An order id has 36 characters, such as 0f8fad5b-d9cb-469f-a165-70867728950e.' },
    async ({ orderId = '' }) => route(`/desk/orders/${orderId.trim().toLowerCase()}`),
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: older browsers do not know the search element.
    <form class="search" role="search" aria-label="Find an order" noValidate onSubmit={onSubmit}>
      <Field label="Order id" name="orderId" error={errors.orderId} required pattern={ORDER_ID} autoComplete="off" />
      <Button type="submit">Find the order</Button>
    </form>
  );
}

function OrderList({ status }: { status: OrderStatus }) {
  const pages = usePages(
    (nextToken) =>
      answerOf(
        api.GET('/orders', {
          params: { query: { status, limit: PER_PAGE, ...(nextToken !== undefined && { nextToken }) } },
        }),
      ),
    status,
  );
  const { value, error, isLoading, reload } = pages;
  return (
    <>
      {error !== undefined && <DeskFailure error={error} onRetry={reload} />}
      {!value && error === undefined && <Loading what="orders" />}
      {value && <OrderTable status={status} page={value} isLoading={isLoading} onReload={reload} />}
      <Pager what="orders" pages={pages} />
    </>
  );
}

interface TableProps {
  status: OrderStatus;
  page: components['schemas']['OrderPage'];
  isLoading: boolean;
  onReload: () => void;
}

function OrderTable({ status, page: { items, nextToken }, isLoading, onReload }: TableProps) {
  return (
    <>
      <p>
        <Button kind="secondary" isBusy={isLoading} onClick={onReload}>
          Refresh
        </Button>
      </p>
      {items.length === 0 ? (
        <p>
          {nextToken === undefined
            ? `No order here has the status ${STATUSES[status]}.`
            : 'None on this page, but there may be some on the next one.'}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too.
        <section class="table-frame" aria-label="List of orders" tabIndex={0}>
          <table>
            <caption>{STATUSES[status]}, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Placed</th>
                <th scope="col">Status</th>
                <th scope="col">Customer</th>
              </tr>
            </thead>
            <tbody>
              {items.map((order) => (
                <tr key={order.orderId}>
                  <th scope="row">
                    <a href={`/desk/orders/${order.orderId}`}>
                      <code>{order.orderId}</code>
                    </a>
                  </th>
                  <td>
                    <Time at={order.createdAt} seconds />
                  </td>
                  <td>
                    <DeskStatus status={order.status} />
                  </td>
                  <td>
                    <code>{order.customerId}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
