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
} from './breaker-state.ts';
import {
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  PaymentRefused,
  PaymentUnavailable,
} from './payment-provider.ts';

/** Where the breakers are stored. */
export interface BreakerStore {
  read(id: BreakerId): Promise<Breaker>;
  /** Writes `next` if the stored version is still that of `seen`. Returns whether it did. */
  swap(seen: Breaker, next: Breaker): Promise<boolean>;
}

export interface BreakerDependencies {
  store: BreakerStore;
  settings: BreakerSettings;
  now: () => number;
  /** Called for every change of state that this container made. */
  onChange: (breaker: Breaker) => void;
  /** Called when the store failed. The payment call is made all the same: a broken breaker must not stop payments. */
  onStoreFailure: (error: unknown) => void;
}

/** `forward` takes money and is refused while the breaker is open. `undo` compensates and is never refused. */
export type CallKind = 'forward' | 'undo';

/** Guards the calls to payment providers with the breaker of their account. A container has one instance. */
export class CircuitBreaker {
  readonly #with: BreakerDependencies;
  readonly #cache = new Map<string, { breaker: Breaker; readAt: number }>();

  constructor(dependencies: BreakerDependencies) {
    this.#with = dependencies;
  }

  /**
   * Makes a call to the provider, unless the breaker of its account is open.
   *
   * Undo calls are made in any state. A refusal would use up their retries and turn a delay into NEEDS_ATTENTION, and
   * they are few: only orders that end without success have them. Their failures count. Their answers do not, because
   * only a call that takes money shows that money can be taken.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen` when the call was not made, and what the
   * call throws.
   */
  async guard<T>(id: BreakerId, kind: CallKind, call: () => Promise<T>): Promise<T> {
    const probe = kind === 'forward' ? await this.#admit(id) : undefined;
    try {
      const answer = await call();
      if (kind === 'forward') await this.#recordAnswer(id, probe);
      return answer;
    } catch (error) {
      if (isFailure(error)) await this.#recordFailure(id, probe);
      else if (kind === 'forward' && isAnswer(error)) await this.#recordAnswer(id, probe);
      throw error;
    }
  }

  /**
   * Checks that a forward call would not be refused now. It claims no probe.
   *
   * @throws PaymentUnavailable with a message that starts with `CircuitOpen`.
   */
  async requireAvailable(id: BreakerId): Promise<void> {
    const breaker = await this.#cachedOrRead(id);
    if (breaker && permission(breaker, this.#with.now()) === 'REFUSE') throw circuitOpen(breaker);
  }

  /** Returns the breaker that this caller probes, or undefined when the call needs no probe. */
  async #admit(id: BreakerId): Promise<Breaker | undefined> {
    const { settings, now } = this.#with;
    let breaker = await this.#cachedOrRead(id);
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

  async #recordAnswer(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    if (probe) await this.#swap(probe, closed(probe));
    else await this.#change(id, afterAnswer);
  }

  async #recordFailure(id: BreakerId, probe: Breaker | undefined): Promise<void> {
    const { settings, now } = this.#with;
    if (probe) await this.#swap(probe, reopened(probe, now(), settings));
    else await this.#change(id, (breaker) => afterFailure(breaker, now(), settings));
  }

  /** Writes a change. It is retried a few times and then dropped: one of many simultaneous failures is not counted. */
  async #change(id: BreakerId, transition: (breaker: Breaker) => Breaker | undefined): Promise<void> {
    let breaker = await this.#cachedOrRead(id);
    for (let attempt = 0; attempt < 3 && breaker; attempt += 1) {
      const next = transition(breaker);
      if (!next || (await this.#swap(breaker, next)) !== 'LOST') return;
      breaker = await this.#read(id);
    }
  }

  async #cachedOrRead(id: BreakerId): Promise<Breaker | undefined> {
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

/** Whether the provider did not answer. A payment that is only pending does not count against the provider. */
function isFailure(error: unknown): boolean {
  return error instanceof PaymentUnavailable && !error.isPending;
}

/** Whether the provider processed the request. Then it works. */
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
