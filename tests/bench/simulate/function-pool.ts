import { type Rate, TokenBucket } from './token-bucket.ts';

/** What all functions of an account and region share. */
export class LambdaAccount {
  readonly concurrency: number;
  readonly requests: TokenBucket;
  busy = 0;
  mostBusy = 0;

  constructor(concurrency: number, requests: Rate) {
    this.concurrency = concurrency;
    this.requests = new TokenBucket(requests);
  }
}

export type Throttle = 'Lambda concurrency' | 'Lambda scaling rate' | 'Lambda requests per second';

/** The execution environments of one function. They stay once they are there: a simulation is shorter than their life. */
export class FunctionPool {
  readonly #account: LambdaAccount;
  readonly #scaling: TokenBucket;
  #idle = 0;
  coldStarts = 0;

  constructor(account: LambdaAccount, scaling: Rate) {
    this.#account = account;
    this.#scaling = new TokenBucket(scaling);
  }

  /** Begins an invocation, or tells what throttles it. Who began one has to end it. */
  begin(now: number): { cold: boolean } | { throttledBy: Throttle } {
    const account = this.#account;
    if (account.busy >= account.concurrency) return { throttledBy: 'Lambda concurrency' };
    if (!account.requests.take(now)) return { throttledBy: 'Lambda requests per second' };
    const cold = this.#idle === 0;
    if (cold && !this.#scaling.take(now)) return { throttledBy: 'Lambda scaling rate' };
    if (cold) this.coldStarts += 1;
    else this.#idle -= 1;
    account.busy += 1;
    account.mostBusy = Math.max(account.mostBusy, account.busy);
    return { cold };
  }

  end(): void {
    this.#account.busy -= 1;
    this.#idle += 1;
  }

  /** Has environments ready, as after hours of the same load. */
  warm(environments: number): void {
    this.#idle = environments;
  }
}
