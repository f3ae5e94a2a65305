import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { auditOf } from '../support/audit.ts';
import { expectOperatorsOnly } from '../support/operators-only.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

jest.setTimeout(120_000);

let operator: Customer;

beforeAll(async () => {
  operator = await makeOperator();
});

/** Puts a message of the test's own into the dead-letter queue, and returns its id. */
async function bury(body: string): Promise<string> {
  const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl: stack.orderDlqUrl, MessageBody: body }));
  return MessageId;
}

/** An order whose message came to the dead-letter queue. */
async function lostOrder(): Promise<{ order: Order; productId: string }> {
  const { productId, name, price } = await makeProduct();
  return { order: await putOrder({ items: [{ productId, name, quantity: 1, unitPrice: price }] }), productId };
}

interface DeadLetter {
  messageId: string;
  sentAt: string;
  receiveCount: number;
  body: string;
  orderId?: string;
}

async function inspect(): Promise<DeadLetter[]> {
  const answer = await call('GET', '/admin/dlq?limit=100', { token: operator.idToken });
  expect(answer.status).toBe(200);
  return answer.body.items as DeadLetter[];
}

const find = (messageId: string) => async () => (await inspect()).find((letter) => letter.messageId === messageId);
const replay = (body: unknown, token = operator.idToken) => call('POST', '/admin/dlq/replay', { token, body });

describe('the operator routes of dead letters', () => {
  test.each([
    ['GET', '/admin/dlq'],
    ['POST', '/admin/dlq/replay'],
  ])('%s %s is for operators alone', async (method, path) => {
    const body = method === 'POST' ? { reason: 'x' } : undefined;
    await expectOperatorsOnly(operator, method, path, body);
  });

  test('show a message, and leave it in the queue', async () => {
    const orderId = randomUUID();
    const body = JSON.stringify({ orderId, createdAt: '2026-01-01T00:00:00.000Z' });
    const before = Date.now();
    const messageId = await bury(body);

    const first = await waitFor('the dead letter', find(messageId));
    expect(first).toMatchObject({ messageId, body, orderId });
    expect(Date.parse(first.sentAt)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(first.sentAt)).toBeLessThanOrEqual(Date.now() + 1000);

    const second = await waitFor('the dead letter, again', find(messageId));
    expect(second.receiveCount).toBeGreaterThan(first.receiveCount);
    await replay({ messageIds: [messageId], reason: 'tidy up' });
  });

  test('show a message that is not JSON as it is', async () => {
    const messageId = await bury('{"orderId": oops');
    expect(await waitFor('the dead letter', find(messageId))).toMatchObject({ body: '{"orderId": oops' });
    await replay({ messageIds: [messageId], reason: 'tidy up' });
  });

  test('replay the message of an order, which is completed once, and record who did it', async () => {
    const { order, productId } = await lostOrder();
    const { orderId, createdAt } = order;
    const reason = `the table was throttled, ${randomUUID()}`;
    const messageId = await bury(JSON.stringify({ orderId, createdAt }));

    // Another test may list the queue, which hides the message for a moment.
    const answer = await waitFor('the message to be found', async () => {
      const { status, body } = await replay({ messageIds: [messageId], reason });
      expect(status).toBe(202);
      return (body.replayed as unknown[]).length > 0 && body;
    });

    expect(answer).toEqual({ replayed: [{ messageId, orderId }], failed: [], notFound: [] });
    await waitForStatus(orderId, 'COMPLETED');
    expect(await readProduct(productId)).toMatchObject({ sold: 1, reserved: 0 });
    expect(await find(messageId)()).toBeUndefined();
    const entries = await auditOf('orders dead-letter queue');
    expect(entries.filter((entry) => entry.reason === reason).at(-1)).toMatchObject({
      action: 'DEAD_LETTERS_REPLAYED',
      operatorId: operator.customerId,
      request: { messageIds: [messageId] },
      result: { replayed: [{ messageId, orderId }] },
    });
  });

  test('replay only the named messages, and name those that are not there', async () => {
    const stays = await bury(`stays ${randomUUID()}`);
    const goes = await bury(JSON.stringify({ orderId: randomUUID(), createdAt: '2026-01-01T00:00:00.000Z' }));
    const missing = randomUUID();

    const answer = await waitFor('the message to be found', async () => {
      const { body } = await replay({ messageIds: [goes, missing], reason: 'only one' });
      return (body.replayed as unknown[]).length > 0 && body;
    });

    expect(answer).toEqual({
      replayed: [{ messageId: goes, orderId: expect.any(String) }],
      failed: [],
      notFound: [missing],
    });
    await waitFor('the other message', find(stays));
    await replay({ messageIds: [stays], reason: 'tidy up' });
  });

  test.each([
    ['no reason', { limit: 1 }],
    ['a limit of nothing', { limit: 0, reason: 'x' }],
    ['a limit beyond 100', { limit: 101, reason: 'x' }],
    ['no message at all', { messageIds: [], reason: 'x' }],
    ['a message twice', { messageIds: ['a', 'a'], reason: 'x' }],
    ['a queue of its own', { queueUrl: 'http://localhost', reason: 'x' }],
  ])('refuse %s', async (_what, body) => {
    expect(await replay(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  test.each(['0', '101', '1.5', 'many', '-1'])('refuse to show %s messages', async (limit) => {
    const answer = await call('GET', `/admin/dlq?limit=${limit}`, { token: operator.idToken });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  test('leave a message in the queue when several requests list it at the same moment', async () => {
    const messageId = await bury(`listed ${randomUUID()}`);
    await Promise.all([inspect(), inspect(), inspect()]);
    await waitFor('the message', find(messageId));
    await replay({ messageIds: [messageId], reason: 'tidy up' });
  });
});
