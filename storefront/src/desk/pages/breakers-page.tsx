import { api } from '../../api/client.ts';
import type { components } from '../../api/openapi.generated.d.ts';
import { answerOf } from '../../api/refusal.ts';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Page } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { useLoaded } from '../../ui/use-loaded.ts';
import { Act } from '../acts/act.tsx';
import { DeskFailure } from '../desk-failure.tsx';

type Breaker = components['schemas']['Breaker'];

const STATES: Readonly<Record<Breaker['state'], string>> = {
  CLOSED: 'closed, payments go through',
  OPEN: 'open, nobody asks the provider',
  HALF_OPEN: 'half open, one payment tries',
};

/** What a breaker does now, and until when. */
export function BreakerState({ breaker: { state, until } }: { breaker: Breaker }) {
  return (
    <>
      {STATES[state]}
      {until !== undefined && (
        <>
          {' '}
          until <Time at={until} seconds />
        </>
      )}
    </>
  );
}

/** The circuit breakers of payment accounts. */
export function BreakersPage() {
  const { value, error, isLoading, reload } = useLoaded(() => answerOf(api.GET('/admin/breaker')));
  return (
    <Page
      title="Circuit breakers"
      lead="While a payment provider is down, its breaker keeps orders from asking it. It tries again by itself."
    >
      <p>
        <Button kind="secondary" isBusy={isLoading} onClick={reload}>
          Refresh
        </Button>
      </p>
      {error !== undefined && <DeskFailure error={error} onRetry={reload} />}
      {!value && error === undefined && <Loading what="the circuit breakers" />}
      {value?.items.length === 0 && <p>Nothing has happened to any breaker yet.</p>}
      {value && value.items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls must scroll by keyboard too.
        <section class="table-frame" aria-label="Circuit breakers of accounts" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col">Provider</th>
                <th scope="col">State</th>
                <th scope="col">Failures since the last success</th>
                <th scope="col">Act</th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((breaker) => (
                <tr key={`${breaker.provider} ${breaker.account}`}>
                  <th scope="row">{breaker.account}</th>
                  <td>{breaker.provider}</td>
                  <td>
                    <BreakerState breaker={breaker} />
                  </td>
                  <td>{breaker.failures}</td>
                  <td>
                    <CloseBreaker breaker={breaker} onDone={reload} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <p class="hint">That you looked here is in the audit log.</p>
    </Page>
  );
}

function CloseBreaker({ breaker: { account, provider, state }, onDone }: { breaker: Breaker; onDone: () => void }) {
  return (
    <Act
      label="Close"
      description={`Close the breaker of ${account}`}
      title={`Close the breaker of ${account}?`}
      doIt="Close the breaker"
      action="BREAKER_CLOSED"
      isOffered={state !== 'CLOSED'}
      run={async ({ reason }) => {
        // The document has the names of the providers; a breaker has one of them.
        const named = provider as NonNullable<components['schemas']['BreakerClose']['provider']>;
        await answerOf(api.POST('/admin/breaker/close', { body: { account, provider: named, reason } }));
        return 'The breaker is closed. Payments are tried again within a few seconds.';
      }}
      onDone={onDone}
    >
      {() => (
        <p>Payments through this account are tried again at once. Do it when you know that the provider is back.</p>
      )}
    </Act>
  );
}
