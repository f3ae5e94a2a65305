import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { attentionEmail, type OrderNeedsAttention } from '../../functions/notify/attention-email.ts';
import { pendingEvents } from '../../functions/notify/outcome-events.ts';
import validateOutcomeEvent from '../../functions/shared/notifications/outcome-event.validator.js';
import { ORDER_STATUSES, type Order, OUTCOMES, type Outcome } from '../../functions/shared/orders/order.ts';

const AT = '2026-01-02T03:04:05.678Z';
const orderId = '0b0e7a3e-3f67-4b3c-9d58-6d2f1c1c7a10';
const ERRORS = ['OUT_OF_STOCK', 'PAYMENT_DECLINED', 'PAYMENT_UNAVAILABLE', 'VALIDATION_FAILED', 'INTERNAL'] as const;

/** An order that holds everything personal that there is. */
const order: Order = {
  orderId,
  createdAt: AT,
  status: 'PROCESSING',
  customerId: 'customer-of-the-test',
  items: [{ productId: 'A', name: 'Apple', quantity: 3, unitPrice: 2999 }],
  total: 8997,
  currency: 'USD',
  shippingAddress: { street: '7 Secret Street', city: 'Hidden City', state: 'CA', zipCode: '98765' },
  paymentMethod: 'credit_card',
  paymentToken: 'tok_approved@secret',
  customerName: 'Alice Secret',
  contact: { email: 'alice@secret.example', phone: '+4712345678' },
  reference: { orderId: 'ref-secret' },
  executionId: `${orderId}-retry-2`,
  error: { code: 'PAYMENT_DECLINED', message: 'do_not_honor of tok_approved@secret', state: 'CapturePayment' },
  payment: { status: 'REFUNDED', authorized: 8997, captured: 8997, refunded: 8997 },
  history: [{ status: 'PENDING', at: AT }],
};
const PERSONAL = /secret|hidden|98765|4712345678|customer-of-the-test|apple/i;

function eventOf(status: Outcome, detail?: string, changes: Partial<Order> = {}) {
  const history = [...order.history, { status, at: AT, ...(detail !== undefined && { detail }) }];
  const [event, ...more] = pendingEvents({ ...order, ...changes, history });
  expect(more).toEqual([]);
  return event;
}

test.each<[Outcome, object]>([
  ['COMPLETED', { type: 'OrderCompleted' }],
  ['FAILED', { type: 'OrderFailed', reasonCode: 'PAYMENT_DECLINED', reason: 'the payment was declined' }],
  ['CANCELLED', { type: 'OrderCancelled', refundedAmount: 89.97 }],
  [
    'NEEDS_ATTENTION',
    {
      type: 'OrderNeedsAttention',
      reasonCode: 'PAYMENT_DECLINED',
      reason: 'ReleaseInventory did not succeed',
      state: 'ReleaseInventory',
    },
  ],
])('the event of %s tells what there is to tell, and nothing of a person', (status, told) => {
  const event = eventOf(status, status === 'NEEDS_ATTENTION' ? 'ReleaseInventory did not succeed' : undefined);
  expect(event).toEqual({
    version: 1,
    noticeId: `${orderId}:1`,
    orderId,
    sequence: 1,
    at: AT,
    status,
    totalAmount: 89.97,
    currency: 'USD',
    ...told,
  });
  expect(validateOutcomeEvent(event)).toBe(true);
  expect(JSON.stringify(event)).not.toMatch(PERSONAL);
});

test('every event of any history is one by the schema', () => {
  const entry = fc.record(
    { status: fc.constantFrom(...ORDER_STATUSES), at: fc.constant(AT), detail: fc.string() },
    { requiredKeys: ['status', 'at'] },
  );
  const payment = fc.record({ authorized: fc.nat(), captured: fc.nat(), refunded: fc.nat() });
  const kinds = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 8 }),
      fc.option(fc.constantFrom(...ERRORS), { nil: undefined }),
      fc.option(payment, { nil: undefined }),
      fc.nat(100_000_000),
      (history, code, paid, total) => {
        const { error: _, payment: __, ...rest } = order;
        const events = pendingEvents({
          ...rest,
          total,
          history: history as Order['history'],
          ...(code && { error: { code, message: 'm', state: 's' } }),
          ...(paid && { payment: { status: 'REFUNDED', ...paid } }),
        });
        expect(events).toHaveLength(history.filter(({ status }) => OUTCOMES.some((one) => one === status)).length);
        for (const event of events) {
          expect([event, validateOutcomeEvent(event), validateOutcomeEvent.errors]).toEqual([event, true, null]);
          kinds.add(event.type);
        }
      },
    ),
  );
  expect([...kinds].sort()).toEqual(['OrderCancelled', 'OrderCompleted', 'OrderFailed', 'OrderNeedsAttention']);
});

test.each<[string, object]>([
  ['of another version', { version: 2 }],
  ['with the status of another outcome', { status: 'FAILED' }],
  ['that names the customer', { customerId: 'alice' }],
  ['with an address', { contact: { email: 'alice@example.com' } }],
  ['with an amount in a text', { totalAmount: '89.97' }],
  ['with a time that is none', { at: 'yesterday' }],
  ['with the id of another shape', { noticeId: orderId }],
  ['of another type', { type: 'OrderPlaced' }],
])('an event %s is none', (_, changes) => {
  expect(validateOutcomeEvent({ ...eventOf('COMPLETED'), ...changes })).toBe(false);
});

test('a failed order without a reason, and a cancelled one without its refund, are no events', () => {
  const { reason: _, ...failed } = { reason: '', ...eventOf('FAILED') };
  const { refundedAmount: __, ...cancelled } = { refundedAmount: 0, ...eventOf('CANCELLED') };
  expect([failed, cancelled].map((event) => validateOutcomeEvent(event))).toEqual([false, false]);
});

test('a failed order that kept no error has a plain reason all the same', () => {
  const { error: _, ...rest } = order;
  const [event] = pendingEvents({ ...rest, history: [{ status: 'FAILED', at: AT }] });
  expect(event).toMatchObject({ reasonCode: 'INTERNAL', reason: 'the order could not be completed' });
});

test('an order that was cancelled before anything was captured was refunded nothing', () => {
  const { payment: _, ...rest } = order;
  const [event] = pendingEvents({ ...rest, history: [{ status: 'CANCELLED', at: AT }] });
  expect(event).toMatchObject({ refundedAmount: 0 });
});

describe('the e-mail to operators', () => {
  const attention = (detail?: string, changes: Partial<Order> = {}) =>
    attentionEmail(eventOf('NEEDS_ATTENTION', detail, changes) as OrderNeedsAttention, { ...order, ...changes });

  test('names the order, the state, the reason, and what to do', () => {
    const { subject, text } = attention('RefundPayment did not succeed');
    expect(subject).toBe(`Order ${orderId} needs attention: RefundPayment`);
    for (const part of [
      `The order ${orderId}, placed at ${AT}, needs an operator. Its total is 89.97 USD.`,
      'It stopped in the state RefundPayment',
      'The reason that it wrote: RefundPayment did not succeed.',
      'because of CapturePayment: the payment was declined (PAYMENT_DECLINED).',
      `curl "$API_URL/orders/${orderId}"`,
      `curl -X POST "$API_URL/orders/${orderId}/retry"`,
      `${orderId}-retry-2`,
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(PERSONAL);
  });

  test('says so when an execution ended on its own', () => {
    const { error: _, ...rest } = order;
    const event = pendingEvents({
      ...rest,
      history: [{ status: 'NEEDS_ATTENTION', at: AT, detail: 'execution TIMED_OUT' }],
    })[0] as OrderNeedsAttention;
    const { subject, text } = attentionEmail(event, rest);
    expect(subject).toBe(`Order ${orderId} needs attention`);
    expect(text).toContain('Its execution ended without an outcome');
    expect(text).toContain('execution TIMED_OUT');
    expect(text).not.toMatch(/undefined|null|NaN/);
  });

  test('has a subject that SNS takes, whatever a state is called', () => {
    for (const detail of [`${'State'.repeat(50)} did not succeed`, 'Zustandsänderung did not succeed', 'A\nB', '']) {
      expect(attention(detail).subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    }
  });

  test('finds the state in every detail that the workflow writes', () => {
    const { States } = parse(readFileSync('statemachine/process-order.asl.yaml', 'utf8')) as { States: object };
    const troubles = [...JSON.stringify(States).matchAll(/"trouble":"([^"]+)"/g)].map(([, trouble]) => trouble);
    expect(troubles.length).toBeGreaterThanOrEqual(6);
    for (const trouble of troubles) {
      const { state } = eventOf('NEEDS_ATTENTION', trouble) as OrderNeedsAttention;
      expect(Object.keys(States)).toContain(state);
    }
  });
});
