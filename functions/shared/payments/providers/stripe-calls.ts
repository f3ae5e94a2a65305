import type { Stripe } from 'stripe';
import { traced } from '../../runtime/tracing.ts';
import { PaymentDeclined, PaymentUnavailable } from '../payment-provider.ts';
import type { StripeAccess } from './stripe-access.ts';
import { hadNoEffect, isKeyRefused, isReplayedFailure, toPortError } from './stripe-errors.ts';

/** How long the adapter waits, in milliseconds. */
export interface StripeTimeouts {
  /** For one operation of the port. A payment function runs two of them at most. */
  operation: number;
  /** For one call to Stripe. */
  call: number;
}

/** No call is started with less time left than this. */
const SHORTEST_CALL_MS = 200;

const KEYS_PER_OPERATION = 3;

/** The fields of an intent that Stripe leaves out unless they are asked for. */
export const WITH_REFUNDS = 'latest_charge.refunds';

type Call<Answer> = (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Stripe.Response<Answer>>;

/** The calls that one operation of the port makes to Stripe. They share one deadline and throw the port's errors. */
export class StripeCalls {
  readonly #access: StripeAccess;
  readonly #callTimeout: number;
  readonly #deadline: number;

  constructor(access: StripeAccess, timeouts: StripeTimeouts) {
    this.#access = access;
    this.#callTimeout = timeouts.call;
    this.#deadline = Date.now() + timeouts.operation;
  }

  /** Makes a call that changes nothing. */
  async read<Answer>(call: Call<Answer>): Promise<Stripe.Response<Answer>> {
    try {
      return await this.#send(call);
    } catch (error) {
      throw this.#portError(error);
    }
  }

  /**
   * Makes a call that changes something, under an idempotency key.
   *
   * Stripe stores the answer to a key for a day, its own failures included. A key with a stored failure is of no more
   * use, so the next key is tried: `<key>:2`, then `<key>:3`. Concurrent callers receive the same stored answers and
   * therefore use the same key. A failed call may still have taken effect; then the intent's state refuses it the
   * second time.
   */
  async write<Answer>(key: string, call: Call<Answer>): Promise<Stripe.Response<Answer>> {
    for (let n = 1; ; n += 1) {
      const idempotencyKey = n === 1 ? key : `${key}:${n}`;
      try {
        return await this.#send((stripe, options) => call(stripe, { ...options, idempotencyKey }));
      } catch (error) {
        if (n === KEYS_PER_OPERATION || !isReplayedFailure(error)) throw this.#portError(error);
      }
    }
  }

  /** As `write`, but an error after which the call may have taken effect is returned and not thrown. */
  async tryWrite<Answer>(
    key: string,
    call: Call<Answer>,
  ): Promise<{ answer: Stripe.Response<Answer>; refusal?: never } | { answer?: never; refusal: Error }> {
    try {
      return { answer: await this.write(key, call) };
    } catch (error) {
      if (!(error instanceof Error) || hadNoEffect(error)) throw error;
      return { refusal: error };
    }
  }

  /** Reads an intent with its refunds. */
  retrieveIntent(id: string): Promise<Stripe.PaymentIntent> {
    return this.read((stripe, options) => stripe.paymentIntents.retrieve(id, { expand: [WITH_REFUNDS] }, options));
  }

  /**
   * Changes an intent.
   *
   * @returns the intent as it is afterwards: Stripe's answer if it is clear, else what a new read says, together with
   * the reason why the answer was not clear.
   */
  async changeIntent(
    id: string,
    key: string,
    call: Call<Stripe.PaymentIntent>,
  ): Promise<{ intent: Stripe.PaymentIntent; refusal?: Error }> {
    const { answer, refusal } = await this.tryWrite(key, call);
    if (refusal instanceof PaymentDeclined) throw refusal;
    if (refusal) return { intent: await this.retrieveIntent(id), refusal };
    return { intent: isReplay(answer) ? await this.retrieveIntent(id) : answer };
  }

  /** Sends one call, in a subsegment of the trace. It never takes longer than its timeout and the operation's deadline allow. */
  async #send<Answer>(call: Call<Answer>): Promise<Stripe.Response<Answer>> {
    const stripe = await this.#access.client();
    const timeout = Math.min(this.#callTimeout, this.#deadline - Date.now());
    if (timeout < SHORTEST_CALL_MS) throw new PaymentUnavailable('Stripe took too long');
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        traced('call', () => call(stripe, { timeout }), 'api.stripe.com'),
        new Promise<never>((_, reject) => {
          // The SDK's own timeout starts again with every byte received and with its one repetition. This one does not.
          timer = setTimeout(() => reject(new PaymentUnavailable('Stripe did not answer in time')), timeout);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  #portError(error: unknown): Error {
    if (isKeyRefused(error)) this.#access.forget();
    return toPortError(error);
  }
}

/** Whether Stripe sent the stored answer to an idempotency key. It was true then and may not be true now. */
export function isReplay({ lastResponse }: Stripe.Response<unknown>): boolean {
  return lastResponse.headers['idempotent-replayed'] === 'true';
}
