import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { refund } from '../../functions/shared/payments/order-payment.ts';
import {
  type Payment,
  PaymentCaptured,
  PaymentNotCaptured,
  type PaymentProvider,
} from '../../functions/shared/payments/payment-provider.ts';

const ORDER = { orderId: 'order-1', createdAt: '2025-03-06T16:30:00.000Z', total: 8997, currency: 'USD' };
const dynamodb = { send: async () => ({ Item: ORDER }) } as unknown as DynamoDBDocumentClient;

/** A provider. Another call changes the payment just before the first `times` calls of ours, as a late effect does. */
function providerThatChanges(times: number) {
  const acts: string[] = [];
  let isCaptured = false;
  let changes = times;
  const payment = (status: Payment['status']): Payment => ({
    paymentId: 'pay_order-1',
    orderId: 'order-1',
    status,
    authorizedAmount: 8997,
    capturedAmount: status === 'AUTHORIZED' || status === 'VOIDED' ? 0 : 8997,
    refundedAmount: status === 'REFUNDED' ? 8997 : 0,
  });
  const change = () => {
    if (changes-- > 0) isCaptured = !isCaptured;
  };
  const unused = () => Promise.reject(new Error('not part of a refund'));
  const provider: PaymentProvider = {
    authorize: unused,
    capture: unused,
    listSince: unused,
    accountOf: () => 'any',
    async findByOrder() {
      acts.push('read');
      return payment(isCaptured ? 'CAPTURED' : 'AUTHORIZED');
    },
    async void() {
      change();
      acts.push('void');
      if (isCaptured) throw new PaymentCaptured('captured');
      return payment('VOIDED');
    },
    async refund() {
      change();
      acts.push('refund');
      if (!isCaptured) throw new PaymentNotCaptured('not captured');
      return payment('REFUNDED');
    },
  };
  return { provider, acts };
}

test('reads the payment again when a late capture came between the read and the void, and refunds it', async () => {
  const { provider, acts } = providerThatChanges(1);
  await expect(refund(ORDER, { dynamodb, ordersTable: 'orders', provider })).resolves.toMatchObject({
    payment: { status: 'REFUNDED', refunded: 8997 },
  });
  expect(acts).toEqual(['read', 'void', 'read', 'refund']);
});

test('throws PaymentUnavailable when the payment keeps changing', async () => {
  const { provider, acts } = providerThatChanges(100);
  await expect(refund(ORDER, { dynamodb, ordersTable: 'orders', provider })).rejects.toMatchObject({
    name: 'PaymentUnavailable',
  });
  expect(acts.filter((act) => act === 'read')).toHaveLength(3);
});
