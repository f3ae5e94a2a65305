import fc from 'fast-check';
import {
  type Payment,
  PaymentCaptured,
  PaymentClosed,
  PaymentDeclined,
  PaymentNotCaptured,
  type PaymentProvider,
  type PaymentRequest,
} from '../../functions/shared/payments/payment-provider.ts';

/** What a test of an adapter gives to the contract. */
export interface ProviderUnderTest {
  provider: PaymentProvider;
  /** The request of an order of its own, as its row has it now: call it again for every operation. */
  request: (orderId: string, paymentToken?: string) => PaymentRequest;
  newOrderId: () => string;
  /** A token whose authorization is declined. */
  declined: string;
}

type Operation = 'authorize' | 'capture' | 'void' | 'refund';
type State = 'none' | 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'REFUNDED';
type Refusal = typeof PaymentClosed | typeof PaymentCaptured | typeof PaymentNotCaptured;

/** The table of docs/protocol.md: what each operation makes of a payment in each state. */
const OUTCOME: Record<Operation, Record<State, Exclude<State, 'none'> | Refusal>> = {
  authorize: {
    none: 'AUTHORIZED',
    AUTHORIZED: 'AUTHORIZED',
    CAPTURED: 'CAPTURED',
    VOIDED: PaymentClosed,
    REFUNDED: PaymentClosed,
  },
  capture: {
    none: PaymentClosed,
    AUTHORIZED: 'CAPTURED',
    CAPTURED: 'CAPTURED',
    VOIDED: PaymentClosed,
    REFUNDED: PaymentClosed,
  },
  void: {
    none: 'VOIDED',
    AUTHORIZED: 'VOIDED',
    CAPTURED: PaymentCaptured,
    VOIDED: 'VOIDED',
    REFUNDED: PaymentCaptured,
  },
  refund: {
    none: PaymentNotCaptured,
    AUTHORIZED: PaymentNotCaptured,
    CAPTURED: 'REFUNDED',
    VOIDED: PaymentNotCaptured,
    REFUNDED: 'REFUNDED',
  },
};

const WAY_TO: Record<State, Operation[]> = {
  none: [],
  AUTHORIZED: ['authorize'],
  CAPTURED: ['authorize', 'capture'],
  VOIDED: ['authorize', 'void'],
  REFUNDED: ['authorize', 'capture', 'refund'],
};

/** Tests what every payment provider has to do. */
export function describePaymentProvider(setUp: () => ProviderUnderTest, { runs = 25 } = {}): void {
  const run = async (operation: Operation, orderId: string): Promise<Payment | Error> => {
    const { provider, request } = setUp();
    return provider[operation](request(orderId)).catch((error: Error) => error);
  };
  const find = async (orderId: string) => setUp().provider.findByOrder(setUp().request(orderId));

  const expectOutcome = (operation: Operation, state: State, outcome: Payment | Error): State => {
    const expected = OUTCOME[operation][state];
    if (typeof expected !== 'string') {
      expect(outcome).toBeInstanceOf(expected);
      return state;
    }
    expect(outcome).toMatchObject({ status: expected });
    return expected;
  };

  describe.each(Object.keys(WAY_TO) as State[])('a payment in state %s', (state) => {
    test.each(Object.keys(OUTCOME) as Operation[])(
      'answers %s as the table says, and the repetition too',
      async (operation) => {
        const orderId = setUp().newOrderId();
        for (const step of WAY_TO[state]) expect(await run(step, orderId)).not.toBeInstanceOf(Error);
        const after = expectOutcome(operation, state, await run(operation, orderId));
        expect((await find(orderId))?.status).toBe(after === 'none' ? undefined : after);
        expectOutcome(operation, after, await run(operation, orderId));
        expect((await find(orderId))?.status).toBe(after === 'none' ? undefined : after);
      },
    );
  });

  test('counts what was authorized, captured and refunded', async () => {
    const { newOrderId, request } = setUp();
    const orderId = newOrderId();
    const { amount } = request(orderId);
    const amounts = { orderId, authorizedAmount: amount };
    expect(await run('authorize', orderId)).toMatchObject({ ...amounts, capturedAmount: 0, refundedAmount: 0 });
    expect(await run('capture', orderId)).toMatchObject({ ...amounts, capturedAmount: amount, refundedAmount: 0 });
    expect(await run('refund', orderId)).toMatchObject({ ...amounts, capturedAmount: amount, refundedAmount: amount });
    const untouched = newOrderId();
    expect(await run('void', untouched)).toMatchObject({ authorizedAmount: 0, capturedAmount: 0, refundedAmount: 0 });
  });

  test('declines permanently: no repetition turns a declined payment into an authorized one, and it can be voided', async () => {
    const { provider, request, newOrderId, declined } = setUp();
    const orderId = newOrderId();
    await expect(provider.authorize(request(orderId, declined))).rejects.toThrow(PaymentDeclined);
    await expect(provider.authorize(request(orderId, declined))).rejects.toThrow(PaymentDeclined);
    await expect(provider.capture(request(orderId, declined))).rejects.toThrow(PaymentClosed);
    expect(await provider.findByOrder(request(orderId, declined))).toBeUndefined();
    expect(await provider.void(request(orderId, declined))).toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
  });

  test('authorizes once, however many authorize at the same time', async () => {
    const orderId = setUp().newOrderId();
    const since = new Date(Date.now() - 5_000).toISOString();
    await Promise.all(Array.from({ length: 5 }, () => run('authorize', orderId)));
    expect(await run('authorize', orderId)).toMatchObject({ status: 'AUTHORIZED' });
    expect((await paymentsSince(setUp().provider, since)).filter((p) => p.orderId === orderId)).toHaveLength(1);
  });

  test('ends either captured or voided when both come at once', async () => {
    const orderId = setUp().newOrderId();
    await run('authorize', orderId);
    await Promise.all([run('capture', orderId), run('void', orderId)]);
    const found = await find(orderId);
    expect(['CAPTURED', 'VOIDED']).toContain(found?.status);
    expect(found?.capturedAmount).toBe(found?.status === 'CAPTURED' ? setUp().request(orderId).amount : 0);
  });

  test('lists the payments that were made since a time', async () => {
    const { provider, newOrderId } = setUp();
    const since = new Date(Date.now() - 5_000).toISOString();
    const [held, taken] = [newOrderId(), newOrderId()];
    await run('authorize', held);
    await run('authorize', taken);
    await run('capture', taken);
    const listed = await paymentsSince(provider, since);
    expect(listed.find(({ orderId }) => orderId === held)).toMatchObject({ status: 'AUTHORIZED' });
    expect(listed.find(({ orderId }) => orderId === taken)).toMatchObject({ status: 'CAPTURED' });
    const later = await paymentsSince(provider, new Date(Date.now() + 60_000).toISOString());
    expect(later.filter(({ orderId }) => [held, taken].includes(orderId))).toEqual([]);
  });

  test('follows the table through any sequence of operations', async () => {
    const operation = fc.constantFrom(...(Object.keys(OUTCOME) as Operation[]));
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 8 }), async (operations) => {
        const orderId = setUp().newOrderId();
        let state: State = 'none';
        for (const step of operations) state = expectOutcome(step, state, await run(step, orderId));
        const found = await find(orderId);
        expect(found?.status ?? 'none').toBe(state);
      }),
      // A failure prints its seed and path.
      { numRuns: runs },
    );
  });
}

/** Every payment that a provider lists since a time, from all its pages. */
export async function paymentsSince(provider: PaymentProvider, since: string): Promise<Payment[]> {
  const payments: Payment[] = [];
  let nextToken: string | undefined;
  do {
    const page = await provider.listSince(since, nextToken);
    payments.push(...page.payments);
    nextToken = page.nextToken;
  } while (nextToken);
  return payments;
}
