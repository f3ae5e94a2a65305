import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb, stack } from './stack.ts';

/** A test token on a provider account of the test's own, so that no other test meets its circuit breaker. */
export function tokenOnItsOwn(token: string): { paymentToken: string; account: string } {
  const account = `t-${randomUUID()}`;
  return { paymentToken: `${token}@${account}`, account };
}

/** Makes the sandbox provider answer again for an order whose token makes it unavailable. */
export async function heal(orderId: string): Promise<void> {
  await dynamodb.send(
    new UpdateCommand({
      TableName: stack.paymentsTable,
      Key: { paymentId: `fault_${orderId}` },
      UpdateExpression: 'SET healed = :true',
      ExpressionAttributeValues: { ':true': true },
    }),
  );
}
