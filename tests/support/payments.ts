import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb, stack } from './stack.ts';

/** A row of the sandbox provider's ledger. Amounts are minor units. */
export interface PaymentRow {
  paymentId: string;
  orderId: string;
  authorizedAmount: number;
  capturedAmount: number;
  refundedAmount: number;
  voided?: boolean;
  operations: { key: string; kind: string; at: string }[];
}

/** The one payment of an order in the sandbox provider's ledger; undefined when it has none. */
export async function readPayment(orderId: string): Promise<PaymentRow | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.paymentsTable, Key: { paymentId: `pay_${orderId}` }, ConsistentRead: true }),
  );
  return Item as PaymentRow | undefined;
}
