import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf } from '../../api/refusal.ts';
import type { Person } from '../../session/id-token.ts';
import { Loading } from '../../ui/loading.tsx';
import { Money } from '../../ui/money.tsx';
import { Page } from '../../ui/page.tsx';
import type { OrderStatus } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { DeskFailure } from '../desk-failure.tsx';
import { DeskStatus } from '../desk-status.tsx';
import { STATUSES } from '../desk-words.ts';
import { may } from '../rights.ts';
import { usePolled } from '../use-polled.ts';
import { BreakerState } from './breakers-page.tsx';

type Overview = components['schemas']['Overview'];

/** Today's figures at a glance, and what waits for somebody. */
export function OverviewPage({ person }: { person: Person }) {
  const { value, error, lookAgain } = usePolled<Overview>({
    read: () => answerOf(api.GET('/admin/overview')),
    versionOf: ({ orders, needAttention }) => `${Object.values(orders)} ${needAttention}`,
    isAtEnd: () => false,
  });
  return (
    <Page title="Today">
      {error !== undefined && <DeskFailure error={error} onRetry={lookAgain} />}
      {!value && error === undefined && <Loading what="today's figures" />}
      {value && <Figures overview={value} mayOperate={may(person, 'OPERATE')} />}
    </Page>
  );
}

function Figures({ overview, mayOperate }: { overview: Overview; mayOperate: boolean }) {
  const { at, since, orders, placedToday, valueToday, needAttention, deadLetters, breakers, lowerBounds } = overview;
  const least = (figure: Overview['lowerBounds'][number]) =>
    lowerBounds.includes(figure) && <span class="least">at least </span>;
  const open = breakers.filter(({ state }) => state !== 'CLOSED');
  return (
    <>
      <section aria-labelledby="waiting-heading">
        <h2 id="waiting-heading">What waits for somebody</h2>
        <dl class="figures">
          <div class={needAttention > 0 ? 'figure figure-alert' : 'figure'}>
            <dt>Orders that need attention</dt>
            <dd>
              <a href="/desk/orders?status=NEEDS_ATTENTION">
                {least('needAttention')}
                {needAttention}
              </a>
            </dd>
          </div>
          {deadLetters.map(({ queue, messages }) => (
            <div key={queue} class={messages > 0 ? 'figure figure-alert' : 'figure'}>
              <dt>Dead letters of {queue}</dt>
              <dd>{mayOperate && queue === 'orders' ? <a href="/desk/dead-letters">{messages}</a> : messages}</dd>
            </div>
          ))}
          <div class={open.length > 0 ? 'figure figure-alert' : 'figure'}>
            <dt>Circuit breakers not closed</dt>
            <dd>{mayOperate ? <a href="/desk/breakers">{open.length}</a> : open.length}</dd>
          </div>
        </dl>
        {open.length > 0 && (
          <ul>
            {open.map((breaker) => (
              <li key={`${breaker.provider} ${breaker.account}`}>
                {breaker.provider}, account {breaker.account}: <BreakerState breaker={breaker} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <section aria-labelledby="today-heading">
        <h2 id="today-heading">Orders placed today</h2>
        <dl class="figures">
          <div class="figure">
            <dt>Placed</dt>
            <dd>
              {least('placedToday')}
              {placedToday}
            </dd>
          </div>
          {valueToday.map(({ currency, amount }) => (
            <div key={currency} class="figure">
              <dt>Value in {currency}</dt>
              <dd>
                {least('valueToday')}
                <Money amount={amount} currency={currency} />
              </dd>
            </div>
          ))}
        </dl>
        <table class="by-status">
          <caption>By the status that they have now</caption>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Orders</th>
            </tr>
          </thead>
          <tbody>
            {(Object.keys(STATUSES) as OrderStatus[]).map((status) => (
              <tr key={status}>
                <th scope="row">
                  <a href={`/desk/orders?status=${status}`}>
                    <DeskStatus status={status} />
                  </a>
                </th>
                <td>
                  {least('orders')}
                  {orders[status]}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="hint">
        As of <Time at={at} seconds />. The day began at <Time at={since} /> (midnight UTC). Value leaves out orders
        that failed or were cancelled.
      </p>
    </>
  );
}
