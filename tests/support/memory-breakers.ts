import {
  type Breaker,
  type BreakerId,
  type BreakerSettings,
  newBreaker,
} from '../../functions/shared/payments/breaker-state.ts';
import { type BreakerStore, CircuitBreaker } from '../../functions/shared/payments/circuit-breaker.ts';

export const ACCOUNT: BreakerId = { provider: 'sandbox', account: 'a' };
export const SETTINGS: BreakerSettings = {
  failures: 3,
  windowMs: 60_000,
  coolDownMs: 10_000,
  probeMs: 5_000,
  cacheMs: 0,
};

/**
 * The circuit breakers of several containers, and what they share: a clock, and the table in memory.
 *
 * @param pause what each access to the table waits for
 */
export function memoryBreakers(settings: Partial<BreakerSettings> = {}, pause: () => Promise<void> = async () => {}) {
  const rows = new Map<string, Breaker>();
  const shared = { time: 1_000_000, writes: 0, reads: 0, storeIsDown: false, changes: [] as string[] };
  const key = ({ provider, account }: BreakerId) => `${provider}:${account}`;
  const store: BreakerStore = {
    async read(id) {
      await pause();
      if (shared.storeIsDown) throw new Error('table unreachable');
      shared.reads += 1;
      return rows.get(key(id)) ?? newBreaker(id);
    },
    async swap(seen, next) {
      await pause();
      if (shared.storeIsDown) throw new Error('table unreachable');
      shared.writes += 1;
      if ((rows.get(key(seen))?.version ?? 0) !== seen.version) return false;
      rows.set(key(next), next);
      return true;
    },
  };
  const container = () =>
    new CircuitBreaker({
      store,
      settings: { ...SETTINGS, ...settings },
      now: () => shared.time,
      onChange: ({ state }) => shared.changes.push(state),
      onStoreFailure: () => {},
    });
  return { shared, container, state: () => rows.get(key(ACCOUNT))?.state ?? 'CLOSED' };
}
