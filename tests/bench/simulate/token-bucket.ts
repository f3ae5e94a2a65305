export interface Rate {
  /** Most tokens that the bucket holds. It begins full. */
  burst: number;
  perSecond: number;
}

/** A throttle of AWS: it fills steadily, and each request takes tokens. Times are in seconds. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt = 0;
  throttled = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Takes the tokens, or none and tells that the request is throttled. */
  take(now: number, tokens = 1): boolean {
    this.#fill(now);
    // What sums of fractions lose must not cost a token.
    if (this.#tokens + 1e-9 < tokens) {
      this.throttled += 1;
      return false;
    }
    this.#tokens -= tokens;
    return true;
  }

  /** Takes the tokens in any case, and tells how many seconds the request has to wait for them. */
  wait(now: number, tokens = 1): number {
    this.#fill(now);
    this.#tokens -= tokens;
    if (this.#tokens >= 0) return 0;
    this.throttled += 1;
    return -this.#tokens / this.#rate.perSecond;
  }

  /** Takes all that is left, for a run that begins when the burst is used up. */
  drain(): void {
    this.#tokens = 0;
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) * perSecond);
    this.#filledAt = now;
  }
}
