import { randomUUID } from 'node:crypto';
import {
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  type PaymentProvider,
  PaymentRefused,
  PaymentUnavailable,
} from '../../functions/shared/payments/payment-provider.ts';
import { stripeAccess } from '../../functions/shared/payments/providers/stripe-access.ts';
import { StripeProvider } from '../../functions/shared/payments/providers/stripe-provider.ts';
import { FakeStripe } from '../support/fake-stripe.ts';
import { describePaymentProvider } from '../support/payment-provider-contract.ts';
import { type Fault, RecordingProxy } from '../support/recording-proxy.ts';
import { StripeOrders, testStripeDeclines } from '../support/stripe-orders.ts';

/** Long enough for the SDK's own repetition of a call whose connection was closed, which it makes after half a second. */
const TIMEOUTS = { operation: 2_500, call: 800 };

let stripe: FakeStripe;
let line: RecordingProxy;
let provider: PaymentProvider;
let keyReads: number;
const orders = new StripeOrders();

beforeAll(async () => {
  stripe = await FakeStripe.start();
  line = await RecordingProxy.before(stripe.port);
});
beforeEach(() => {
  line.reset();
  stripe.apiKey = 'sk_test_fake';
  stripe.livemode = false;
  orders.kept.clear();
  keyReads = 0;
  const readKey = async () => {
    keyReads += 1;
    return stripe.apiKey;
  };
  const address = { host: '127.0.0.1', port: line.port, protocol: 'http' } as const;
  provider = new StripeProvider(stripeAccess(readKey, address), TIMEOUTS);
});
afterAll(async () => {
  await line.stop();
  await stripe.stop();
});

const request = (orderId: string, paymentToken?: string) => orders.request(orderId, paymentToken);

/** Undoes a payment as the payment function does: by the status that the provider has. */
async function undo(orderId: string) {
  const found = await provider.findByOrder(request(orderId));
  return found?.status === 'CAPTURED' || found?.status === 'REFUNDED'
    ? provider.refund(request(orderId))
    : provider.void(request(orderId));
}

async function untilAnswered<T>(operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof PaymentUnavailable) || attempt === 5) throw error;
    }
  }
}

/** What is held, and what was captured and not refunded, over all intents of an order. */
function moneyAt(orderId: string) {
  const intents = stripe.intentsOf(orderId);
  const refunded = intents
    .filter(({ status }) => status === 'succeeded')
    .flatMap(({ charge }) => charge?.refunds ?? [])
    .filter(({ status }) => status === 'succeeded');
  return {
    held: intents.reduce((sum, { amount_capturable }) => sum + amount_capturable, 0),
    taken:
      intents.reduce((sum, { amount_received }) => sum + amount_received, 0) -
      refunded.reduce((sum, { amount }) => sum + amount, 0),
  };
}

describePaymentProvider(() => ({
  provider,
  request,
  newOrderId: randomUUID,
  declined: 'pm_card_visa_chargeDeclined',
}));

describe('what Stripe is sent', () => {
  test('creates unconfirmed for manual capture, keeps the id, then confirms, each under a key of the order', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId, 'pm_card_visa'));
    const id = orders.kept.get(orderId);
    const [create, confirm, ...more] = line.requests;
    expect(more).toEqual([]);
    expect(create).toMatchObject({ method: 'POST', path: '/v1/payment_intents' });
    expect(create?.headers['idempotency-key']).toBe(`${orderId}:create`);
    expect(Object.fromEntries(new URLSearchParams(create?.body))).toEqual({
      amount: '8997',
      currency: 'usd',
      capture_method: 'manual',
      'payment_method_types[0]': 'card',
      'metadata[orderId]': orderId,
    });
    expect(confirm).toMatchObject({ method: 'POST', path: `/v1/payment_intents/${id}/confirm` });
    expect(confirm?.headers['idempotency-key']).toBe(`${orderId}:authorize`);
    expect(new URLSearchParams(confirm?.body).get('payment_method')).toBe('pm_card_visa');
  });

  test('does not confirm an intent whose id could not be kept', async () => {
    const orderId = randomUUID();
    const lost = new Error('the table is away');
    const forgetful = { ...request(orderId), keepPaymentId: () => Promise.reject(lost) };
    await expect(provider.authorize(forgetful)).rejects.toThrow(lost);
    expect(line.requests.map(({ path }) => path)).toEqual(['/v1/payment_intents']);
  });

  test('captures, voids and refunds under keys of the order', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await provider.authorize(request(first));
    await provider.capture(request(first));
    await provider.refund(request(first));
    await provider.authorize(request(second));
    await provider.void(request(second));
    const keys = line.requests.flatMap(({ headers }) => headers['idempotency-key'] ?? []);
    expect(keys).toEqual([
      `${first}:create`,
      `${first}:authorize`,
      `${first}:capture`,
      `${first}:refund`,
      `${second}:create`,
      `${second}:authorize`,
      `${second}:void`,
    ]);
  });

  test('pins the version of the API and sends no telemetry', async () => {
    await provider.authorize(request(randomUUID()));
    await provider.listSince(new Date().toISOString());
    for (const { headers } of line.requests) {
      expect(headers['stripe-version']).toBe('2026-08-26.dahlia');
      expect(headers).not.toHaveProperty('x-stripe-client-telemetry');
    }
  });

  test('lists and never searches, since the index of a search lags', async () => {
    await provider.listSince('2026-01-02T03:04:05.678Z');
    expect(line.requests.map(({ path }) => path.split('?')[0])).toEqual(['/v1/payment_intents']);
    expect(line.requests[0]?.path).toContain(`created[gte]=${Date.UTC(2026, 0, 2, 3, 4, 5) / 1000}`);
  });
});

describe('an unclear answer', () => {
  const faults: [string, Fault, number][] = [
    ['the request is lost', 'lose-request', 2],
    ['the answer is lost', 'lose-answer', 1],
    ['no answer comes in time', 'hang', 1],
    ['Stripe is overloaded', { status: 503, body: { error: { type: 'api_error' } } }, 1],
    ['Stripe limits the rate', { status: 429, body: { error: { type: 'invalid_request_error' } } }, 1],
    ['somebody else holds the intent', { status: 409, body: { error: { code: 'lock_timeout' } } }, 1],
    ['a gateway answers in HTML', { status: 502, body: '<html>', headers: { 'content-type': 'text/html' } }, 1],
  ];
  const steps: [string, RegExp, number][] = [
    ['create', /\/payment_intents$/, 0],
    ['confirm', /\/confirm$/, 0],
    ['capture', /\/capture$/, 1],
    ['refund', /\/refunds$/, 2],
    ['cancel', /\/cancel$/, 1],
  ];

  describe.each(faults)('%s', (_, fault, times) => {
    test.each(steps)('at %s: repeated calls move the money exactly once', async (step, path) => {
      const orderId = randomUUID();
      line.spoil('POST', path, fault, times);
      await untilAnswered(() => provider.authorize(request(orderId)));
      expect(moneyAt(orderId)).toEqual({ held: 8997, taken: 0 });
      if (step === 'cancel') {
        await untilAnswered(() => provider.void(request(orderId)));
        expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
      } else {
        await untilAnswered(() => provider.capture(request(orderId)));
        expect(moneyAt(orderId)).toEqual({ held: 0, taken: 8997 });
        await untilAnswered(() => provider.refund(request(orderId)));
        expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
      }
      expect(line.spoilingsLeft).toBe(0);
    });

    test.each(steps)(
      'at %s: the undo leaves nothing held or captured, and the payment closed',
      async (step, path, before) => {
        const orderId = randomUUID();
        if (before > 0) await provider.authorize(request(orderId));
        if (before > 1) await provider.capture(request(orderId));
        line.spoil('POST', path, fault, times);
        const operation = before === 0 ? 'authorize' : before === 1 ? 'capture' : 'refund';
        await provider[operation](request(orderId)).catch((error: unknown) => error);
        if (step !== 'cancel') expect(line.spoilingsLeft).toBe(0);
        await untilAnswered(() => undo(orderId));
        expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
        await expect(provider.authorize(request(orderId))).rejects.toThrow(PaymentClosed);
        await expect(provider.capture(request(orderId))).rejects.toThrow(PaymentClosed);
        expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
      },
    );
  });

  test.each(['confirm', 'capture', 'cancel', 'refunds'])(
    'of %s is resolved in the same operation when the intent can be read',
    async (step) => {
      const orderId = randomUUID();
      line.spoil('POST', new RegExp(`/${step}$`), 'lose-answer');
      expect(await provider.authorize(request(orderId))).toMatchObject({ status: 'AUTHORIZED' });
      if (step === 'cancel') {
        expect(await provider.void(request(orderId))).toMatchObject({ status: 'VOIDED' });
        return;
      }
      expect(await provider.capture(request(orderId))).toMatchObject({ status: 'CAPTURED' });
      expect(await provider.refund(request(orderId))).toMatchObject({ status: 'REFUNDED' });
    },
  );

  test.each(['before', 'after'] as const)(
    'that Stripe saved under the key, a failure %s the effect, does not block the payment permanently',
    async (effect) => {
      const orderId = randomUUID();
      for (const path of [/payment_intents$/, /confirm$/, /capture$/, /refunds$/]) stripe.failNext(path, effect);
      await untilAnswered(() => provider.authorize(request(orderId)));
      await untilAnswered(() => provider.capture(request(orderId)));
      expect(moneyAt(orderId)).toEqual({ held: 0, taken: 8997 });
      await untilAnswered(() => provider.refund(request(orderId)));
      expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
      expect(stripe.intentsOf(orderId).filter(({ charge }) => charge).length).toBe(1);
    },
  );

  test("ends in PaymentUnavailable within the operation's timeout when Stripe does not answer at all", async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    line.spoil('POST', /capture$/, 'hang', 9);
    line.spoil('GET', /./, 'hang', 9);
    const began = Date.now();
    await expect(provider.capture(request(orderId))).rejects.toThrow(PaymentUnavailable);
    expect(Date.now() - began).toBeLessThan(TIMEOUTS.operation + 500);
  });

  test('that trickles in without end is not waited for', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    line.spoil('POST', /capture$/, 'trickle');
    const began = Date.now();
    expect(await provider.capture(request(orderId))).toMatchObject({ status: 'CAPTURED' });
    expect(Date.now() - began).toBeLessThan(TIMEOUTS.operation);
  });

  test('replayed for a payment that was refunded since is no success', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    await provider.capture(request(orderId));
    await provider.refund(request(orderId));
    await expect(provider.capture(request(orderId))).rejects.toThrow(PaymentClosed);
  });
});

describe('a late authorization', () => {
  test('finds the payment closed when it had made its intent before the undo', async () => {
    const orderId = randomUUID();
    const late = request(orderId);
    await provider.void(request(orderId));
    await expect(provider.authorize(late)).rejects.toThrow(PaymentClosed);
    expect(stripe.intentsOf(orderId)).toHaveLength(1);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
  });

  test('finds the payment closed when Stripe has forgotten the key since, and holds nothing on a second intent', async () => {
    const orderId = randomUUID();
    const late = request(orderId);
    await provider.void(request(orderId));
    stripe.forgetKeys();
    await expect(provider.authorize(late)).rejects.toThrow(PaymentClosed);
    expect(stripe.intentsOf(orderId)).toHaveLength(2);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
  });

  test('at the same time as a void leaves nothing held', async () => {
    const orderId = randomUUID();
    await Promise.all([
      provider.authorize(request(orderId)).catch((error: unknown) => error),
      untilAnswered(() => provider.void(request(orderId))).catch((error: unknown) => error),
    ]);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
  });
});

describe('declines and refusals', () => {
  testStripeDeclines(() => provider, orders);

  test('stays declined when the answer was lost and the key forgotten', async () => {
    const orderId = randomUUID();
    line.spoil('POST', /confirm$/, 'lose-answer');
    const token = 'pm_card_visa_chargeDeclined';
    await expect(provider.authorize(request(orderId, token))).rejects.toThrow(PaymentDeclined);
    stripe.forgetKeys();
    await expect(provider.authorize(request(orderId))).rejects.toThrow(PaymentDeclined);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
  });

  test('declines an order without a token in live mode, where there is no test card', async () => {
    stripe.livemode = true;
    await expect(provider.authorize(request(randomUUID()))).rejects.toThrow(PaymentDeclined);
    expect(line.requests.some(({ path }) => path.endsWith('/confirm'))).toBe(false);
  });

  test('closes an order whose amount Stripe does not take, so that its undo can end', async () => {
    const orderId = randomUUID();
    await expect(provider.authorize({ ...request(orderId), amount: 20 })).rejects.toThrow(PaymentDeclined);
    expect(await provider.void({ ...request(orderId), amount: 20 })).toMatchObject({ status: 'VOIDED' });
    expect(await provider.findByOrder(request(orderId))).toMatchObject({ status: 'VOIDED' });
    await expect(provider.authorize(request(orderId))).rejects.toThrow(PaymentClosed);
  });

  test('throws PaymentUnavailable while Stripe refuses its key, and then reads the key again', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    expect(keyReads).toBe(1);
    line.spoil('POST', /capture$/, { status: 401, body: { error: { type: 'invalid_request_error' } } });
    await expect(provider.capture(request(orderId))).rejects.toMatchObject({
      name: 'PaymentUnavailable',
      isPending: false,
    });
    stripe.apiKey = 'sk_test_rotated';
    expect(await provider.capture(request(orderId))).toMatchObject({ status: 'CAPTURED' });
    expect(keyReads).toBe(2);
  });

  test('treats an expired authorization as closed', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    for (const intent of stripe.intentsOf(orderId)) intent.status = 'canceled';
    await expect(provider.capture(request(orderId))).rejects.toThrow(PaymentClosed);
    expect(await provider.void(request(orderId))).toMatchObject({ status: 'VOIDED' });
  });

  test('throws PaymentUnavailable while an intent is processing', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    for (const intent of stripe.intentsOf(orderId)) intent.status = 'processing';
    await expect(provider.findByOrder(request(orderId))).rejects.toThrow(PaymentUnavailable);
    await expect(provider.void(request(orderId))).rejects.toThrow(PaymentUnavailable);
  });

  test('refuses a void when a capture came first', async () => {
    const orderId = randomUUID();
    await provider.authorize(request(orderId));
    await provider.capture(request(orderId));
    await expect(provider.void(request(orderId))).rejects.toThrow(PaymentCaptured);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 8997 });
  });
});

describe('a refund', () => {
  async function captured(token: string): Promise<string> {
    const orderId = randomUUID();
    await provider.authorize(request(orderId, token));
    await provider.capture(request(orderId));
    return orderId;
  }

  test('that is pending is waited for and not made again', async () => {
    const orderId = await captured('pm_card_pendingRefund');
    await expect(provider.refund(request(orderId))).rejects.toMatchObject({
      name: 'PaymentUnavailable',
      isPending: true,
    });
    await expect(provider.refund(request(orderId))).rejects.toMatchObject({
      name: 'PaymentUnavailable',
      isPending: true,
    });
    expect(await provider.findByOrder(request(orderId))).toMatchObject({ status: 'CAPTURED', refundedAmount: 0 });
    stripe.settleRefunds(orderId, 'succeeded');
    expect(await provider.refund(request(orderId))).toMatchObject({ status: 'REFUNDED', refundedAmount: 8997 });
    expect(line.requests.filter(({ path }) => path === '/v1/refunds')).toHaveLength(1);
  });

  test('that failed is never shown as refunded, and the next attempt is a new refund', async () => {
    const orderId = await captured('pm_card_refundFail');
    await expect(provider.refund(request(orderId))).rejects.toThrow(PaymentUnavailable);
    stripe.settleRefunds(orderId, 'failed');
    expect(await provider.findByOrder(request(orderId))).toMatchObject({ status: 'CAPTURED', refundedAmount: 0 });
    await expect(provider.refund(request(orderId))).rejects.toThrow(PaymentUnavailable);
    stripe.settleRefunds(orderId, 'succeeded');
    expect(await provider.refund(request(orderId))).toMatchObject({ status: 'REFUNDED' });
    const keys = line.requests.filter(({ path }) => path === '/v1/refunds').map((r) => r.headers['idempotency-key']);
    expect(keys).toEqual([`${orderId}:refund`, `${orderId}:refund:after-1`]);
    expect(moneyAt(orderId)).toEqual({ held: 0, taken: 0 });
  });

  test('that Stripe refuses permanently is not waited for', async () => {
    const orderId = await captured('pm_card_visa');
    const disputed = { error: { type: 'invalid_request_error', code: 'charge_disputed' } };
    line.spoil('POST', /refunds$/, { status: 400, body: disputed });
    await expect(provider.refund(request(orderId))).rejects.toThrow(PaymentRefused);
    expect(await provider.findByOrder(request(orderId))).toMatchObject({ status: 'CAPTURED' });
  });
});

describe('the list', () => {
  test('goes on from page to page and leaves out what is no payment of an order', async () => {
    const orderIds: string[] = Array.from({ length: 3 }, () => randomUUID());
    for (const orderId of orderIds) await provider.authorize(request(orderId));
    await expect(provider.authorize(request(randomUUID(), 'pm_nobody_has'))).rejects.toThrow(PaymentDeclined);
    const foreign = stripe.intentsOf(orderIds[0] ?? '')[0];
    if (foreign) stripe.intents.set('pi_foreign', { ...foreign, id: 'pi_foreign', metadata: {} });

    const since = new Date(Date.now() - 60_000).toISOString();
    const first = await provider.listSince(since);
    const mine = first.payments.filter(({ orderId }) => orderIds.includes(orderId));
    expect(mine.map(({ orderId }) => orderId)).toEqual([...orderIds].reverse());
    expect(first.payments.every(({ orderId }) => orderId !== '')).toBe(true);
    if (first.nextToken) {
      const second = await provider.listSince(since, first.nextToken);
      const seen = new Set(first.payments.map(({ paymentId }) => paymentId));
      expect(second.payments.some(({ paymentId }) => seen.has(paymentId))).toBe(false);
    }
  });
});
