import {
  isAtEnd,
  mayCancel,
  wordsForEntry,
  wordsForOrder,
  wordsForPayment,
} from '../../storefront/src/shop/orders/order-words.ts';

type Order = Parameters<typeof wordsForOrder>[0];
type Status = Order['status'];

/** An order that went through these statuses. */
function orderOf(statuses: Status[], more: Partial<Order> = {}): Order {
  return {
    status: statuses.at(-1) ?? 'PENDING',
    history: statuses.map((status, sequence) => ({ sequence, status, at: '2026-11-21T12:00:00Z' })),
    ...more,
  } as Order;
}

const story = ({ history }: Order) => history.map(wordsForEntry);

test('the story of a completed order that is cancelled says that it is being cancelled', () => {
  const order = orderOf(['PENDING', 'PROCESSING', 'COMPLETED', 'PROCESSING', 'CANCELLED']);
  expect(story(order)).toEqual([
    'Order received',
    'Goods and payment under way',
    'Paid and completed',
    'Cancellation started',
    'Cancelled',
  ]);
  expect(wordsForOrder(orderOf(['PENDING', 'PROCESSING', 'COMPLETED', 'PROCESSING']))).toContain('cancellation');
});

test('an order that a person of the shop took up again says so', () => {
  const order = orderOf(['PENDING', 'PROCESSING', 'NEEDS_ATTENTION', 'PROCESSING']);
  const last = order.history.at(-1);
  if (last) last.by = 'operator';
  expect(story(order).slice(2)).toEqual(['The shop looks into it', 'Taken up again by the shop']);
});

test.each([
  ['OUT_OF_STOCK', 'sold out'],
  ['PAYMENT_DECLINED', 'declined'],
  ['PAYMENT_UNAVAILABLE', 'could not be made'],
  ['VALIDATION_FAILED', 'could not be accepted'],
  ['INTERNAL', 'our side'],
] as const)('an order that failed with %s says that and that nothing is paid', (code, words) => {
  const text = wordsForOrder(orderOf(['PENDING', 'PROCESSING', 'FAILED'], { error: { code, message: 'x' } }));
  expect(text).toContain(words);
  expect(text).toContain('You pay nothing');
});

test.each<[Status, boolean, boolean]>([
  ['PENDING', false, true],
  ['PROCESSING', false, true],
  ['NEEDS_ATTENTION', false, true],
  ['COMPLETED', true, true],
  ['FAILED', true, false],
  ['CANCELLED', true, false],
])('%s: at an end %s, may be cancelled %s', (status, end, cancel) => {
  expect([isAtEnd({ status }), mayCancel({ status })]).toEqual([end, cancel]);
  expect(mayCancel({ status, cancelRequested: true })).toBe(false);
});

test.each([
  [{ status: 'NONE', authorized: 0, captured: 0, refunded: 0 }, []],
  [{ status: 'AUTHORIZED', authorized: 5, captured: 0, refunded: 0 }, [['Reserved on your card', 5]]],
  [{ status: 'CAPTURED', authorized: 5, captured: 5, refunded: 0 }, [['Paid', 5]]],
  [{ status: 'VOIDED', authorized: 5, captured: 0, refunded: 0 }, [['Reserved on your card and released', 5]]],
  [{ status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 }, []],
  [
    { status: 'REFUNDED', authorized: 5, captured: 5, refunded: 5 },
    [
      ['Paid', 5],
      ['Given back', 5],
    ],
  ],
] as const)('the payment %j is told', (payment, lines) => {
  expect(wordsForPayment(payment).map(({ what, amount }) => [what, amount])).toEqual(lines);
});
