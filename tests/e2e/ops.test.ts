import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { sessionFile } from '../../ops/sign-in.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { auditOf } from '../support/audit.ts';
import { ops, opsJson, runOps, stateFolder } from '../support/ops.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct, readStock } from '../support/products.ts';
import { sqs, stack } from '../support/stack.ts';

// What the bad day (ops-bad-day.test.ts) does not come by.

jest.setTimeout(120_000);

let operator: Customer;
let customer: Customer;

beforeAll(async () => {
  [operator, customer] = await Promise.all([makeOperator(), makeCustomer()]);
});

async function completedOrder(): Promise<{ orderId: string; productId: string }> {
  const { productId } = await makeProduct({ available: 5 });
  const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 2 }]));
  await waitForStatus(orderId, 'COMPLETED');
  return { orderId, productId };
}

test('an order is cancelled with a reason, and followed until it is', async () => {
  const { orderId, productId } = await completedOrder();
  const reason = `the customer called, ${randomUUID()}`;
  await opsJson(['orders', 'cancel', orderId, '--reason', reason], operator);

  const { exitCode, stdout } = await ops(['orders', 'watch', orderId], operator);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`execution ${orderId}-cancel`);
  expect(stdout).toMatch(new RegExp(`${orderId} is CANCELLED\\.\\n$`));
  expect(await readStock(productId)).toEqual({ available: 5, reserved: 0, sold: 0 });
  expect(await auditOf(orderId)).toEqual([
    expect.objectContaining({ action: 'ORDER_CANCELLED', operatorId: operator.customerId, reason }),
  ]);
});

test('both executions of a cancelled order are drawn', async () => {
  const { orderId } = await completedOrder();
  await opsJson(['orders', 'cancel', orderId, '--reason', 'a test'], operator);
  await waitForStatus(orderId, 'CANCELLED');
  const { stdout } = await ops(['executions', 'show', orderId], operator);
  expect(stdout).toMatch(new RegExp(`^${orderId}  .* UTC$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^${orderId}-cancel  .* UTC$`, 'm'));
  expect(stdout).toMatch(/^ {2}✓ CapturePayment +\d\d:\d\d:\d\d\.\d{3} +\d+\.\d\d s$/m);
});

test('stock is changed by a difference, shown, and the change is in the audit', async () => {
  const { productId } = await makeProduct({ available: 7 });
  const reason = `counted, ${randomUUID()}`;
  const changed = await opsJson(['stock', 'change', productId, '--by', '-3', '--reason', reason], operator);
  expect(changed).toMatchObject({ productId, stock: 4, reserved: 0, sold: 0 });
  expect(await opsJson(['stock', 'show', productId], operator)).toMatchObject({
    items: [expect.objectContaining({ productId, stock: 4 })],
    notFound: [],
  });
  expect((await auditOf(productId)).at(-1)).toMatchObject({ operatorId: operator.customerId, reason });

  const refused = await ops(['stock', 'change', productId, '--by', '-5', '--reason', reason, '--json'], operator);
  expect(refused.exitCode).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'INSUFFICIENT_STOCK' } });
  expect(await readStock(productId)).toMatchObject({ available: 4 });
});

test('a dead letter is discarded by name, and the audit says which and what came of it', async () => {
  const MessageBody = `poison ${randomUUID()}`;
  const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderDlqUrl, MessageBody }));
  const reason = `no order message, ${randomUUID()}`;
  const result = await opsJson(['dlq', 'discard', MessageId, '--reason', reason], operator);
  expect(result).toEqual({ discarded: [{ messageId: MessageId }], failed: [], notFound: [] });
  const { items } = await opsJson<{ items: { messageId: string }[] }>(['dlq', 'list', '--limit', '100'], operator);
  expect(items.map(({ messageId }) => messageId)).not.toContain(MessageId);
  const entries = await auditOf('orders dead-letter queue');
  expect(entries.find((entry) => entry.reason === reason)).toMatchObject({
    action: 'DEAD_LETTERS_DISCARDED',
    operatorId: operator.customerId,
    request: { messageIds: [MessageId] },
    result: { discarded: [{ messageId: MessageId }] },
  });
});

test('reconcile runs for one order, and the audit has who asked by AWS and why', async () => {
  const { orderId } = await completedOrder();
  const reason = `it looked stuck, ${randomUUID()}`;
  const report = await opsJson(['reconcile', '--order', orderId, '--reason', reason], operator);
  expect(report).toMatchObject({ resent: 0, started: 0, failures: 0, unfinished: [] });
  expect(await auditOf(orderId)).toEqual([
    expect.objectContaining({ action: 'RECONCILE_REQUESTED', operatorId: expect.stringMatching(/^arn:aws/), reason }),
  ]);
});

test('logs are read, of one function alone', async () => {
  const { orderId } = await completedOrder();
  interface Logs {
    items: { function: string; message: string; fields: { orderId?: string } }[];
  }
  const { items } = await opsJson<Logs>(['logs', 'tail', 'create-order', '--since', '10m'], operator);
  expect(new Set(items.map((entry) => entry.function))).toEqual(new Set(['create-order']));
  expect(items.find(({ fields }) => fields.orderId === orderId)).toMatchObject({ message: 'ORDER_CREATED' });
});

test('a customer is refused, whatever the command line lets through', async () => {
  const { exitCode, stdout } = await ops(['breaker', 'show', '--json'], customer);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FORBIDDEN' } });
});

test('a stack is reached by its name, its tokens are kept for their owner alone, and logout ends them', async () => {
  const where = ['--stack', stack.stackName, '--region', stack.region, '--api-url', stack.apiUrl];
  const secrets = { OPS_EMAIL: operator.email, OPS_PASSWORD: operator.password };
  // The local cloud is meant by its name here, as a stack on AWS would be.
  const first = await runOps(['breaker', 'show', '--json', ...where], secrets);
  expect({ exitCode: first.exitCode, stderr: first.stderr }).toEqual({ exitCode: 0, stderr: '' });
  process.env.XDG_STATE_HOME = stateFolder;
  const file = sessionFile(stack);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  // No password any more.
  const second = await runOps(['breaker', 'show', '--json', ...where], { OPS_EMAIL: operator.email });
  expect(second.exitCode).toBe(0);
  const out = await runOps(['logout', '--json', ...where]);
  expect(JSON.parse(out.stdout)).toEqual({ loggedOut: true, email: operator.email });
  expect(() => statSync(file)).toThrow('ENOENT');
  const third = await runOps(['breaker', 'show', '--json', ...where], { OPS_EMAIL: operator.email });
  expect(third.exitCode).toBe(2);
  expect(JSON.parse(third.stdout).error.message).toContain('OPS_PASSWORD');
});
