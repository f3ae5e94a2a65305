import { Refusal } from '../api/refusal.ts';
import { type Person, personOf } from './id-token.ts';

/** What signing in and refreshing answer with. */
export interface Tokens {
  idToken: string;
  accessToken: string;
  /** Missing in the answer to a refresh: the old one stays good. */
  refreshToken?: string;
  /** Seconds for which the first two are good. */
  expiresIn: number;
}

/** The part of localStorage that is used here. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface SessionState {
  /** RESTORING: there is a refresh token, and nobody knows yet whether it is still good. */
  status: 'SIGNED_OUT' | 'RESTORING' | 'SIGNED_IN';
  person?: Person;
  /** Signed out because the session ended on its own, and not because the person wanted it. */
  hasExpired?: true;
}

export interface SessionParts {
  storage: KeyValueStorage;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Asks for new tokens. Throws Refusal when the refresh token is not good any more. */
  refresh: (refreshToken: string) => Promise<Tokens>;
  /** setTimeout. */
  later: (callback: () => void, milliseconds: number) => unknown;
  /** Ends a refresh token. Nobody waits for it. */
  revoke: (refreshToken: string) => Promise<unknown>;
}

export const REFRESH_TOKEN_KEY = 'refreshToken';
/** A token that ends this soon is replaced before it is sent, so that it does not end on the way. */
const LEAST_LEFT_MS = 60_000;
const RESTORE_AGAIN_MS = 3000;

/**
 * The person at this browser. ID and access token are in memory, the refresh token in localStorage
 * (docs/adr/0030-tokens-in-the-browser.md). All tabs share that one: they sign in and out together.
 */
export class Session {
  readonly #parts: SessionParts;
  readonly #listeners = new Set<() => void>();
  #state: SessionState;
  #tokens: { idToken: string; accessToken: string; expiresAt: number } | undefined;
  #refreshing: Promise<string | undefined> | undefined;
  /** Rises with every sign-in and sign-out, so that a late answer to a refresh changes nothing. */
  #epoch = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#state = { status: this.#refreshToken === undefined ? 'SIGNED_OUT' : 'RESTORING' };
  }

  /** The state now. The same object until it changes. */
  get = (): SessionState => this.#state;

  /** Calls back after every change. Returns what ends that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Signs in again after a reload, when there is a refresh token. While the API does not answer, it tries again. */
  async restore(): Promise<void> {
    if (this.#state.status !== 'RESTORING') return;
    try {
      await this.idToken();
    } catch {
      this.#parts.later(() => this.restore(), RESTORE_AGAIN_MS);
    }
  }

  signIn(tokens: Tokens): void {
    this.#epoch += 1;
    if (tokens.refreshToken !== undefined) this.#parts.storage.setItem(REFRESH_TOKEN_KEY, tokens.refreshToken);
    this.#accept(tokens);
  }

  signOut(): void {
    const refreshToken = this.#refreshToken;
    this.#end({ status: 'SIGNED_OUT' });
    if (refreshToken !== undefined) this.#parts.revoke(refreshToken).catch(() => {});
  }

  /**
   * The token for `authorization`, refreshed when it is about to end. Undefined when nobody is signed in.
   *
   * @throws what `refresh` throws when the API could not be asked.
   */
  async idToken(): Promise<string | undefined> {
    if (this.#tokens && this.#tokens.expiresAt - this.#parts.now() > LEAST_LEFT_MS) return this.#tokens.idToken;
    return this.#refresh();
  }

  /** The token for changing the account itself, good as `idToken` is. */
  async accessToken(): Promise<string | undefined> {
    await this.idToken();
    return this.#tokens?.accessToken;
  }

  /** A token in place of one that the API has just refused. Undefined when there is none: the session has ended. */
  async renew(refused: string): Promise<string | undefined> {
    if (this.#tokens && this.#tokens.idToken !== refused) return this.#tokens.idToken;
    return this.#refresh();
  }

  /** To be called when another tab changed the storage: `key` is what changed, null for everything. */
  onStorage(key: string | null): void {
    if (key !== null && key !== REFRESH_TOKEN_KEY) return;
    this.#epoch += 1;
    this.#tokens = undefined;
    this.#refreshing = undefined;
    if (this.#refreshToken === undefined) this.#change({ status: 'SIGNED_OUT' });
    else {
      // Perhaps it is somebody else now. Nothing of the person before may be shown with it.
      this.#change({ status: 'RESTORING' });
      this.restore();
    }
  }

  get #refreshToken(): string | undefined {
    return this.#parts.storage.getItem(REFRESH_TOKEN_KEY) ?? undefined;
  }

  /** One refresh at a time: a page asks for several things at once. */
  #refresh(): Promise<string | undefined> {
    this.#refreshing ??= this.#refreshOnce().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshOnce(): Promise<string | undefined> {
    const refreshToken = this.#refreshToken;
    if (refreshToken === undefined) {
      if (this.#state.status !== 'SIGNED_OUT') this.#end({ status: 'SIGNED_OUT', hasExpired: true });
      return undefined;
    }
    const epoch = this.#epoch;
    try {
      const tokens = await this.#parts.refresh(refreshToken);
      if (epoch !== this.#epoch) return this.#tokens?.idToken;
      this.#accept(tokens);
      return tokens.idToken;
    } catch (error) {
      const isOver = error instanceof Refusal && (error.code === 'UNAUTHORIZED' || error.code === 'VALIDATION_FAILED');
      if (!isOver) throw error;
      if (epoch === this.#epoch) this.#end({ status: 'SIGNED_OUT', hasExpired: true });
      return undefined;
    }
  }

  #accept({ idToken, accessToken, expiresIn }: Tokens): void {
    const person = personOf(idToken);
    this.#tokens = { idToken, accessToken, expiresAt: this.#parts.now() + expiresIn * 1000 };
    this.#change({ status: 'SIGNED_IN', person });
  }

  #end(state: SessionState): void {
    this.#epoch += 1;
    this.#tokens = undefined;
    this.#parts.storage.removeItem(REFRESH_TOKEN_KEY);
    this.#change(state);
  }

  #change(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
