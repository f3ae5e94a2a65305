import type { Caller } from '../../functions/shared/api/caller.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { toOrderView } from '../../functions/shared/orders/order-view.ts';

const alice: Caller = { customerId: 'alice', groups: [] };
const operator: Caller = { customerId: 'op', groups: ['operators'] };
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const order: Order = {
  orderId,
  createdAt: '2026-01-02T03:04:05.678Z',
  status: 'PROCESSING',
  customerId: 'alice',
  items: [{ productId: 'A', name: 'Apple', quantity: 3, unitPrice: 110 }],
  total: 330,
  currency: 'USD',
  shippingAddress: { street: 's', city: 'c', state: 'x', zipCode: 'z' },
  paymentMethod: 'credit_card',
  paymentToken: 'tok_approved',
  executionId: orderId,
  phase: 'UNDOING',
  history: [
    { status: 'PENDING', at: '2026-01-02T03:04:05.678Z' },
    { status: 'PROCESSING', at: '2026-01-02T03:04:06.000Z', detail: 'claimed' },
  ],
};

test('shows decimal amounts, the payment NONE before there is one, and a numbered history', () => {
  expect(toOrderView(order, operator)).toMatchObject({
    totalAmount: 3.3,
    items: [{ productId: 'A', name: 'Apple', quantity: 3, price: 1.1 }],
    payment: { status: 'NONE', authorized: 0, captured: 0, refunded: 0 },
    history: [
      { sequence: 0, status: 'PENDING' },
      { sequence: 1, status: 'PROCESSING', detail: 'claimed' },
    ],
  });
  const payment = { status: 'REFUNDED' as const, authorized: 330, captured: 330, refunded: 330 };
  expect(toOrderView({ ...order, payment }, alice).payment).toEqual({
    status: 'REFUNDED',
    authorized: 3.3,
    captured: 3.3,
    refunded: 3.3,
  });
});

test('shows which changes an operator made, and that an operator cancelled', () => {
  const at = '2026-01-02T03:04:07.000Z';
  const history: Order['history'] = [
    ...order.history,
    { status: 'PROCESSING', at, by: 'operator' },
    { status: 'CANCELLED', at },
  ];
  const by = (changes: Partial<Order>) =>
    toOrderView({ ...order, history, ...changes }, operator).history.map((one) => one.by);
  expect(by({ cancelledBy: 'operator' })).toEqual([undefined, undefined, 'operator', 'operator']);
  expect(by({})).toEqual([undefined, undefined, 'operator', undefined]);
});

test('shows nobody where its customer hears of it', () => {
  const contact = { email: 'alice@example.com', phone: '+4712345678', locale: 'nb' };
  for (const caller of [alice, operator]) {
    const shown = JSON.stringify(toOrderView({ ...order, contact, notify: { sms: true } }, caller));
    for (const one of ['contact', 'notify', ...Object.values(contact)]) expect(shown).not.toContain(one);
  }
});

test('keeps to itself how the order is worked on, and the token that pays for it', () => {
  const shown = JSON.stringify(
    toOrderView({ ...order, noticeDue: 'x', announced: 1, attempts: 2, stock: 'SOLD', requestHash: 'hash' }, operator),
  );
  for (const inner of [
    'tok_approved',
    'paymentToken',
    'executionId',
    'phase',
    'noticeDue',
    'announced',
    'attempts',
    'requestHash',
  ]) {
    expect(shown).not.toContain(inner);
  }
});

describe('why an order did not go on', () => {
  const failed: Order = {
    ...order,
    status: 'FAILED',
    error: { code: 'INTERNAL', message: 'States.Timeout in arn:aws:states', state: 'CompleteOrder' },
    history: [
      ...order.history,
      { status: 'NEEDS_ATTENTION', at: order.createdAt, detail: 'execution TIMED_OUT' },
      { status: 'PROCESSING', at: order.createdAt, detail: 'resumed by reconcile' },
      { status: 'NEEDS_ATTENTION', at: order.createdAt, detail: 'ReleaseInventory did not succeed' },
      { status: 'FAILED', at: order.createdAt, detail: 'INTERNAL' },
    ],
  };

  test('is told to its customer in plain words', () => {
    const shown = toOrderView(failed, alice);
    expect(shown.error).toEqual({ code: 'INTERNAL', message: 'the order could not be completed' });
    expect(shown.history.map(({ detail }) => detail)).toEqual([
      undefined,
      undefined,
      'the shop looks into it',
      undefined,
      'the shop looks into it',
      'the order could not be completed',
    ]);
    for (const inner of ['States', 'CompleteOrder', 'TIMED_OUT', 'reconcile', 'ReleaseInventory', 'claimed']) {
      expect(JSON.stringify(shown)).not.toContain(inner);
    }
  });

  test('is told to an operator as the workflow wrote it', () => {
    const shown = toOrderView(failed, operator);
    expect(shown.error).toEqual(failed.error);
    expect(shown.history.map(({ detail }) => detail)).toEqual(failed.history.map(({ detail }) => detail));
  });

  test('says nothing new of a late cancel, which the customer asked for', () => {
    const detail = 'cancelled after completion';
    const history = [...order.history, { status: 'PROCESSING' as const, at: order.createdAt, detail }];
    expect(toOrderView({ ...order, history }, alice).history.at(-1)).toMatchObject({ detail });
  });
});
