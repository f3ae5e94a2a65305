import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { despiteConflicts } from '../shared/conflict.ts';
import { ORDER_STATUSES, type Order, type OrderKey, type OrderPayment } from '../shared/order.ts';
import { OrderCancelRequested, OrderClosed } from '../shared/order-errors.ts';
import { getOrder, OrderNotFound } from '../shared/order-table.ts';
import { orderUpdate, ownedBy, unlessRefused } from '../shared/order-update.ts';
import {
  type Payment,
  PaymentCaptured,
  PaymentNotCaptured,
  type PaymentProvider,
  type PaymentRequest,
  PaymentUnavailable,
} from '../shared/payment-provider.ts';

export interface Payments {
  dynamodb: DynamoDBDocumentClient;
  ordersTable: string;
  provider: PaymentProvider;
}

export type PaymentStatus = Payment['status'];

/**
 * Holds the order's total on the customer's card. Repeating it gives the same answer.
 *
 * @throws PaymentDeclined, PaymentClosed (both final), PaymentUnavailable (transient), OrderNotFound.
 */
export async function authorize(key: OrderKey, payments: Payments): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(payments.dynamodb, payments.ordersTable, key);
  if (isFree(order)) return { status: 'AUTHORIZED' };
  const { status } = await payments.provider.authorize(requestFor(order, payments));
  return { status };
}

/**
 * Takes the money that was held, after it has closed the order to cancels: the gate is a write that a cancel refuses,
 * and that refuses every cancel after it.
 *
 * @throws OrderCancelRequested and OrderClosed at the gate, nothing being captured then; PaymentDeclined,
 * PaymentClosed (both final), PaymentUnavailable and TransactionConflictException (transient), OrderNotFound.
 */
export async function capture(
  { executionId, ...key }: OrderKey & { executionId: string },
  payments: Payments,
): Promise<{ status: PaymentStatus }> {
  const order = await getOrder(payments.dynamodb, payments.ordersTable, key);
  await closeToCancels(order, executionId, payments);
  if (isFree(order)) return { status: 'CAPTURED' };
  const { status } = await payments.provider.capture(requestFor(order, payments));
  return { status };
}

async function closeToCancels(order: Order, executionId: string, { dynamodb, ordersTable }: Payments): Promise<void> {
  const payment: OrderPayment = { status: 'AUTHORIZED', authorized: order.total, captured: 0, refunded: 0 };
  const gate = await despiteConflicts(() =>
    unlessRefused(() =>
      dynamodb.send(
        new UpdateCommand({
          TableName: ordersTable,
          Key: { orderId: order.orderId, createdAt: order.createdAt },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...orderUpdate({
            set: { phase: 'CAPTURING', payment },
            when: { ...ownedBy(executionId), cancelRequested: [undefined], phase: [undefined, 'CAPTURING'] },
          }),
        }),
      ),
    ),
  );
  if ('output' in gate) return;
  if (gate.refusedBy?.cancelRequested) throw new OrderCancelRequested('a cancel was requested');
  throw new OrderClosed('the order takes no capture any more');
}

const LOOKS = 3;

/**
 * Gives the customer's money or hold back, whatever the provider's own record says there is: a captured payment is
 * refunded, anything else is voided, and a payment that does not exist is closed before it can begin. Repeating it
 * gives the same answer.
 *
 * @returns the payment as the provider has it afterwards, amounts in minor units.
 * @throws PaymentUnavailable (transient), OrderNotFound.
 */
export async function refund(key: OrderKey, payments: Payments): Promise<{ payment: OrderPayment }> {
  const order = await getOrder(payments.dynamodb, payments.ordersTable, key);
  if (isFree(order)) return { payment: { status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 } };
  const request = requestFor(order, payments);
  for (let looks = 0; looks < LOOKS; looks++) {
    const found = await payments.provider.findByOrder(request);
    const isPaid = found?.status === 'CAPTURED' || found?.status === 'REFUNDED';
    try {
      return { payment: asShown(await (isPaid ? payments.provider.refund(request) : payments.provider.void(request))) };
    } catch (error) {
      // A late effect came between the look and the act, so that what was seen is no longer so.
      if (!(error instanceof PaymentCaptured || error instanceof PaymentNotCaptured)) throw error;
    }
  }
  throw new PaymentUnavailable('the payment changed under every attempt to give it back');
}

/** No provider takes a payment of nothing, and there is nothing in it to hold, take or give back. */
function isFree(order: Order): boolean {
  return order.total === 0;
}

/** What the provider needs to know of an order's one payment. */
export function requestFor(
  order: Order,
  { dynamodb, ordersTable }: Pick<Payments, 'dynamodb' | 'ordersTable'>,
): PaymentRequest {
  const { orderId, createdAt, total, currency, paymentToken, paymentId } = order;
  return {
    orderId,
    amount: total,
    currency,
    ...(paymentToken !== undefined && { paymentToken }),
    ...(paymentId !== undefined && { paymentId }),
    async rememberPaymentId(learned) {
      const write = await despiteConflicts(() =>
        unlessRefused(() =>
          dynamodb.send(
            new UpdateCommand({
              TableName: ordersTable,
              Key: { orderId, createdAt },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              // Only the first id is ever kept: a second one would lose sight of the payment behind the first. The
              // status keeps a row that is gone from being made anew.
              ...orderUpdate({
                set: { paymentId: learned },
                when: { status: ORDER_STATUSES, paymentId: [undefined, learned] },
              }),
            }),
          ),
        ),
      );
      if ('output' in write) return learned;
      if (write.refusedBy?.paymentId === undefined) throw new OrderNotFound(orderId);
      return write.refusedBy.paymentId;
    },
  };
}

function asShown({ status, authorizedAmount, capturedAmount, refundedAmount }: Payment): OrderPayment {
  return { status, authorized: authorizedAmount, captured: capturedAmount, refunded: refundedAmount };
}
