import { randomUUID } from 'node:crypto';
import { AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetConfigurationSetCommand, GetEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import {
  type DeliverResources,
  deliverNotification,
} from '../../functions/deliver-notification/deliver-notification.ts';
import type { CustomerEvent } from '../../functions/deliver-notification/render-email.ts';
import { emailSender, smsSender } from '../../functions/deliver-notification/senders.ts';
import { type DeliveryView, findDeliveries } from '../../functions/shared/notifications/delivery.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer, makeOperator } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { FakeProviders, type ProviderAnswer } from '../support/fake-providers.ts';
import { invoke } from '../support/functions.ts';
import { type Mail, mailed, mailsTo, smsTo } from '../support/mailbox.ts';
import { atOnce } from '../support/many-orders.ts';
import { orderRow, putOrder, reread, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder, readOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { tokenOnItsOwn } from '../support/sandbox-account.ts';
import { aws, cognito, dynamodb, sns, sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DeliveryCopy, openDeliveryCopy } from './faults/delivery-copy.ts';

// Now, because reconcile publishes what is due for longer.
const AT = new Date().toISOString();
const { NotificationQueueUrl, NotificationDlqUrl } = stack.outputs;

const deliveriesOf = (orderId: string): Promise<DeliveryView[]> =>
  findDeliveries(orderId, { dynamodb, operationsTable: stack.operationsTable });

/** Waits until the deliveries of an order have these statuses, in the order of the notifications. */
async function delivered(orderId: string, statuses: string[]): Promise<DeliveryView[]> {
  return waitFor(
    `order ${orderId} to be delivered`,
    async () => {
      const deliveries = await deliveriesOf(orderId);
      return JSON.stringify(deliveries.map(({ status }) => status)) === JSON.stringify(statuses) && deliveries;
    },
    { seconds: 60 },
  );
}

/** An order that has come to these statuses, and whose outcomes nobody was told yet. */
function ended(statuses: Order['status'][], changes: Partial<Order> = {}): Promise<Order> {
  const history = ['PENDING' as const, 'PROCESSING' as const, ...statuses].map((status) => ({ status, at: AT }));
  const email = `${randomUUID()}@customers.example`;
  return putOrder({ status: statuses.at(-1) ?? 'PROCESSING', history, noticeDue: AT, contact: { email }, ...changes });
}

/** An order whose outcome was published. */
function published(changes: Partial<Order> = {}): Promise<Order> {
  return putOrder({ status: 'COMPLETED', contact: { email: `${randomUUID()}@customers.example` }, ...changes });
}

const emailOf = ({ contact }: Order) => contact?.email ?? '';
const publish = ({ orderId, createdAt }: Order) => invoke('NotifyFunction', { orderId, createdAt });

function completedEvent({ orderId, currency }: Pick<Order, 'orderId' | 'currency'>): CustomerEvent {
  return {
    type: 'OrderCompleted',
    version: 1,
    noticeId: `${orderId}:2`,
    orderId,
    sequence: 2,
    at: AT,
    status: 'COMPLETED',
    totalAmount: 39.98,
    currency,
  };
}

const asRecords = (...bodies: string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `message-${index}`, eventSource: 'aws:sqs', body })),
});

describe('each outcome of a real order is one e-mail', () => {
  let customer: Customer;
  let operator: Customer;
  beforeAll(async () => {
    [customer, operator] = await Promise.all([makeCustomer(), makeOperator()]);
  });

  /** The e-mails about one order. Each has to say what was ordered. */
  async function mailsAbout(orderId: string, count: number): Promise<Mail[]> {
    const about = async () => (await mailsTo(customer.email)).filter(({ Subject }) => Subject.includes(orderId));
    await waitFor(`${count} e-mails about ${orderId}`, async () => (await about()).length >= count);
    await delivered(orderId, Array(count).fill('SENT'));
    const mails = await about();
    const { items, totalAmount, currency } = await readOrder(customer, orderId);
    expect(currency).toBe('USD');
    for (const { BodyText, BodyHtml, Source, To } of mails) {
      expect({ Source, To }).toEqual({ Source: 'shop@example.com', To: [customer.email] });
      for (const body of [BodyText, BodyHtml]) {
        expect(body).toContain(orderId);
        expect(body).toContain(totalAmount.toFixed(2));
        for (const { name, quantity, price } of items) {
          expect(body).toContain(name);
          expect(body).toContain(String(quantity));
          expect(body).toContain(price.toFixed(2));
        }
      }
    }
    return mails;
  }

  async function place(available: number, token = 'tok_approved'): Promise<string> {
    const { paymentToken } = tokenOnItsOwn(token);
    const [first, second] = [await makeProduct({ price: 1999, available }), await makeProduct({ price: 4999 })];
    const items = [
      { productId: first.productId, quantity: 2 },
      { productId: second.productId, quantity: 1 },
    ];
    return placeOrder(customer, orderRequest(items, { paymentToken }));
  }

  test('when it is completed, and another one when it is cancelled then, with what was refunded', async () => {
    const orderId = await place(10);
    await waitForStatus(orderId, 'COMPLETED');
    expect(await mailsAbout(orderId, 1)).toHaveLength(1);
    await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });
    await waitForStatus(orderId, 'CANCELLED');
    const mails = await mailsAbout(orderId, 2);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ Subject }) => Subject)).size).toBe(2);
    const { payment } = await readOrder(operator, orderId);
    expect(payment.refunded).toBe(89.97);
    expect(mails[1]?.BodyText).toMatch(/refund/i);
  });

  test.each<[string, number, string, RegExp]>([
    ['a product is out of stock', 1, 'tok_approved', /out of stock/i],
    ['the payment was declined', 10, 'tok_declined', /declined/i],
  ])('when it fails because %s, with the plain reason', async (_name, available, token, reason) => {
    const orderId = await place(available, token);
    await waitForStatus(orderId, 'FAILED');
    const mails = await mailsAbout(orderId, 1);
    expect(mails).toHaveLength(1);
    for (const { BodyText, BodyHtml } of mails) {
      expect(BodyText).toMatch(reason);
      expect(BodyHtml).toMatch(reason);
      // What the workflow wrote is for operators.
      expect(BodyText).not.toMatch(/ReserveInventory|AuthorizePayment|OUT_OF_STOCK|PAYMENT_DECLINED/);
    }
  });
});

test('what needs attention is for operators: the customer is told the outcome that follows, and nothing before', async () => {
  const order = await ended(['NEEDS_ATTENTION', 'PROCESSING', 'COMPLETED']);
  await publish(order);
  await delivered(order.orderId, ['SENT']);
  expect(await mailsTo(emailOf(order))).toHaveLength(1);
  expect(await deliveriesOf(order.orderId)).toMatchObject([{ noticeId: `${order.orderId}:4`, attempts: 1 }]);
});

test('a customer who chose SMS gets one, in a country that is allowed, and the e-mail too', async () => {
  const phone = `+47412${String(Math.floor(Math.random() * 100_000)).padStart(5, '0')}`;
  const contact = { email: `${randomUUID()}@customers.example`, phone };
  const order = await ended(['COMPLETED'], { contact, notify: { sms: true } });
  await publish(order);
  await delivered(order.orderId, ['SENT', 'SENT']);
  expect(await smsTo(phone)).toEqual([expect.stringContaining(order.orderId.slice(0, 8))]);
  expect(await mailsTo(contact.email)).toHaveLength(1);
});

test('a customer whose account was deleted is still told, at the address that was verified when the order was placed', async () => {
  const customer = await makeCustomer();
  const order = await ended(['COMPLETED'], { contact: { email: customer.email }, customerId: customer.customerId });
  await cognito.send(new AdminDeleteUserCommand({ UserPoolId: stack.userPoolId, Username: customer.email }));
  await publish(order);
  await delivered(order.orderId, ['SENT']);
  expect(await mailsTo(customer.email)).toHaveLength(1);
});

test('an e-mail that will bounce is sent, and what SES learns of it is left to its own list', async () => {
  const ses = new SESv2Client(aws);
  const email = 'bounce@simulator.amazonses.com';
  const order = await ended(['COMPLETED'], { contact: { email } });
  await publish(order);
  expect(await delivered(order.orderId, ['SENT'])).toMatchObject([{ attempts: 1 }]);
  expect((await mailsTo(email)).filter(({ Subject }) => Subject.includes(order.orderId))).toHaveLength(1);
  const { MAIL_CONFIGURATION_SET } = await environment();
  const set = await ses.send(new GetConfigurationSetCommand({ ConfigurationSetName: MAIL_CONFIGURATION_SET }));
  expect(set.SuppressionOptions?.SuppressedReasons?.sort()).toEqual(['BOUNCE', 'COMPLAINT']);
  const sender = await ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'shop@example.com' }));
  expect(sender.VerifiedForSendingStatus).toBe(true);
});

test('a sender that SES has not verified fails by name, and the same message is sent once it is verified', async () => {
  const ses = new SESv2Client(aws);
  const order = await published();
  const on = (from: string): DeliverResources => ({
    dynamodb,
    ordersTable: stack.ordersTable,
    operationsTable: stack.operationsTable,
    email: emailSender({ ses, from, configurationSet: 'mails' }),
    sms: smsSender(sns),
    smsCountries: [],
  });
  const deliver = (from: string) => deliverNotification(completedEvent(order), 60_000, on(from));
  expect(await deliver('nobody@unverified.example')).toEqual([
    { channel: 'email', result: 'FAILED', error: 'MessageRejected' },
  ]);
  expect(await mailsTo(emailOf(order))).toEqual([]);
  expect(await deliver('shop@example.com')).toMatchObject([{ result: 'SENT' }]);
  expect(await mailsTo(emailOf(order))).toHaveLength(1);
});

/** How often a message is received before it is given up, and for how long a receive hides it. */
async function queueSettings() {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: NotificationQueueUrl,
      AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'],
    }),
  );
  const { maxReceiveCount } = JSON.parse(Attributes?.RedrivePolicy ?? '{}');
  return { receives: Number(maxReceiveCount), hiddenSeconds: Number(Attributes?.VisibilityTimeout) };
}

test('poisoned messages end in the dead-letter queue, and hold nothing up', async () => {
  const { receives } = await queueSettings();
  const order = await published();
  const missing = orderRow();
  const { name: _, ...nameless } = orderRow().items[0] ?? {};
  const wordless = await published({ items: [nameless] as Order['items'] });
  const poison = [
    `not JSON ${randomUUID()}`,
    JSON.stringify({ ...completedEvent(order), status: randomUUID() }),
    JSON.stringify(completedEvent(missing)),
    JSON.stringify(completedEvent(wordless)),
  ];
  const bodies = [...poison.slice(0, 2), JSON.stringify(completedEvent(order)), ...poison.slice(2)];
  await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: NotificationQueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody })),
    }),
  );
  await mailed(emailOf(order), 1);
  const sentAt = Date.now();
  const letters = new Set<string>();
  await waitFor(
    'the dead letters',
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: NotificationDlqUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
      );
      for (const { Body = '' } of Messages) letters.add(Body);
      return poison.every((body) => letters.has(body));
    },
    { seconds: 150, everyMs: 500 },
  );
  // The good message was told while the others were still tried.
  expect(Date.now() - sentAt).toBeGreaterThan(4000);
  expect(letters.has(JSON.stringify(completedEvent(order)))).toBe(false);
  expect(await mailsTo(emailOf(order))).toHaveLength(1);
  expect(await deliveriesOf(missing.orderId)).toEqual([]);
  expect(await deliveriesOf(wordless.orderId)).toMatchObject([
    { status: 'FAILED', error: 'TextMissing', attempts: receives },
  ]);
});

test('a message is not given up while the worker that has its delivery may still run', async () => {
  const { receives, hiddenSeconds } = await queueSettings();
  const { Timeout } = await new LambdaClient(aws).send(
    new GetFunctionConfigurationCommand({ FunctionName: stack.functions.DeliverNotificationFunction }),
  );
  // From its first receive to its last.
  expect((receives - 1) * hiddenSeconds).toBeGreaterThan(Timeout ?? Number.NaN);
});

test('only the topic may send to the queue', async () => {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: NotificationQueueUrl, AttributeNames: ['Policy'] }),
  );
  expect(JSON.parse(Attributes?.Policy ?? '{}').Statement).toMatchObject([
    {
      Principal: { Service: 'sns.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': stack.notificationsTopicArn } },
    },
  ]);
});

describe('when SES fails', () => {
  let providers: FakeProviders;
  const copies: DeliveryCopy[] = [];
  beforeAll(async () => {
    providers = await FakeProviders.start();
  });
  afterAll(async () => {
    for (const copy of copies) await copy.close();
    await providers.stop();
  });
  beforeEach(() => providers.reset());

  async function openCopy(): Promise<DeliveryCopy> {
    const copy = await openDeliveryCopy(providers.endpoint);
    copies.push(copy);
    return copy;
  }

  test('permanently, the order is COMPLETED, its message is in the dead-letter queue, and the metric is counted', async () => {
    const customer = await makeCustomer();
    const { productId } = await makeProduct();
    providers.otherwise = { status: 400, error: 'MessageRejected', message: 'Email address is not verified.' };
    const copy = await openCopy();
    const { paymentToken } = tokenOnItsOwn('tok_approved');
    const orderId = await placeOrder(customer, orderRequest([{ productId, quantity: 1 }], { paymentToken }));
    const MessageBody = JSON.stringify(completedEvent({ orderId, currency: 'USD' }));
    await sqs.send(new SendMessageCommand({ QueueUrl: copy.queueUrl, MessageBody }));
    const order = await waitForStatus(orderId, 'COMPLETED');
    await waitFor('the dead letter', async () => (await copy.deadLetters()).length > 0, { seconds: 60 });
    expect(await copy.deadLetters()).toEqual([MessageBody]);
    expect(await copy.deliveriesOf(orderId)).toMatchObject([
      { status: 'FAILED', error: 'MessageRejected', attempts: 5 },
    ]);
    expect(providers.emails).toEqual([]);
    expect(await reread(order)).toMatchObject({ status: 'COMPLETED', stock: 'SOLD' });

    const { result, log } = await copy.invoke(asRecords(MessageBody));
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    const lines = log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const counted = lines.filter((line) => line.NotificationsFailed !== undefined);
    expect(counted.map(({ NotificationsFailed, channel }) => ({ NotificationsFailed, channel }))).toEqual(
      expect.arrayContaining([
        { NotificationsFailed: 1, channel: 'email' },
        { NotificationsFailed: 1, channel: undefined },
      ]),
    );
    expect(lines.find(({ message }) => message === 'NOTIFICATION_NOT_SENT')).toMatchObject({
      orderId,
      channel: 'email',
      error: 'MessageRejected',
    });
    expect(log).not.toContain(customer.email);
  });

  test('twice and then works, there is one e-mail', async () => {
    const copy = await openCopy();
    const order = await published();
    const refusal = { status: 429, error: 'TooManyRequestsException' };
    // Two receives of two attempts each: the client repeats a throttled call once.
    providers.plan(refusal, refusal, refusal, refusal);
    const MessageBody = JSON.stringify(completedEvent(order));
    await sqs.send(new SendMessageCommand({ QueueUrl: copy.queueUrl, MessageBody }));
    await waitFor('the e-mail', async () => providers.emails.length > 0, { seconds: 40 });
    await waitFor('the message to be done', async () => (await copy.queued()) === 0);
    expect(providers.emails.map(({ to }) => to)).toEqual([emailOf(order)]);
    expect(await copy.deliveriesOf(order.orderId)).toMatchObject([{ status: 'SENT', attempts: 3 }]);
    expect(await copy.deadLetters()).toEqual([]);
  });

  // 300 rows are written and their events sent to the queue. Whole workflows would take minutes, and say no more about
  // deliveries.
  test('at random for a tenth of 300 orders, every outcome is told once or is in the dead-letter queue', async () => {
    const copy = await openCopy();
    const rows = Array.from({ length: 300 }, (_, index) =>
      orderRow({ status: 'COMPLETED', contact: { email: `c${index}@customers.example` } }),
    );
    const orders = await atOnce(
      16,
      rows.map((row) => () => putOrder(row)),
    );
    const hopeless = new Set(orders.filter((_, index) => index % 60 === 0).map(emailOf));
    const faults: ProviderAnswer[] = [
      { status: 400, error: 'MessageRejected' },
      { status: 429, error: 'TooManyRequestsException' },
      { status: 500, error: 'InternalServiceErrorException' },
      'lose-request',
    ];
    let failures = 0;
    const failed = new Set<string>();
    providers.otherwise = (body) => {
      const to = String(JSON.parse(body).Destination.ToAddresses[0]);
      if (!hopeless.has(to) && Math.random() >= 0.1) return 'take';
      failures += 1;
      failed.add(to);
      return hopeless.has(to) ? 'lose-request' : (faults[failures % faults.length] ?? 'take');
    };
    const started = Date.now();
    for (let from = 0; from < orders.length; from += 10) {
      const Entries = orders.slice(from, from + 10).map((order, index) => ({
        Id: `m${index}`,
        MessageBody: JSON.stringify(completedEvent(order)),
      }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: copy.queueUrl, Entries }));
    }
    await waitFor('every message to be done', async () => (await copy.queued()) === 0, { seconds: 80, everyMs: 500 });
    const dead = (await copy.deadLetters()).map((body) => (JSON.parse(body) as CustomerEvent).orderId);
    const told = providers.emails.map(({ to }) => to);
    const [sent, given] = [new Set(told), new Set(dead)];
    console.log(
      `300 orders: ${failures} failures for ${failed.size} of them; ${told.length} e-mails to ${sent.size} customers, ` +
        `${dead.length} dead letters; ${Math.round((Date.now() - started) / 1000)} s`,
    );
    expect(failed.size).toBeGreaterThan(10);
    // Nothing twice, nothing lost: each is in exactly one of the two.
    expect(told).toHaveLength(sent.size);
    expect(dead).toHaveLength(given.size);
    for (const order of orders) {
      expect([sent.has(emailOf(order)), given.has(order.orderId)].filter(Boolean)).toHaveLength(1);
      const [row] = await copy.deliveriesOf(order.orderId);
      expect(row?.status).toBe(sent.has(emailOf(order)) ? 'SENT' : 'FAILED');
    }
    expect(sent.size + given.size).toBe(300);
    for (const order of orders) if (hopeless.has(emailOf(order))) expect(given.has(order.orderId)).toBe(true);
  }, 180_000);
});

/** The environment of the deployed function. */
async function environment(): Promise<Record<string, string>> {
  const { Environment } = await new LambdaClient(aws).send(
    new GetFunctionConfigurationCommand({ FunctionName: stack.functions.DeliverNotificationFunction }),
  );
  return Environment?.Variables ?? {};
}
