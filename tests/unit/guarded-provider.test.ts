import { withBreaker } from '../../functions/shared/payments/guarded-provider.ts';
import {
  type PaymentProvider,
  type PaymentRequest,
  PaymentUnavailable,
} from '../../functions/shared/payments/payment-provider.ts';
import { memoryBreakers } from '../support/memory-breakers.ts';

test('refuses authorize and capture on the account of an open breaker, and nothing else', async () => {
  const asked: string[] = [];
  const say = (what: string) => async () => {
    asked.push(what);
    throw new PaymentUnavailable('no answer');
  };
  const provider: PaymentProvider = {
    accountOf: ({ paymentToken }) => paymentToken ?? 'default',
    authorize: say('authorize'),
    capture: say('capture'),
    void: say('void'),
    refund: say('refund'),
    findByOrder: say('find'),
    listSince: say('list'),
  };
  const { container } = memoryBreakers();
  const guarded = withBreaker(provider, 'sandbox', container());
  const payment = (paymentToken: string): PaymentRequest => ({
    orderId: 'o',
    amount: 1,
    currency: 'USD',
    paymentToken,
  });
  for (let i = 0; i < 3; i += 1) await guarded.authorize(payment('a')).catch(() => {});
  asked.length = 0;
  for (const call of [
    guarded.authorize(payment('a')),
    guarded.capture(payment('a')),
    guarded.void(payment('a')),
    guarded.refund(payment('a')),
    guarded.findByOrder(payment('a')),
    guarded.listSince('2025-03-06T16:30:00.000Z'),
    guarded.authorize(payment('b')),
  ]) {
    await expect(call).rejects.toThrow(PaymentUnavailable);
  }
  expect(asked.sort()).toEqual(['authorize', 'find', 'list', 'refund', 'void']);
});
