import { type PaymentRequest, PaymentUnavailable } from '../../functions/shared/payments/payment-provider.ts';
import { stripeAccess } from '../../functions/shared/payments/providers/stripe-access.ts';
import { StripeProvider } from '../../functions/shared/payments/providers/stripe-provider.ts';
import { RecordingProxy } from '../support/recording-proxy.ts';
import { canRunStripeMock, type StripeMock, startStripeMock, WITHOUT_GO } from '../support/stripe-mock.ts';

const VERSION = '2026-08-26.dahlia';
const BUILDING_MS = 300_000;

/**
 * Stripe's own mock server knows which requests Stripe's API allows, and answers each with the same example. These
 * tests check that it accepts what the adapter sends, and what exactly was sent. What becomes of a payment is tested on
 * fake-stripe.ts.
 */
const describeWithMock = canRunStripeMock() ? describe : describe.skip;

if (!canRunStripeMock()) {
  process.stderr.write(`SKIPPED: the requests to Stripe are not checked, because stripe-mock ${WITHOUT_GO}\n`);
  test.skip(`stripe-mock ${WITHOUT_GO}`, () => undefined);
}

describeWithMock('what the adapter sends, as stripe-mock checks it', () => {
  let mock: StripeMock;
  let line: RecordingProxy;
  let provider: StripeProvider;

  beforeAll(async () => {
    mock = await startStripeMock();
    line = await RecordingProxy.before(mock.port);
    const address = { host: '127.0.0.1', port: line.port, protocol: 'http' } as const;
    provider = new StripeProvider(stripeAccess(async () => 'sk_test_123', address));
  }, BUILDING_MS);
  beforeEach(() => line.reset());
  afterAll(async () => {
    await line?.stop();
    await mock?.stop();
  });

  const order: PaymentRequest = {
    orderId: 'order-1',
    amount: 8997,
    currency: 'USD',
    paymentToken: 'pm_card_visa',
    keepPaymentId: async (id) => id,
  };
  const known: PaymentRequest = { ...order, paymentId: 'pi_123' };
  const settled = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  /** The requests without what differs from run to run, with the form that each carried. */
  const sent = () =>
    line.requests.map(({ method, path, headers, body, status }) => ({
      call: `${method} ${decodeURIComponent(path)}`,
      form: Object.fromEntries(new URLSearchParams(body)),
      key: headers['idempotency-key'],
      version: headers['stripe-version'],
      authorization: headers.authorization,
      status,
    }));
  const accepted = { version: VERSION, authorization: 'Bearer sk_test_123', status: 200 };
  const expanded = { 'expand[0]': 'latest_charge.refunds' };

  test('accepts an authorization: created unconfirmed, then confirmed', async () => {
    await settled(provider.authorize(order));
    const [create, confirm] = sent();
    expect(create).toEqual({
      ...accepted,
      call: 'POST /v1/payment_intents',
      key: 'order-1:create',
      form: {
        amount: '8997',
        currency: 'usd',
        capture_method: 'manual',
        'payment_method_types[0]': 'card',
        'metadata[orderId]': 'order-1',
      },
    });
    expect(confirm).toEqual({
      ...accepted,
      call: expect.stringMatching(/^POST \/v1\/payment_intents\/pi_\w+\/confirm$/),
      key: 'order-1:authorize',
      form: { ...expanded, payment_method: 'pm_card_visa', error_on_requires_action: 'true' },
    });
  });

  test('accepts a capture', async () => {
    await settled(provider.capture(known));
    expect(sent()[0]).toEqual({
      ...accepted,
      call: 'POST /v1/payment_intents/pi_123/capture',
      key: 'order-1:capture',
      form: expanded,
    });
  });

  test('accepts a read and a void', async () => {
    await settled(provider.void(known));
    const [read, cancel] = sent();
    expect(read).toEqual({
      ...accepted,
      call: 'GET /v1/payment_intents/pi_123?expand[0]=latest_charge.refunds',
      key: undefined,
      form: {},
    });
    expect(cancel).toEqual({
      ...accepted,
      call: 'POST /v1/payment_intents/pi_123/cancel',
      key: 'order-1:void',
      form: expanded,
    });
  });

  test('accepts a refund of all that was captured', async () => {
    const captured = { id: 'pi_123', status: 'succeeded', amount: 8997, amount_received: 8997, metadata: {} };
    line.spoil('GET', /pi_123/, { status: 200, body: captured });
    await settled(provider.refund(known));
    expect(sent()[1]).toEqual({
      ...accepted,
      call: 'POST /v1/refunds',
      key: 'order-1:refund',
      form: { payment_intent: 'pi_123', 'metadata[orderId]': 'order-1' },
    });
  });

  test('accepts both a first and a further page of the list', async () => {
    await provider.listSince('2026-01-02T03:04:05Z');
    await provider.listSince('2026-01-02T03:04:05Z', 'pi_123');
    const query = 'created[gte]=1767323045&limit=100&expand[0]=data.latest_charge.refunds';
    expect(sent().map(({ call, status }) => ({ call, status }))).toEqual([
      { call: `GET /v1/payment_intents?${query}`, status: 200 },
      { call: `GET /v1/payment_intents?${query}&starting_after=pi_123`, status: 200 },
    ]);
  });

  test('refuses what the API does not allow', async () => {
    const refused = await fetch(`http://127.0.0.1:${line.port}/v1/payment_intents`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_123', 'stripe-version': VERSION },
      body: new URLSearchParams({ amount: '8997', currency: 'usd', capture_method: 'sometimes' }),
    });
    expect(refused.status).toBe(400);
    const otherVersion = await fetch(`http://127.0.0.1:${line.port}/v1/payment_intents`, {
      headers: { authorization: 'Bearer sk_test_123', 'stripe-version': '2020-08-27' },
    });
    expect(otherVersion.status).toBe(400);
  });

  test('reads the payment after a lost answer, and throws PaymentUnavailable when that fails too', async () => {
    line.spoil('POST', /capture$/, 'lose-answer');
    await settled(provider.capture(known));
    expect(sent().map(({ call, status }) => [call.split('?')[0], status])).toEqual([
      ['POST /v1/payment_intents/pi_123/capture', undefined],
      ['GET /v1/payment_intents/pi_123', 200],
    ]);
    line.reset();
    line.spoil('POST', /capture$/, { status: 500, body: { error: { type: 'api_error' } } });
    line.spoil('GET', /pi_123/, { status: 500, body: { error: { type: 'api_error' } } });
    await expect(provider.capture(known)).rejects.toThrow(PaymentUnavailable);
  });
});
