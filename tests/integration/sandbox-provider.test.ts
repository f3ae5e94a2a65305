import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import type { PaymentRequest } from '../../functions/shared/payments/payment-provider.ts';
import { sandboxProvider } from '../../functions/shared/payments/providers/sandbox-provider.ts';
import { describePaymentProvider, paymentsSince } from '../support/payment-provider-contract.ts';
import { readPayment } from '../support/payments.ts';
import { heal } from '../support/sandbox-account.ts';
import { dynamodb, stack } from '../support/stack.ts';

const NOW = '2025-03-06T16:32:00.000Z';
const LATER = '2025-03-07T16:32:00.000Z';
const TOTAL = 8997;
const provider = sandboxProvider({
  dynamodb,
  paymentsTable: stack.paymentsTable,
  now: () => new Date(NOW),
  faults: true,
});

function request(paymentToken?: string): PaymentRequest {
  return { orderId: randomUUID(), amount: TOTAL, currency: 'USD', ...(paymentToken !== undefined && { paymentToken }) };
}

const LIVES = ['void', 'authorize', 'authorize void', 'authorize capture', 'authorize capture refund'];

/** What the provider may refuse; anything else is a fault of the adapter. */
function refusal(error: Error) {
  if (!['PaymentClosed', 'PaymentCaptured', 'PaymentNotCaptured'].includes(error.name)) throw error;
}

async function kinds({ orderId }: PaymentRequest) {
  return (await readPayment(orderId))?.operations.map(({ kind }) => kind) ?? [];
}

describe('the contract of every provider', () => {
  describePaymentProvider(() => ({
    provider: sandboxProvider({ dynamodb, paymentsTable: stack.paymentsTable, now: () => new Date(), faults: true }),
    request: (orderId, paymentToken) => ({ ...request(paymentToken), orderId }),
    newOrderId: randomUUID,
    declined: 'tok_declined',
  }));
});

test('records the whole life of a payment in one row, with an entry for each operation', async () => {
  const payment = request();
  await provider.authorize(payment);
  await provider.capture(payment);
  await provider.refund(payment);
  const { orderId } = payment;
  await expect(readPayment(orderId)).resolves.toEqual({
    paymentId: `pay_${orderId}`,
    orderId,
    currency: 'USD',
    authorizedAmount: TOTAL,
    capturedAmount: TOTAL,
    refundedAmount: TOTAL,
    voided: false,
    touchedDay: NOW.slice(0, 10),
    touchedAt: NOW,
    operations: [
      { key: `${orderId}:authorize`, kind: 'authorize', at: NOW },
      { key: `${orderId}:capture`, kind: 'capture', at: NOW },
      { key: `${orderId}:refund`, kind: 'refund', at: NOW },
    ],
  });
});

test('voids a payment that does not exist, and so closes it', async () => {
  const payment = request();
  await expect(provider.void(payment)).resolves.toMatchObject({ status: 'VOIDED', authorizedAmount: 0 });
  await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentClosed' });
  await expect(provider.capture(payment)).rejects.toMatchObject({ name: 'PaymentClosed' });
  await expect(readPayment(payment.orderId)).resolves.toMatchObject({
    authorizedAmount: 0,
    capturedAmount: 0,
    refundedAmount: 0,
    voided: true,
    operations: [{ kind: 'void' }],
  });
});

test('authorizes once when asked twenty times at once', async () => {
  const payment = request();
  const answers = await Promise.all(Array.from({ length: 20 }, () => provider.authorize(payment)));
  expect(new Set(answers.map(({ status, authorizedAmount }) => `${status} ${authorizedAmount}`))).toEqual(
    new Set([`AUTHORIZED ${TOTAL}`]),
  );
  await expect(kinds(payment)).resolves.toEqual(['authorize']);
});

test('lets either a void or a capture win, never both', async () => {
  for (let race = 0; race < 10; race++) {
    const payment = request();
    await provider.authorize(payment);
    const [captured, voided] = await Promise.allSettled([provider.capture(payment), provider.void(payment)]);
    expect([captured.status, voided.status].sort()).toEqual(['fulfilled', 'rejected']);
    await expect(kinds(payment)).resolves.toHaveLength(2);
  }
});

test('finds no payment of an order without one', async () => {
  await expect(provider.findByOrder(request())).resolves.toBeUndefined();
});

describe('test tokens', () => {
  test.each(['tok_declined', 'tok_insufficient_funds', 'tok_of_nobody', 'tok_declined@acct-7'])(
    'declines the authorization of %s and leaves no payment',
    async (token) => {
      const payment = request(token);
      await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentDeclined' });
      await expect(provider.findByOrder(payment)).resolves.toBeUndefined();
    },
  );

  test('tok_capture_declined can be authorized and voided, and not captured', async () => {
    const payment = request('tok_capture_declined');
    await provider.authorize(payment);
    await expect(provider.capture(payment)).rejects.toMatchObject({ name: 'PaymentDeclined' });
    await expect(provider.void(payment)).resolves.toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
  });

  test('tok_unavailable_once fails once for each order, without a payment', async () => {
    const payment = request('tok_unavailable_once');
    await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await expect(provider.findByOrder(payment)).resolves.toBeUndefined();
    await expect(provider.authorize(payment)).resolves.toMatchObject({ status: 'AUTHORIZED' });
  });

  test('tok_unavailable fails until it is healed', async () => {
    const payment = request('tok_unavailable@acct-7');
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    }
    await expect(provider.findByOrder(payment)).resolves.toBeUndefined();
    await heal(payment.orderId);
    await expect(provider.authorize(payment)).resolves.toMatchObject({ status: 'AUTHORIZED' });
  });

  test('tok_unavailable can be voided, which closes the payment permanently', async () => {
    const payment = request('tok_unavailable');
    await expect(provider.void(payment)).resolves.toMatchObject({ status: 'VOIDED' });
    await heal(payment.orderId);
    await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentClosed' });
  });

  test.each([
    ['void', async () => {}],
    ['refund', (payment: PaymentRequest) => provider.capture(payment)],
  ] as const)('tok_refund_unavailable refuses a %s until it is healed', async (way, prepare) => {
    const payment = request('tok_refund_unavailable');
    await provider.authorize(payment);
    await prepare(payment);
    const before = await readPayment(payment.orderId);
    await expect(provider[way](payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await expect(readPayment(payment.orderId)).resolves.toEqual(before);
    await heal(payment.orderId);
    await expect(provider[way](payment)).resolves.toMatchObject({ status: way === 'void' ? 'VOIDED' : 'REFUNDED' });
  });

  test('a refund that fails does so too when the order has forgotten its token', async () => {
    const { paymentToken, ...forgotten } = request('tok_refund_unavailable');
    await provider.authorize({ ...forgotten, ...(paymentToken !== undefined && { paymentToken }) });
    await provider.capture(forgotten);
    await expect(provider.refund(forgotten)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await heal(forgotten.orderId);
    await expect(provider.refund(forgotten)).resolves.toMatchObject({ status: 'REFUNDED' });
  });

  test('a payment stays on the account that its token selected when the order has forgotten the token', async () => {
    const kept: string[] = [];
    const payment = {
      ...request('tok_approved@acct-7'),
      keepPaymentId: async (id: string) => kept[kept.push(id) - 1] ?? '',
    };
    await provider.authorize(payment);
    const { paymentToken, ...forgotten } = { ...payment, paymentId: kept[0] ?? '' };
    expect([paymentToken, kept.length, provider.accountOf(forgotten)]).toEqual(['tok_approved@acct-7', 1, 'acct-7']);
  });

  test('tok_authorized_then_timeout takes effect once, loses its answer and gives it to the next attempt', async () => {
    const payment = request('tok_authorized_then_timeout');
    await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await expect(provider.findByOrder(payment)).resolves.toMatchObject({ status: 'AUTHORIZED' });
    await expect(provider.authorize(payment)).resolves.toMatchObject({ status: 'AUTHORIZED' });
    await expect(kinds(payment)).resolves.toEqual(['authorize']);
  });

  test('tok_captured_then_timeout takes effect once, loses its answer and gives it to the next attempt', async () => {
    const payment = request('tok_captured_then_timeout');
    await provider.authorize(payment);
    await expect(provider.capture(payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
    await expect(provider.capture(payment)).resolves.toMatchObject({ status: 'CAPTURED', capturedAmount: TOTAL });
    await expect(kinds(payment)).resolves.toEqual(['authorize', 'capture']);
  });

  test('a suffix picks the account', () => {
    expect(provider.accountOf(request('tok_approved@acct-7'))).toBe('acct-7');
    expect(provider.accountOf(request('tok_approved'))).toBe(provider.accountOf(request()));
  });
});

describe('where the deployment allows no faults', () => {
  const strict = sandboxProvider({
    dynamodb,
    paymentsTable: stack.paymentsTable,
    now: () => new Date(NOW),
    faults: false,
  });

  test.each([
    'tok_capture_declined',
    'tok_unavailable',
    'tok_unavailable_once',
    'tok_refund_unavailable',
    'tok_authorized_then_timeout',
    'tok_captured_then_timeout',
    'tok_approved@acct-7',
    'tok_unavailable@acct-7',
  ])('the token %s is declined, belongs to the one account, and is undone without a fault', async (token) => {
    const payment = request(token);
    await expect(strict.authorize(payment)).rejects.toMatchObject({ name: 'PaymentDeclined' });
    expect(strict.accountOf(payment)).toBe('sandbox');
    await expect(strict.void(payment)).resolves.toMatchObject({ status: 'VOIDED' });
  });

  test.each([
    ['tok_approved', 'AUTHORIZED'],
    [undefined, 'AUTHORIZED'],
  ])('the token %s is approved', async (token, status) => {
    await expect(strict.authorize(request(token))).resolves.toMatchObject({ status });
  });

  test.each(['tok_declined', 'tok_insufficient_funds'])('the token %s is declined', async (token) => {
    await expect(strict.authorize(request(token))).rejects.toMatchObject({ name: 'PaymentDeclined' });
  });

  test('no text of a customer is an account', () => {
    fc.assert(
      fc.property(fc.string(), (paymentToken) => {
        expect(strict.accountOf(request(paymentToken))).toBe('sandbox');
      }),
    );
  });
});

test('lists the payments changed since a time, page by page, and nothing else', async () => {
  const later = sandboxProvider({
    dynamodb,
    paymentsTable: stack.paymentsTable,
    faults: true,
    now: () => new Date(LATER),
  });
  const [old, capturedLate, isNew] = [request(), request(), request('tok_unavailable_once')];
  await provider.authorize(old);
  await provider.authorize(capturedLate);
  await later.capture(capturedLate);
  await expect(later.authorize(isNew)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
  await later.authorize(isNew);

  const listed = await paymentsSince(provider, LATER);
  const ours = [old, capturedLate, isNew].map(({ orderId }) => orderId);
  const found = listed.filter(({ orderId }) => ours.includes(orderId));
  expect(found.map(({ orderId, status }) => `${orderId} ${status}`).sort()).toEqual(
    [`${capturedLate.orderId} CAPTURED`, `${isNew.orderId} AUTHORIZED`].sort(),
  );
  expect(listed.every(({ paymentId }) => paymentId.startsWith('pay_'))).toBe(true);
});

test('lists every day from then until now, each payment on the day of its last change', async () => {
  const at = (time: string) =>
    sandboxProvider({ dynamodb, paymentsTable: stack.paymentsTable, now: () => new Date(time), faults: true });
  const [before, first, second, moved] = [request(), request(), request(), request()];
  await at('2024-02-28T11:59:59.999Z').authorize(before);
  await at('2024-02-28T12:00:00.000Z').authorize(first);
  await at('2024-02-28T23:00:00.000Z').authorize(moved);
  await at('2024-02-29T00:00:00.000Z').authorize(second);
  await at('2024-03-01T10:00:00.000Z').capture(moved);

  const listed = await paymentsSince(at('2024-03-01T11:00:00.000Z'), '2024-02-28T12:00:00.000Z');
  const ours = [before, first, second, moved].map(({ orderId }) => orderId);
  expect(
    listed.filter(({ orderId }) => ours.includes(orderId)).map(({ orderId, status }) => [orderId, status]),
  ).toEqual([
    [first.orderId, 'AUTHORIZED'],
    [second.orderId, 'AUTHORIZED'],
    [moved.orderId, 'CAPTURED'],
  ]);
});

test('leaves all of the money taken or none of it, and never takes what was voided, in any order and at once', async () => {
  const operations = fc.array(fc.constantFrom('authorize', 'capture', 'void', 'refund'), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(operations, fc.boolean(), async (sequence, atOnce) => {
      const payment = request();
      const acts = sequence.map((act) => () => provider[act](payment).catch(refusal));
      if (atOnce) await Promise.all(acts.map((act) => act()));
      else for (const act of acts) await act();

      const row = await readPayment(payment.orderId);
      if (!row) return;
      expect([0, TOTAL]).toContain(row.capturedAmount - row.refundedAmount);
      expect(row.voided && row.capturedAmount > 0).toBe(false);
      // The entries replay to the row, and nothing took effect twice.
      const done = row.operations.map(({ kind }) => kind);
      expect(LIVES).toContain(done.join(' '));
      expect(row).toMatchObject({
        authorizedAmount: done.includes('authorize') ? TOTAL : 0,
        capturedAmount: done.includes('capture') ? TOTAL : 0,
        refundedAmount: done.includes('refund') ? TOTAL : 0,
        voided: done.includes('void'),
      });
    }),
    // A failure prints its seed and path.
    { numRuns: 80 },
  );
}, 60_000);

test('records a fault without amounts, so that it is no payment', async () => {
  const payment = request('tok_unavailable_once');
  await expect(provider.authorize(payment)).rejects.toMatchObject({ name: 'PaymentUnavailable' });
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.paymentsTable, Key: { paymentId: `fault_${payment.orderId}` } }),
  );
  expect(Item).toEqual({ paymentId: `fault_${payment.orderId}`, failedAt: NOW });
});
