import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AdminDeleteUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { readDeployedStack } from './deployed-stack.ts';
import { Failure, main } from './progress.mjs';
import { callApi, logIn, type OrderView } from './sample-order.ts';
import { SAMPLE_ORDER } from './sample-request.ts';
import { seedAccount } from './seed.ts';
import type { Stack } from './stack-file.ts';

// npm run smoke -- --stack <name>: whether a stack that was just deployed takes an order to its end. It makes a customer
// of its own and deletes it afterwards. Where real money is taken it only reads the products. With AWS_ENDPOINT_URL the
// stack is one of the local cloud.

const DEADLINE = 120_000;

main(async () => {
  const { values } = parseArgs({ options: { stack: { type: 'string' } } });
  if (values.stack === undefined) throw new Failure('Name the stack: npm run smoke -- --stack <name>');
  const { stack, takesMoney } = await readDeployedStack(values.stack);
  const { items: products } = await callApi<{ items: unknown[] }>(stack, 'GET', '/products', {});
  if (products.length === 0) throw new Failure(`GET /products has none: npm run seed -- --stack ${values.stack}`);
  console.log(`GET /products: ${products.length} on the first page`);
  if (takesMoney) console.log('No order is placed, because this stack takes real money.');
  else await placeOrder(stack);
});

async function placeOrder(stack: Stack): Promise<void> {
  const customer = { email: `smoke-${randomUUID()}@example.com`, password: `Aa1-${randomUUID()}` };
  const user = { UserPoolId: stack.userPoolId, Username: customer.email };
  await seedAccount({}, stack.userPoolId, customer);
  try {
    const authorization = await logIn(stack, customer);
    const { orderId } = await callApi<OrderView>(stack, 'POST', '/orders', { authorization, body: SAMPLE_ORDER });
    for (const deadline = Date.now() + DEADLINE; Date.now() < deadline; await pause(500)) {
      const order = await callApi<OrderView>(stack, 'GET', `/orders/${orderId}`, { authorization });
      if (order.status === 'COMPLETED') {
        console.log(`POST /orders: ${orderId} is COMPLETED, ${order.totalAmount} ${order.currency}`);
        return;
      }
      if (!['PENDING', 'PROCESSING'].includes(order.status)) {
        throw new Failure(`The order ${orderId} ended ${order.status}: ${order.error?.code ?? 'no reason is shown'}`);
      }
    }
    throw new Failure(`The order ${orderId} came to no end within ${DEADLINE / 1000} s.`);
  } finally {
    await new CognitoIdentityProviderClient({}).send(new AdminDeleteUserCommand(user));
  }
}
