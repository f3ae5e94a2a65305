/**
 * The state of a circuit breaker, and how it changes.
 *
 * Each account at a payment provider has one breaker. All functions share it through the Operations table.
 *
 * - CLOSED: every call is made. `failures` transient failures within `windowMs`, with no success between them, open
 *   the breaker.
 * - OPEN: calls fail at once. Orders then wait in the workflow's retry and put no load on a provider that is down.
 * - HALF_OPEN: after `coolDownMs`, one caller wins the write to this state and makes one call, the probe. An answer
 *   closes the breaker. A failure opens it for another `coolDownMs`. When the caller dies, another one may probe after
 *   `probeMs`.
 *
 * Every change is one write on condition of the version that was read. The version also shows whose probe it is.
 * All times are milliseconds since 1970.
 */
export interface Breaker {
  provider: string;
  account: string;
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Transient failures since the last success. Stays at the threshold while the breaker is open. */
  failures: number;
  /** When the first of these failures was. */
  firstFailureAt: number;
  /** OPEN: no call before this time. HALF_OPEN: the probe has until this time. CLOSED: 0. */
  until: number;
  /** 0 means that nothing is stored yet. */
  version: number;
}

export interface BreakerSettings {
  failures: number;
  windowMs: number;
  coolDownMs: number;
  /** At least the time that a payment call may take. Otherwise a second probe starts while the first still waits. */
  probeMs: number;
  /** How long a container uses what it read. */
  cacheMs: number;
}

export const BREAKER_SETTINGS: BreakerSettings = {
  failures: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  probeMs: 30_000,
  cacheMs: 3_000,
};

export type BreakerId = Pick<Breaker, 'provider' | 'account'>;

/** The breaker of an account without any recorded failure. */
export function newBreaker({ provider, account }: BreakerId): Breaker {
  return { provider, account, state: 'CLOSED', failures: 0, firstFailureAt: 0, until: 0, version: 0 };
}

/** What a forward call may do now: be made, not be made, or be made if it wins the right to probe. */
export function permission(breaker: Breaker, now: number): 'PASS' | 'REFUSE' | 'PROBE' {
  if (breaker.state === 'CLOSED') return 'PASS';
  return now < breaker.until ? 'REFUSE' : 'PROBE';
}

/** The breaker after a transient failure. Undefined when nothing changes: only its probe changes an open breaker. */
export function afterFailure(breaker: Breaker, now: number, settings: BreakerSettings): Breaker | undefined {
  if (breaker.state !== 'CLOSED') return undefined;
  const isInWindow = breaker.failures > 0 && now - breaker.firstFailureAt < settings.windowMs;
  const failures = isInWindow ? breaker.failures + 1 : 1;
  const firstFailureAt = isInWindow ? breaker.firstFailureAt : now;
  const next = { ...breaker, failures, firstFailureAt, version: breaker.version + 1 };
  return failures < settings.failures ? next : { ...next, state: 'OPEN', until: now + settings.coolDownMs };
}

/** The breaker after an answer. Undefined when nothing changes: without earlier failures an answer costs no write. */
export function afterAnswer(breaker: Breaker): Breaker | undefined {
  return breaker.state === 'CLOSED' && breaker.failures > 0 ? closed(breaker) : undefined;
}

/** The breaker while one caller probes. */
export function probing(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  return { ...breaker, state: 'HALF_OPEN', until: now + settings.probeMs, version: breaker.version + 1 };
}

/** The breaker after its probe failed. */
export function reopened(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  return { ...breaker, state: 'OPEN', until: now + settings.coolDownMs, version: breaker.version + 1 };
}

/** The breaker closed, by an answer or by an operator. */
export function closed(breaker: Breaker): Breaker {
  return { ...newBreaker(breaker), version: breaker.version + 1 };
}

/** The name of a breaker in the audit and in memory. */
export function breakerKey({ provider, account }: BreakerId): string {
  return `BREAKER#${provider}:${account}`;
}
