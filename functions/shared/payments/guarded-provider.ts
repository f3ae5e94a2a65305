import {
  afterAnswer,
  afterFailure,
  type Breaker,
  type BreakerId,
  type BreakerSettings,
  breakerKey,
  closed,
  permission,
  probing,
  reopened,
} from './circuit-breaker.ts';
import {
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  PaymentRefused,
  type PaymentRequest,
  PaymentUnavailable,
} from './payment-provider.ts';

/** Where breakers are kept. */
export interface BreakerStore {
  read(id: BreakerId): Promise<Breaker>;
  /** Writes `next` only if the stored version is still that of `seen`; tells whether it did. */
  swap(seen: Breaker, next: Breaker): Promise<boolean>;
}

export interface BreakerDependencies {
  store: BreakerStore;
  settings: BreakerSettings;
  now: () => number;
  /** Told of every change of state by the container that made it. */
  onChange: (breaker: Breaker) => void;
  /** Told when the store failed: the call goes on, because a breaker must never be what stops a payment. */
  onStoreFailure: (error: unknown) => void;
}

/** Who calls: `forward` waits while the breaker is open; `undo` gives money back and is never refused. */
export type CallKind = 'forward' | 'undo';

/** Guards calls to payment providers with their account's breaker; one instance for each container. */
export class CircuitBreaker {
  readonly #with: BreakerDependencies;
  readonly #cache = new Map<string, { breaker: Breaker; readAt: number }>();

  constructor(dependencies: BreakerDependencies) {
    this.#with = dependencies;
  }

  /**
   * Does a call to the provider, unless its account's breaker is open.
   *
   * Undo calls pass an open breaker: refusing them would use up their retries and turn a delay into NEEDS_ATTENTION,
   * and there are only as many as orders already given up. Their failures count, their answers do not: only a call
   * that takes money shows that money can be taken.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen`, without having called; else what the
   * call throws.
   */
  async guard<T>(id: BreakerId, kind: CallKind, call: () => Promise<T>): Promise<T> {
    const probe = kind === 'forward' ? await this.#admit(id) : undefined;
    try {
      const answer = await call();
      if (kind === 'forward') await this.#answered(id, probe);
      return answer;
    } catch (error) {
      if (isFailure(error)) await this.#failed(id, probe);
      else if (kind === 'forward' && isAnswer(error)) await this.#answered(id, probe);
      throw error;
    }
  }

  /**
   * Looks whether a forward call would be refused now, without claiming a probe.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen`.
   */
  async requirePassage(id: BreakerId): Promise<void> {
    const breaker = await this.#known(id);
    if (breaker && permission(breaker, this.#with.now()) === 'REFUSE') throw circuitOpen(breaker);
  }

  /** Returns the breaker as this caller's probe left it, or undefined when the call needs no probe. */
  async #admit(id: BreakerId): Promise<Breaker | undefined> {
    const { settings, now } = this.#with;
    let breaker = await this.#known(id);
    if (breaker && permission(breaker, now()) === 'PROBE') {
      const probe = probing(breaker, now(), settings);
      const won = await this.#swap(breaker, probe);
      if (won === 'WON') return probe;
      if (won === 'FAILED') return undefined;
      breaker = await this.#read(id);
    }
    if (!breaker || permission(breaker, now()) === 'PASS') return undefined;
    throw circuitOpen(breaker);
  }

  async #answered(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    if (probe) await this.#swap(probe, closed(probe));
    else await this.#change(id, afterAnswer);
  }

  async #failed(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    const { settings, now } = this.#with;
    if (probe) await this.#swap(probe, reopened(probe, now(), settings));
    else await this.#change(id, (breaker) => afterFailure(breaker, now(), settings));
  }

  /** A lost race is tried again a few times; then the count may miss one of many failures at once. */
  async #change(id: BreakerId, transition: (breaker: Breaker) => Breaker | undefined): Promise<void> {
    let breaker = await this.#known(id);
    for (let attempt = 0; attempt < 3 && breaker; attempt += 1) {
      const next = transition(breaker);
      if (!next || (await this.#swap(breaker, next)) !== 'LOST') return;
      breaker = await this.#read(id);
    }
  }

  async #known(id: BreakerId): Promise<Breaker | undefined> {
    const cached = this.#cache.get(breakerKey(id));
    const isFresh = cached && this.#with.now() - cached.readAt < this.#with.settings.cacheMs;
    return isFresh ? cached.breaker : this.#read(id);
  }

  async #read(id: BreakerId): Promise<Breaker | undefined> {
    try {
      const breaker = await this.#with.store.read(id);
      this.#cache.set(breakerKey(id), { breaker, readAt: this.#with.now() });
      return breaker;
    } catch (error) {
      this.#with.onStoreFailure(error);
      return undefined;
    }
  }

  async #swap(seen: Breaker, next: Breaker): Promise<'WON' | 'LOST' | 'FAILED'> {
    try {
      if (!(await this.#with.store.swap(seen, next))) return 'LOST';
    } catch (error) {
      this.#with.onStoreFailure(error);
      return 'FAILED';
    }
    this.#cache.set(breakerKey(next), { breaker: next, readAt: this.#with.now() });
    if (seen.state !== next.state) this.#with.onChange(next);
    return 'WON';
  }
}

function circuitOpen({ provider, account, until }: Breaker): PaymentUnavailable {
  return new PaymentUnavailable(
    `CircuitOpen: ${provider} account ${account} is not asked before ${new Date(until).toISOString()}`,
  );
}

/** The provider did not answer. That one payment has to wait says nothing against it. */
function isFailure(error: unknown): boolean {
  return error instanceof PaymentUnavailable && !error.isPending;
}

/** The provider considered the request, which shows that it works. */
function isAnswer(error: unknown): boolean {
  return ANSWERS.some((answer) => error instanceof answer);
}

const ANSWERS = [
  PaymentUnavailable,
  PaymentDeclined,
  PaymentRefused,
  PaymentClosed,
  PaymentCaptured,
  PaymentNotCaptured,
] as const;

/**
 * Puts each account's breaker in front of a provider. Looking up and listing are not guarded: they move no money, and
 * what they find is what tells an unclear answer apart.
 *
 * @param name of the provider, under which its breakers are kept.
 */
export function withBreaker(provider: PaymentProvider, name: string, breaker: CircuitBreaker): PaymentProvider {
  const id = (payment: PaymentRequest) => ({ provider: name, account: provider.accountOf(payment) });
  return {
    accountOf: (payment) => provider.accountOf(payment),
    authorize: (payment) => breaker.guard(id(payment), 'forward', () => provider.authorize(payment)),
    capture: (payment) => breaker.guard(id(payment), 'forward', () => provider.capture(payment)),
    void: (payment) => breaker.guard(id(payment), 'undo', () => provider.void(payment)),
    refund: (payment) => breaker.guard(id(payment), 'undo', () => provider.refund(payment)),
    findByOrder: (payment) => provider.findByOrder(payment),
    listSince: (since, nextToken) => provider.listSince(since, nextToken),
    requireAvailable: (payment) => breaker.requirePassage(id(payment)),
  };
}
