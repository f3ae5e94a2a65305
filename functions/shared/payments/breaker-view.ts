import type { Breaker } from './breaker-state.ts';

/** The breaker as the API shows it. */
export function toBreakerView({ provider, account, state, failures, until }: Breaker) {
  return {
    provider,
    account,
    state,
    failures,
    // A closed breaker has no such time.
    ...(state !== 'CLOSED' && { until: new Date(until).toISOString() }),
  };
}

export type BreakerView = ReturnType<typeof toBreakerView>;
