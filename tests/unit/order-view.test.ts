import type { Order } from '../../functions/shared/orders/order.ts';
import { toOrderView } from '../../functions/shared/orders/order-view.ts';

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
  expect(toOrderView(order)).toMatchObject({
    totalAmount: 3.3,
    items: [{ productId: 'A', name: 'Apple', quantity: 3, price: 1.1 }],
    payment: { status: 'NONE', authorized: 0, captured: 0, refunded: 0 },
    history: [
      { sequence: 0, status: 'PENDING' },
      { sequence: 1, status: 'PROCESSING', detail: 'claimed' },
    ],
  });
  const payment = { status: 'REFUNDED' as const, authorized: 330, captured: 330, refunded: 330 };
  expect(toOrderView({ ...order, payment }).payment).toEqual({
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
  const by = (changes: Partial<Order>) => toOrderView({ ...order, history, ...changes }).history.map((one) => one.by);
  expect(by({ cancelledBy: 'operator' })).toEqual([undefined, undefined, 'operator', 'operator']);
  expect(by({})).toEqual([undefined, undefined, 'operator', undefined]);
});

test('keeps to itself how the order is worked on, and the token that pays for it', () => {
  const shown = JSON.stringify(toOrderView({ ...order, noticeDue: 'x', announced: 1, attempts: 2, stock: 'SOLD' }));
  for (const inner of ['tok_approved', 'paymentToken', 'executionId', 'phase', 'noticeDue', 'announced', 'attempts']) {
    expect(shown).not.toContain(inner);
  }
});
