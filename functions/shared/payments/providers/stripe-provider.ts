import type { Stripe } from 'stripe';
import {
  type Payment,
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  PaymentRefused,
  type PaymentRequest,
  PaymentUnavailable,
} from '../payment-provider.ts';
import type { StripeAccess } from './stripe-access.ts';

type Intent = Stripe.PaymentIntent;
type Send<Answer> = (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Stripe.Response<Answer>>;

/** How long the adapter waits, in milliseconds. A payment function runs two operations at most. */
export interface StripeTimeouts {
  operation: number;
  call: number;
}

const TIMEOUTS: StripeTimeouts = { operation: 8_000, call: 6_000 };

/** Less than this left, and a call is not begun. */
const SHORTEST_CALL_MS = 200;

/** Kept on the order's row instead of an id when Stripe refuses even to create the intent: the payment was closed before there was one. */
const NO_INTENT = 'none';

/** Stripe keeps the answer to a key, failures of its own too, for a day. A key whose answer is such a failure is spent. */
const KEYS_PER_OPERATION = 3;

/** Stripe's test card, for orders without a token. It does not exist in live mode. */
const TEST_CARD = 'pm_card_visa';

const WITH_REFUNDS = 'latest_charge.refunds';

/**
 * Payments by Stripe's PaymentIntents with manual capture: created unconfirmed, then confirm is authorize and cancel
 * is void. An intent's id is kept on the order's row before the intent is confirmed, and the first id stays, so that
 * money can only ever hang on the kept intent: an order without one has no payment.
 *
 * Whenever an answer is unclear (none in time, a failure of Stripe's, the replay of a saved answer) the intent is
 * read again and what it says counts. What the intent does not settle is PaymentUnavailable: try again later.
 */
export class StripeProvider implements PaymentProvider {
  readonly #access: StripeAccess;
  readonly #timeouts: StripeTimeouts;

  constructor(access: StripeAccess, timeouts: StripeTimeouts = TIMEOUTS) {
    this.#access = access;
    this.#timeouts = timeouts;
  }

  /** @throws PaymentDeclined, PaymentClosed, PaymentUnavailable, PaymentRefused */
  async authorize(request: PaymentRequest): Promise<Payment> {
    const deadline = this.#deadline();
    const intent = await this.#intentOf(request, deadline);
    if (!intent) throw closed(request);
    const before = paymentOf(intent);
    if (before) return unlessClosed(before);
    if (wasDeclined(intent)) throw declinedBefore(intent);

    const method = request.paymentToken ?? (intent.livemode ? undefined : TEST_CARD);
    if (!method) throw new PaymentDeclined('the order names no payment method');
    const { intent: after, refusal } = await this.#act(
      intent.id,
      `${request.orderId}:authorize`,
      deadline,
      (stripe, options) =>
        stripe.paymentIntents.confirm(
          intent.id,
          // Nobody is there to pass a challenge, so that a card that asks for one is declined.
          { payment_method: method, error_on_requires_action: true, expand: [WITH_REFUNDS] },
          options,
        ),
    );
    const payment = paymentOf(after);
    if (payment) return unlessClosed(payment);
    throw wasDeclined(after) ? declinedBefore(after) : (refusal ?? unsettled(after));
  }

  /** @throws PaymentClosed, PaymentDeclined, PaymentUnavailable, PaymentRefused */
  async capture(request: PaymentRequest): Promise<Payment> {
    const deadline = this.#deadline();
    const id = request.paymentId;
    if (!id || id === NO_INTENT) throw closed(request);
    const { intent, refusal } = await this.#act(id, `${request.orderId}:capture`, deadline, (stripe, options) =>
      stripe.paymentIntents.capture(id, { expand: [WITH_REFUNDS] }, options),
    );
    const payment = paymentOf(intent);
    if (!payment) throw closed(request);
    if (payment.status === 'AUTHORIZED') throw refusal ?? unsettled(intent);
    return unlessClosed(payment);
  }

  /** @throws PaymentCaptured, PaymentUnavailable, PaymentRefused */
  async void(request: PaymentRequest): Promise<Payment> {
    const deadline = this.#deadline();
    const intent = await this.#intentToVoid(request, deadline);
    if (!intent) return closedWithoutIntent(request);
    const before = paymentOf(intent);
    if (before && before.status !== 'AUTHORIZED') return unlessCaptured(before);

    const { intent: after, refusal } = await this.#act(
      intent.id,
      `${request.orderId}:void`,
      deadline,
      (stripe, options) => stripe.paymentIntents.cancel(intent.id, { expand: [WITH_REFUNDS] }, options),
    );
    const payment = paymentOf(after);
    if (!payment || payment.status === 'AUTHORIZED') throw refusal ?? unsettled(after);
    return unlessCaptured(payment);
  }

  /**
   * Gives back all that was captured. A refund that Stripe has not finished, or that failed, is none.
   *
   * @throws PaymentNotCaptured, PaymentUnavailable, PaymentRefused
   */
  async refund(request: PaymentRequest): Promise<Payment> {
    const deadline = this.#deadline();
    const id = request.paymentId;
    if (!id || id === NO_INTENT) throw new PaymentNotCaptured(`nothing was captured for order ${request.orderId}`);
    const intent = await this.#retrieve(id, deadline);
    const before = paymentOf(intent);
    if (before?.status === 'REFUNDED') return before;
    if (before?.status !== 'CAPTURED') throw new PaymentNotCaptured(`payment ${id} is ${intent.status}`);
    if (isRefundUnderWay(intent)) throw pending(`the refund of payment ${id} is pending`);

    // After a refund that failed another one is made, and the key of the failed one would only replay its beginning.
    const failed = failedRefunds(intent);
    const key = failed === 0 ? `${request.orderId}:refund` : `${request.orderId}:refund:after-${failed}`;
    let refusal: Error | undefined;
    try {
      await this.#send(key, deadline, (stripe, options) =>
        stripe.refunds.create({ payment_intent: id, metadata: { orderId: request.orderId } }, options),
      );
    } catch (error) {
      refusal = this.#toPortError(error);
      if (changedNothing(error)) throw refusal;
    }
    const after = await this.#retrieve(id, deadline);
    const payment = paymentOf(after);
    if (payment?.status === 'REFUNDED') return payment;
    if (isRefundUnderWay(after)) throw pending(`the refund of payment ${id} is pending`);
    throw failedRefunds(after) > failed
      ? new PaymentRefused(`the refund of payment ${id} failed`)
      : (refusal ?? unsettled(after));
  }

  /** @throws PaymentUnavailable, PaymentRefused */
  async findByOrder(request: PaymentRequest): Promise<Payment | undefined> {
    if (!request.paymentId) return undefined;
    const intent = await this.#kept(request.paymentId, this.#deadline());
    return intent ? paymentOf(intent) : closedWithoutIntent(request);
  }

  /**
   * Payments of orders alone: intents that hold or took no money, and those of other products on the same Stripe
   * account, are left out, so a page may be short; `nextToken` decides.
   *
   * @throws PaymentUnavailable, PaymentRefused
   */
  async listSince(since: string, nextToken?: string): Promise<{ payments: Payment[]; nextToken?: string }> {
    const page = await this.#ask(this.#deadline(), (stripe, options) =>
      stripe.paymentIntents.list(
        {
          created: { gte: Math.floor(Date.parse(since) / 1000) },
          limit: 100,
          expand: [`data.${WITH_REFUNDS}`],
          ...(nextToken && { starting_after: nextToken }),
        },
        options,
      ),
    );
    const payments = page.data
      .filter((intent) => intent.metadata.orderId && intent.status !== 'processing')
      .flatMap((intent) => paymentOf(intent) ?? []);
    const last = page.data.at(-1);
    return { payments, ...(page.has_more && last && { nextToken: last.id }) };
  }

  /** A deployment has one Stripe account, that of its key. */
  accountOf(): string {
    return 'stripe';
  }

  /** The order's intent as it is now, made and kept if there was none; undefined when it was closed without one. */
  async #intentOf(request: PaymentRequest, deadline: number): Promise<Intent | undefined> {
    if (request.paymentId) return this.#kept(request.paymentId, deadline);
    let created: Stripe.Response<Intent>;
    try {
      created = await this.#send(`${request.orderId}:create`, deadline, (stripe, options) =>
        stripe.paymentIntents.create(
          {
            amount: request.amount,
            currency: request.currency.toLowerCase(),
            capture_method: 'manual',
            payment_method_types: ['card'],
            metadata: { orderId: request.orderId },
          },
          options,
        ),
      );
    } catch (error) {
      throw this.#toPortError(error);
    }
    const kept = await keepId(request, created.id);
    // A replay tells how the intent was when it was new.
    return kept === created.id && !isReplay(created) ? created : this.#kept(kept, deadline);
  }

  /** As above, but when Stripe will not make one, the payment is closed without: an authorization still to come ends there. */
  async #intentToVoid(request: PaymentRequest, deadline: number): Promise<Intent | undefined> {
    try {
      return await this.#intentOf(request, deadline);
    } catch (error) {
      if (!(error instanceof PaymentDeclined || error instanceof PaymentRefused)) throw error;
      return this.#kept(await keepId(request, NO_INTENT), deadline);
    }
  }

  async #kept(id: string, deadline: number): Promise<Intent | undefined> {
    return id === NO_INTENT ? undefined : this.#retrieve(id, deadline);
  }

  async #retrieve(id: string, deadline: number): Promise<Intent> {
    return this.#ask(deadline, (stripe, options) =>
      stripe.paymentIntents.retrieve(id, { expand: [WITH_REFUNDS] }, options),
    );
  }

  /**
   * Changes an intent and tells how it is then: by the answer if that is clear, otherwise by reading it again, together
   * with why it was not clear.
   */
  async #act(
    id: string,
    key: string,
    deadline: number,
    send: Send<Intent>,
  ): Promise<{ intent: Intent; refusal?: Error }> {
    try {
      const intent = await this.#send(key, deadline, send);
      return { intent: isReplay(intent) ? await this.#retrieve(id, deadline) : intent };
    } catch (error) {
      const refusal = this.#toPortError(error);
      if (refusal instanceof PaymentDeclined || changedNothing(error)) throw refusal;
      return { intent: await this.#retrieve(id, deadline), refusal };
    }
  }

  /**
   * Sends a change under the first key that is not spent. Everybody meets the same replays and so takes the same key;
   * a spent one that did have its effect is found out by the state of the intent, which refuses it a second time.
   */
  async #send<Answer>(key: string, deadline: number, send: Send<Answer>): Promise<Stripe.Response<Answer>> {
    for (let n = 1; ; n += 1) {
      try {
        return await this.#call(deadline, (stripe, options) =>
          send(stripe, { ...options, idempotencyKey: n === 1 ? key : `${key}:${n}` }),
        );
      } catch (error) {
        if (n === KEYS_PER_OPERATION || !isReplayedFailure(error)) throw error;
      }
    }
  }

  async #ask<Answer>(deadline: number, send: Send<Answer>): Promise<Stripe.Response<Answer>> {
    try {
      return await this.#call(deadline, send);
    } catch (error) {
      throw this.#toPortError(error);
    }
  }

  /** One call, never longer than its share of the operation, whatever the connection does. */
  async #call<Answer>(deadline: number, send: Send<Answer>): Promise<Stripe.Response<Answer>> {
    const stripe = await this.#access.client();
    const timeout = Math.min(this.#timeouts.call, deadline - Date.now());
    if (timeout < SHORTEST_CALL_MS) throw new PaymentUnavailable('Stripe took too long');
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        send(stripe, { timeout }),
        new Promise<never>((_, reject) => {
          // The SDK's timeout starts anew with every byte and with its one repetition; this one does not.
          timer = setTimeout(() => reject(new PaymentUnavailable('Stripe did not answer in time')), timeout);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  #deadline(): number {
    return Date.now() + this.#timeouts.operation;
  }

  #toPortError(error: unknown): Error {
    if (!isStripeError(error)) return error instanceof Error ? error : new Error(String(error));
    const options = { cause: error };
    const reason = [error.decline_code || error.code || error.rawType, error.param, error.requestId]
      .filter(Boolean)
      .join(', ');
    switch (error.type) {
      case 'StripeCardError':
        return error.rawType === 'card_error'
          ? new PaymentDeclined(`Stripe declined: ${reason}`, options)
          : new PaymentRefused(`Stripe refused: ${reason}`, options);
      case 'StripeAPIError':
        // Another call holds the intent or the key.
        if (error.statusCode === 409) return pending(`Stripe is at this payment: ${reason}`, error);
        return new PaymentUnavailable(`Stripe is not available: ${reason}`, options);
      case 'StripeRateLimitError':
      case 'StripeConnectionError':
        return new PaymentUnavailable(`Stripe is not available: ${reason}`, options);
      case 'StripeAuthenticationError':
      case 'StripePermissionError':
        this.#access.forget();
        return new PaymentUnavailable(`Stripe does not accept the key: ${reason}`, options);
      case 'StripeInvalidRequestError':
        return isAboutTheOrder(error)
          ? new PaymentDeclined(`Stripe declined: ${reason}`, options)
          : new PaymentRefused(`Stripe refused: ${reason}`, options);
      default:
        return new PaymentRefused(`Stripe refused: ${reason}`, options);
    }
  }
}

/**
 * What an intent amounts to, or undefined when it holds and took no money yet.
 *
 * @throws PaymentUnavailable while the intent is `processing`: it may become anything.
 */
function paymentOf(intent: Intent): Payment | undefined {
  const payment = { paymentId: intent.id, orderId: intent.metadata.orderId ?? '' };
  switch (intent.status) {
    case 'requires_capture':
      return {
        ...payment,
        status: 'AUTHORIZED',
        authorizedAmount: intent.amount,
        capturedAmount: 0,
        refundedAmount: 0,
      };
    case 'succeeded': {
      const capturedAmount = intent.amount_received;
      const refundedAmount = refundsOf(intent)
        .filter((refund) => refund.status === 'succeeded')
        .reduce((sum, refund) => sum + refund.amount, 0);
      return {
        ...payment,
        status: refundedAmount >= capturedAmount ? 'REFUNDED' : 'CAPTURED',
        authorizedAmount: intent.amount,
        capturedAmount,
        refundedAmount,
      };
    }
    case 'canceled': {
      const wasAuthorized = chargeOf(intent)?.status === 'succeeded';
      return {
        ...payment,
        status: 'VOIDED',
        authorizedAmount: wasAuthorized ? intent.amount : 0,
        capturedAmount: 0,
        refundedAmount: 0,
      };
    }
    case 'processing':
      throw unsettled(intent);
    default:
      return undefined;
  }
}

function chargeOf(intent: Intent): Stripe.Charge | undefined {
  return typeof intent.latest_charge === 'object' ? (intent.latest_charge ?? undefined) : undefined;
}

function refundsOf(intent: Intent): Stripe.Refund[] {
  return chargeOf(intent)?.refunds?.data ?? [];
}

/** `charge.refunded` counts refunds that are only on their way, so each refund's own status is looked at. */
function isRefundUnderWay(intent: Intent): boolean {
  return refundsOf(intent).some(({ status }) => status === 'pending' || status === 'requires_action');
}

function failedRefunds(intent: Intent): number {
  return refundsOf(intent).filter(({ status }) => status === 'failed' || status === 'canceled').length;
}

function wasDeclined(intent: Intent): boolean {
  return intent.status === 'requires_payment_method' && intent.last_payment_error?.type === 'card_error';
}

function declinedBefore({ last_payment_error: error }: Intent): PaymentDeclined {
  return new PaymentDeclined(`Stripe declined: ${error?.decline_code ?? error?.code ?? 'card_error'}`);
}

function pending(what: string, cause?: unknown): PaymentUnavailable {
  return new PaymentUnavailable(what, { isPending: true, cause });
}

function unsettled(intent: Intent): PaymentUnavailable {
  return pending(`payment ${intent.id} is ${intent.status}`);
}

function closed({ orderId }: { orderId: string }): PaymentClosed {
  return new PaymentClosed(`the payment of order ${orderId} is closed`);
}

function unlessClosed(payment: Payment): Payment {
  if (payment.status === 'VOIDED' || payment.status === 'REFUNDED') throw closed(payment);
  return payment;
}

function unlessCaptured(payment: Payment): Payment {
  if (payment.status !== 'VOIDED') throw new PaymentCaptured(`payment ${payment.paymentId} was captured`);
  return payment;
}

/** The id that the order's row holds from now on: this one, unless it held one already. */
async function keepId({ orderId, rememberPaymentId }: PaymentRequest, id: string): Promise<string> {
  if (!rememberPaymentId) throw new TypeError(`the id of order ${orderId}'s payment has nowhere to be kept`);
  return rememberPaymentId(id);
}

function closedWithoutIntent({ orderId }: PaymentRequest): Payment {
  return {
    paymentId: NO_INTENT,
    orderId,
    status: 'VOIDED',
    authorizedAmount: 0,
    capturedAmount: 0,
    refundedAmount: 0,
  };
}

/** Stripe's saved answer to a key came back: true when it was given, but perhaps not any more. */
function isReplay({ lastResponse }: Stripe.Response<unknown>): boolean {
  return lastResponse.headers['idempotent-replayed'] === 'true';
}

function isReplayedFailure(error: unknown): boolean {
  return isStripeError(error) && (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true';
}

/** Stripe turned the call away at the door: there is no effect to look for. */
function changedNothing(error: unknown): boolean {
  return isStripeError(error) && [401, 403, 409, 429].includes(error.statusCode ?? 0);
}

/** An amount that Stripe does not take, or a token that is no payment method of it. */
function isAboutTheOrder({ code, param }: Stripe.errors.StripeError): boolean {
  return code === 'amount_too_small' || code === 'amount_too_large' || (param?.startsWith('payment_method') ?? false);
}

/** Told by its fields, so that the SDK need not be loaded for asking. */
function isStripeError(error: unknown): error is Stripe.errors.StripeError {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' && 'rawType' in error;
}
