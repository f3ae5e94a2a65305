import { randomUUID } from 'node:crypto';
import { type PublishCommand, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { publishPendingNotifications } from '../../functions/notify/notify.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { statusChange } from '../../functions/shared/orders/status-change.ts';
import { openInbox } from '../support/inbox.ts';
import { outcomeEventOf } from '../support/notifications.ts';
import { orderRow, putOrder, reread } from '../support/order-rows.ts';
import { dynamodb, sns, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const AT = '2025-03-06T16:40:00.000Z';
const resources = {
  dynamodb,
  ordersTable: stack.ordersTable,
  sns,
  notificationsTopicArn: stack.notificationsTopicArn,
  operationsTopicArn: stack.operationsTopicArn,
};

function ended(...statuses: Order['status'][]): Partial<Order> {
  const history = ['PENDING' as const, 'PROCESSING' as const, ...statuses].map((status) => ({ status, at: AT }));
  return { status: statuses.at(-1) ?? 'PROCESSING', history, noticeDue: AT };
}

/** The e-mails to an address that the emulator's mailbox has. */
async function mailsTo(address: string): Promise<{ Subject: string; BodyText: string }[]> {
  const { messages } = (await (await fetch(stack.mailboxUrl)).json()) as {
    messages: Record<string, { To: string[]; Subject: string; BodyText: string }[]>;
  };
  return Object.values(messages)
    .flat()
    .filter(({ To }) => To.includes(address));
}

/** The notifications of one order that came to a topic, once there are that many. */
function notificationsIn(inbox: Awaited<ReturnType<typeof openInbox>>, { orderId }: Order, count: number) {
  return waitFor(`${count} notifications of order ${orderId}`, async () => {
    const ours = (await inbox.messages()).filter(({ body }) => body.orderId === orderId);
    return ours.length >= count && ours.map((message) => ({ ...message, event: outcomeEventOf(message) }));
  });
}

test('publishes an outcome as the row has it, and counts it as notified', async () => {
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const order = await putOrder(ended('COMPLETED'));
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 1, marked: true });
    const [notification] = await notificationsIn(inbox, order, 1);
    const noticeId = `${order.orderId}:2`;
    expect({ body: notification?.body, attributes: notification?.attributes }).toEqual({
      body: {
        type: 'OrderCompleted',
        version: 1,
        noticeId,
        orderId: order.orderId,
        sequence: 2,
        status: 'COMPLETED',
        at: AT,
        totalAmount: 39.98,
        currency: 'USD',
      },
      attributes: { eventType: 'OrderCompleted', status: 'COMPLETED', noticeId },
    });
    const after = await reread(order);
    expect(after.announced).toBe(3);
    expect(after.noticeDue).toBeUndefined();

    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 0, marked: true });
  } finally {
    await inbox.close();
  }
});

test('tells operators alone that an order needs attention, and customers the outcome that follows', async () => {
  const [customers, operators] = [
    await openInbox(stack.notificationsTopicArn),
    await openInbox(stack.operationsTopicArn),
  ];
  try {
    const error = { code: 'PAYMENT_DECLINED' as const, message: 'Stripe: do_not_honor', state: 'CapturePayment' };
    const row = ended('NEEDS_ATTENTION', 'PROCESSING', 'FAILED');
    const detail = 'RefundPayment did not succeed';
    const history = row.history?.map((entry) => (entry.status === 'NEEDS_ATTENTION' ? { ...entry, detail } : entry));
    const order = await putOrder({ ...row, ...(history && { history }), error });
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 2, marked: true });
    const told = await notificationsIn(operators, order, 1);
    expect(told.map(({ event }) => event)).toMatchObject([
      {
        type: 'OrderNeedsAttention',
        sequence: 2,
        reasonCode: 'PAYMENT_DECLINED',
        reason: detail,
        state: 'RefundPayment',
      },
    ]);
    const heard = await notificationsIn(customers, order, 1);
    expect(heard.map(({ event }) => event)).toMatchObject([
      { type: 'OrderFailed', sequence: 4, reasonCode: 'PAYMENT_DECLINED', reason: 'the payment was declined' },
    ]);
  } finally {
    await customers.close();
    await operators.close();
  }
});

test('publishes what a cancelled order was refunded, after the completion before it', async () => {
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const payment = { status: 'REFUNDED' as const, authorized: 3998, captured: 3998, refunded: 3998 };
    const order = await putOrder({ ...ended('COMPLETED', 'PROCESSING', 'CANCELLED'), payment });
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 2, marked: true });
    const heard = await notificationsIn(inbox, order, 2);
    const common = { version: 1, orderId: order.orderId, at: AT, totalAmount: 39.98, currency: 'USD' };
    const noticeId = (sequence: number) => ({ sequence, noticeId: `${order.orderId}:${sequence}` });
    expect(heard.map(({ event }) => event).sort((a, b) => a.sequence - b.sequence)).toEqual([
      { ...common, ...noticeId(2), type: 'OrderCompleted', status: 'COMPLETED' },
      { ...common, ...noticeId(4), type: 'OrderCancelled', status: 'CANCELLED', refundedAmount: 39.98 },
    ]);
  } finally {
    await inbox.close();
  }
});

test('an operator reads in an e-mail which order needs attention, why, and what to do', async () => {
  const address = `${randomUUID()}@example.com`;
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn: stack.operationsTopicArn, Protocol: 'email', Endpoint: address }),
  );
  try {
    const error = { code: 'PAYMENT_DECLINED' as const, message: 'do_not_honor', state: 'CapturePayment' };
    const row = ended('NEEDS_ATTENTION');
    const history = row.history?.map((entry, index) =>
      index === 2 ? { ...entry, detail: 'RefundPayment did not succeed' } : entry,
    );
    const order = await putOrder({ ...row, ...(history && { history }), error });
    const completed = await putOrder(ended('COMPLETED'));
    const mailsAbout = async ({ orderId }: Order) =>
      (await mailsTo(address)).filter(({ BodyText }) => BodyText.includes(orderId));
    for (const each of [completed, order]) await publishPendingNotifications(each, resources);
    const ours = await waitFor('the e-mail to the operator', async () => {
      const sent = await mailsAbout(order);
      return sent.length > 0 && sent;
    });
    expect(ours.map(({ Subject }) => Subject)).toEqual([`Order ${order.orderId} needs attention: RefundPayment`]);
    const text = ours[0]?.BodyText ?? '';
    expect(text).toContain(`The order ${order.orderId}, placed at ${order.createdAt}, needs an operator.`);
    expect(text).toContain('It stopped in the state RefundPayment');
    expect(text).toContain(`curl -X POST "$API_URL/orders/${order.orderId}/retry"`);
    expect(() => JSON.parse(text)).toThrow();
    expect(await mailsAbout(completed)).toEqual([]);
  } finally {
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
});

test('a message to operators has sentences for e-mail, and the event for all other subscribers', async () => {
  const order = await putOrder(ended('NEEDS_ATTENTION'));
  const published: PublishCommand['input'][] = [];
  const watched = {
    async send(command: PublishCommand) {
      published.push(command.input);
      return sns.send(command);
    },
  };
  await publishPendingNotifications(order, { ...resources, sns: watched as unknown as typeof sns });
  const [{ Subject = '', Message = '', MessageStructure } = {}] = published;
  expect(Subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  expect(MessageStructure).toBe('json');
  const byProtocol = JSON.parse(Message);
  expect(Object.keys(byProtocol)).toEqual(['default', 'email']);
  expect(JSON.parse(byProtocol.default)).toMatchObject({ type: 'OrderNeedsAttention', orderId: order.orderId });
  expect(byProtocol.email).toContain(`/orders/${order.orderId}/retry`);
});

test('publishes nothing for an order that is under way, or whose outcome was published before', async () => {
  for (const changes of [
    { ...ended(), noticeDue: undefined },
    { ...ended('COMPLETED'), announced: 3, noticeDue: undefined },
  ]) {
    const { noticeDue: _, ...rest } = changes;
    const order = await putOrder(rest);
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 0, marked: true });
    await expect(reread(order)).resolves.toEqual(order);
  }
});

test('keeps an outcome due that came while another was published', async () => {
  const order = await putOrder(ended('NEEDS_ATTENTION'));
  const sent: unknown[] = [];
  const slow = {
    async send(command: PublishCommand) {
      sent.push(JSON.parse(JSON.parse(command.input.Message ?? '').default));
      const { orderId, createdAt } = order;
      await dynamodb.send(
        new UpdateCommand({
          TableName: stack.ordersTable,
          Key: { orderId, createdAt },
          ...statusChange({ to: 'PROCESSING', from: ['NEEDS_ATTENTION'], at: AT }),
        }),
      );
      return { $metadata: {} };
    },
  };
  await expect(
    publishPendingNotifications(order, { ...resources, sns: slow as unknown as typeof sns }),
  ).resolves.toEqual({
    published: 1,
    marked: false,
  });
  const after = await reread(order);
  expect(after).toMatchObject({ noticeDue: AT });
  expect(after.announced).toBeUndefined();
  expect(sent).toMatchObject([{ noticeId: `${order.orderId}:2` }]);
});

test('keeps the notification due when it cannot be published', async () => {
  const order = await putOrder(ended('COMPLETED'));
  const nowhere = { ...resources, notificationsTopicArn: `${stack.notificationsTopicArn}-of-nobody` };
  await expect(publishPendingNotifications(order, nowhere)).rejects.toMatchObject({ name: 'NotFoundException' });
  await expect(reread(order)).resolves.toEqual(order);
});

test('tells customers the outcome while the topic of the operators is broken, and marks nothing', async () => {
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const order = await putOrder(ended('NEEDS_ATTENTION', 'PROCESSING', 'FAILED'));
    const broken = { ...resources, operationsTopicArn: `${stack.operationsTopicArn}-of-nobody` };
    await expect(publishPendingNotifications(order, broken)).rejects.toMatchObject({ name: 'NotFoundException' });
    const noticeIds = (await notificationsIn(inbox, order, 1)).map(({ body }) => body.noticeId);
    expect(noticeIds).toEqual([`${order.orderId}:4`]);
    await expect(reread(order)).resolves.toEqual(order);
  } finally {
    await inbox.close();
  }
});

test('says that an order does not exist', async () => {
  await expect(publishPendingNotifications(orderRow(), resources)).rejects.toMatchObject({ name: 'OrderNotFound' });
});
