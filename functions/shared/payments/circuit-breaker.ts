/**
 * One breaker for each account at a payment provider, shared by all functions through the Operations table.
 *
 * CLOSED lets every call pass. After `failures` transient failures without a success between them, all within
 * `windowMs`, it is OPEN: calls fail at once, so that orders wait in the workflow's retry instead of pressing on a
 * provider that is down. When `coolDownMs` is over, one caller wins the write to HALF_OPEN and probes; its answer
 * closes the breaker, its failure opens it for another cool-down, and a prober that died is replaced after `probeMs`.
 *
 * Every change is one write conditional on the version that was read; the version is also what proves who probes.
 * All times are milliseconds since 1970.
 */
export interface Breaker {
  provider: string;
  account: string;
  state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  /** Transient failures since the last success; kept at the threshold while it is open. */
  failures: number;
  /** Of these, when the first one was. */
  firstFailureAt: number;
  /** OPEN: until when nobody asks. HALF_OPEN: until when the probe may take. Otherwise 0. */
  until: number;
  /** 0 means that nothing is stored yet. */
  version: number;
}

export interface BreakerSettings {
  failures: number;
  windowMs: number;
  coolDownMs: number;
  /** Not shorter than the time a payment call may take, or a second prober comes while the first still waits. */
  probeMs: number;
  /** How long a container trusts what it read. */
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

/** A breaker that nothing has happened to. */
export function newBreaker({ provider, account }: BreakerId): Breaker {
  return { provider, account, state: 'CLOSED', failures: 0, firstFailureAt: 0, until: 0, version: 0 };
}

/** What a forward call may do now: go, not go, or go if it wins the right to probe. */
export function permission(breaker: Breaker, now: number): 'PASS' | 'REFUSE' | 'PROBE' {
  if (breaker.state === 'CLOSED') return 'PASS';
  return now < breaker.until ? 'REFUSE' : 'PROBE';
}

/** The breaker after a transient failure, or undefined when that changes nothing: an open one learns from its probe. */
export function afterFailure(breaker: Breaker, now: number, settings: BreakerSettings): Breaker | undefined {
  if (breaker.state !== 'CLOSED') return undefined;
  const goesOn = breaker.failures > 0 && now - breaker.firstFailureAt < settings.windowMs;
  const failures = goesOn ? breaker.failures + 1 : 1;
  const firstFailureAt = goesOn ? breaker.firstFailureAt : now;
  const next = { ...breaker, failures, firstFailureAt, version: breaker.version + 1 };
  return failures < settings.failures ? next : { ...next, state: 'OPEN', until: now + settings.coolDownMs };
}

/** The breaker after an answer, or undefined when that changes nothing, which is the happy path and costs no write. */
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

/** How a breaker is named where it is kept and where it is reported. */
export function breakerKey({ provider, account }: BreakerId): string {
  return `BREAKER#${provider}:${account}`;
}
