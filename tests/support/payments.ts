import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { LedgerRow } from '../../functions/shared/payments/providers/sandbox-ledger.ts';
import { dynamodb, stack } from './stack.ts';

/** The one payment of an order in the sandbox provider's ledger; undefined when it has none. */
export async function readPayment(orderId: string): Promise<LedgerRow | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: stack.paymentsTable, Key: { paymentId: `pay_${orderId}` }, ConsistentRead: true }),
  );
  return Item as LedgerRow | undefined;
}
