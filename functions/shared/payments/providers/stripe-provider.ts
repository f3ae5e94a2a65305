import {
  type Payment,
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  PaymentRefused,
  type PaymentRequest,
} from '../payment-provider.ts';
import type { StripeAccess } from './stripe-access.ts';
import { StripeCalls, type StripeTimeouts, WITH_REFUNDS } from './stripe-calls.ts';
import { pending } from './stripe-errors.ts';
import { keptIntentId, orderIntent, orderIntentToVoid, voidedWithoutIntent } from './stripe-order-intent.ts';
import { countFailedRefunds, intentPending, isRefundPending, recordedDecline, toPayment } from './stripe-payment.ts';

const TIMEOUTS: StripeTimeouts = { operation: 8_000, call: 6_000 };

/** Stripe's test card, for orders without a token. It does not exist in live mode. */
const TEST_CARD = 'pm_card_visa';

/**
 * Payments through Stripe's PaymentIntents with manual capture. An intent is created unconfirmed. To authorize is to
 * confirm it, and to void is to cancel it. The intent whose id the order's row keeps is the order's only payment (see
 * stripe-order-intent.ts).
 *
 * An answer can be unclear: it did not come in time, it is a failure of Stripe's, or it is the stored answer to an
 * idempotency key. Then the intent is read again, and its state counts. A state that is not final becomes
 * PaymentUnavailable, so that the caller tries again later.
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
    const stripe = this.#startCalls();
    const intent = await orderIntent(request, stripe);
    if (!intent) throw closed(request);
    const before = toPayment(intent);
    if (before) return requireOpen(before);
    const earlierDecline = recordedDecline(intent);
    if (earlierDecline) throw earlierDecline;

    const method = request.paymentToken ?? (intent.livemode ? undefined : TEST_CARD);
    if (!method) throw new PaymentDeclined('the order names no payment method');
    const { intent: after, refusal } = await stripe.changeIntent(
      intent.id,
      `${request.orderId}:authorize`,
      (client, options) =>
        client.paymentIntents.confirm(
          intent.id,
          // The customer is not present to pass a challenge. A card that asks for one is therefore declined.
          { payment_method: method, error_on_requires_action: true, expand: [WITH_REFUNDS] },
          options,
        ),
    );
    const payment = toPayment(after);
    if (payment) return requireOpen(payment);
    throw recordedDecline(after) ?? refusal ?? intentPending(after);
  }

  /** @throws PaymentClosed, PaymentDeclined, PaymentUnavailable, PaymentRefused */
  async capture(request: PaymentRequest): Promise<Payment> {
    const stripe = this.#startCalls();
    const id = keptIntentId(request);
    if (!id) throw closed(request);
    const { intent, refusal } = await stripe.changeIntent(id, `${request.orderId}:capture`, (client, options) =>
      client.paymentIntents.capture(id, { expand: [WITH_REFUNDS] }, options),
    );
    const payment = toPayment(intent);
    if (!payment) throw closed(request);
    if (payment.status === 'AUTHORIZED') throw refusal ?? intentPending(intent);
    return requireOpen(payment);
  }

  /** @throws PaymentCaptured, PaymentUnavailable, PaymentRefused */
  async void(request: PaymentRequest): Promise<Payment> {
    const stripe = this.#startCalls();
    const intent = await orderIntentToVoid(request, stripe);
    if (!intent) return voidedWithoutIntent(request);
    const before = toPayment(intent);
    if (before && before.status !== 'AUTHORIZED') return requireVoided(before);

    const { intent: after, refusal } = await stripe.changeIntent(
      intent.id,
      `${request.orderId}:void`,
      (client, options) => client.paymentIntents.cancel(intent.id, { expand: [WITH_REFUNDS] }, options),
    );
    const payment = toPayment(after);
    if (!payment || payment.status === 'AUTHORIZED') throw refusal ?? intentPending(after);
    return requireVoided(payment);
  }

  /**
   * Refunds all that was captured. A refund that is not finished, or that failed, does not count.
   *
   * @throws PaymentNotCaptured, PaymentUnavailable, PaymentRefused
   */
  async refund(request: PaymentRequest): Promise<Payment> {
    const stripe = this.#startCalls();
    const id = keptIntentId(request);
    if (!id) throw new PaymentNotCaptured(`nothing was captured for order ${request.orderId}`);
    const intent = await stripe.retrieveIntent(id);
    const before = toPayment(intent);
    if (before?.status === 'REFUNDED') return before;
    if (before?.status !== 'CAPTURED') throw new PaymentNotCaptured(`payment ${id} is ${intent.status}`);
    if (isRefundPending(intent)) throw pending(`the refund of payment ${id} is pending`);

    // After a failed refund another one is made. The key of the failed one would only return its stored answer.
    const failed = countFailedRefunds(intent);
    const key = failed === 0 ? `${request.orderId}:refund` : `${request.orderId}:refund:after-${failed}`;
    const { refusal } = await stripe.tryWrite(key, (client, options) =>
      client.refunds.create({ payment_intent: id, metadata: { orderId: request.orderId } }, options),
    );
    const after = await stripe.retrieveIntent(id);
    const payment = toPayment(after);
    if (payment?.status === 'REFUNDED') return payment;
    if (isRefundPending(after)) throw pending(`the refund of payment ${id} is pending`);
    if (countFailedRefunds(after) > failed) throw new PaymentRefused(`the refund of payment ${id} failed`);
    throw refusal ?? intentPending(after);
  }

  /** @throws PaymentUnavailable, PaymentRefused */
  async findByOrder(request: PaymentRequest): Promise<Payment | undefined> {
    if (!request.paymentId) return undefined;
    const id = keptIntentId(request);
    return id ? toPayment(await this.#startCalls().retrieveIntent(id)) : voidedWithoutIntent(request);
  }

  /**
   * Lists only payments of orders. Intents that hold no money and never took any are left out, and so are those of
   * other products on the same Stripe account. A page may therefore be short; only a missing `nextToken` ends the list.
   *
   * @throws PaymentUnavailable, PaymentRefused
   */
  async listSince(since: string, nextToken?: string): Promise<{ payments: Payment[]; nextToken?: string }> {
    const page = await this.#startCalls().read((client, options) =>
      client.paymentIntents.list(
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
      .flatMap((intent) => toPayment(intent) ?? []);
    const last = page.data.at(-1);
    return { payments, ...(page.has_more && last && { nextToken: last.id }) };
  }

  /** A deployment has one Stripe account, that of its API key. */
  accountOf(): string {
    return 'stripe';
  }

  /** The deadline of the operation starts here. */
  #startCalls(): StripeCalls {
    return new StripeCalls(this.#access, this.#timeouts);
  }
}

function closed({ orderId }: { orderId: string }): PaymentClosed {
  return new PaymentClosed(`the payment of order ${orderId} is closed`);
}

function requireOpen(payment: Payment): Payment {
  if (payment.status === 'VOIDED' || payment.status === 'REFUNDED') throw closed(payment);
  return payment;
}

function requireVoided(payment: Payment): Payment {
  if (payment.status !== 'VOIDED') throw new PaymentCaptured(`payment ${payment.paymentId} was captured`);
  return payment;
}
