import type { PublishCommand } from '@aws-sdk/client-sns';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { publishPendingNotifications } from '../../functions/notify/notify.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { statusChange } from '../../functions/shared/orders/status-change.ts';
import { openInbox } from '../support/inbox.ts';
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

/** The notifications of one order that came to a topic, once there are that many. */
function notificationsIn(inbox: Awaited<ReturnType<typeof openInbox>>, { orderId }: Order, count: number) {
  return waitFor(`${count} notifications of order ${orderId}`, async () => {
    const ours = (await inbox.messages()).filter(({ body }) => body.orderId === orderId);
    return ours.length >= count && ours;
  });
}

test('publishes an outcome as the row has it, and counts it as notified', async () => {
  const inbox = await openInbox(stack.notificationsTopicArn);
  try {
    const order = await putOrder(ended('COMPLETED'));
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 1, marked: true });
    const [notification] = await notificationsIn(inbox, order, 1);
    const noticeId = `${order.orderId}:2`;
    expect(notification).toEqual({
      body: {
        noticeId,
        orderId: order.orderId,
        sequence: 2,
        status: 'COMPLETED',
        at: AT,
        customerId: order.customerId,
        total: 3998,
        currency: 'USD',
      },
      attributes: { status: 'COMPLETED', noticeId },
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
    const error = { code: 'PAYMENT_DECLINED' as const, message: 'the payment was declined', state: 'CapturePayment' };
    const row = ended('NEEDS_ATTENTION', 'PROCESSING', 'FAILED');
    const detail = 'RefundPayment did not succeed';
    const history = row.history?.map((entry) => (entry.status === 'NEEDS_ATTENTION' ? { ...entry, detail } : entry));
    const order = await putOrder({ ...row, ...(history && { history }), error });
    await expect(publishPendingNotifications(order, resources)).resolves.toEqual({ published: 2, marked: true });
    const told = await notificationsIn(operators, order, 1);
    expect(told.map(({ body }) => [body.status, body.sequence, body.detail])).toEqual([['NEEDS_ATTENTION', 2, detail]]);
    const heard = await notificationsIn(customers, order, 1);
    expect(heard.map(({ body }) => [body.status, body.sequence, body.error])).toEqual([['FAILED', 4, error]]);
  } finally {
    await customers.close();
    await operators.close();
  }
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
      sent.push(JSON.parse(command.input.Message ?? ''));
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

test('throws OrderNotFound for an order that does not exist', async () => {
  await expect(publishPendingNotifications(orderRow(), resources)).rejects.toMatchObject({ name: 'OrderNotFound' });
});
