import { isDeepStrictEqual } from 'node:util';
import {
  CreateArchiveCommand,
  DeleteArchiveCommand,
  EventBridgeClient,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import validateOrderPlaced from '../../functions/shared/notifications/order-placed.validator.js';
import validateOrderStatusChanged from '../../functions/shared/notifications/order-status-changed.validator.js';
import type { Order, OrderKey } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { type BusEvent, type BusListener, deployBusListener } from '../support/bus-listener.ts';
import { invoke } from '../support/functions.ts';
import { atOnce, settled } from '../support/many-orders.ts';
import { putOrder, waitForStatus } from '../support/order-rows.ts';
import { type FailedBatch, readAgain, recordsOf } from '../support/order-stream.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { aws, dynamodb, sqs, stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const ORDERS = 200;
const CUSTOMERS = 20;
const AT = '2026-01-02T03:04:05.678Z';

const eventBridge = new EventBridgeClient(aws);

let customer: Customer;
let listener: BusListener;

beforeAll(async () => {
  [customer, listener] = await Promise.all([makeCustomer(), deployBusListener()]);
});

afterAll(() => listener.close());

/** What the bus must have told of an order, by its history. */
function expectedEvents({ orderId, history }: Pick<Order, 'orderId' | 'history'>) {
  return history.map(({ status: to, at }, sequence) => ({
    source: 'order-processing',
    'detail-type': sequence === 0 ? 'OrderPlaced' : 'OrderStatusChanged',
    detail: { version: 1, orderId, sequence, ...(sequence > 0 && { from: history[sequence - 1]?.status }), to, at },
  }));
}

/** Each event once, by sequence, with nothing but what the publisher says. */
function told(events: BusEvent[]) {
  const bySequence = new Map(events.map((event) => [event.detail.sequence, event]));
  return [...bySequence.values()]
    .sort((a, b) => a.detail.sequence - b.detail.sequence)
    .map(({ source, 'detail-type': type, detail }) => ({ source, 'detail-type': type, detail }));
}

const sequencesOf = ({ history }: Pick<Order, 'history'>) => history.map((_entry, sequence) => sequence);

function fitsItsSchema({ 'detail-type': type, detail }: BusEvent): boolean {
  return type === 'OrderPlaced' ? validateOrderPlaced(detail) : validateOrderStatusChanged(detail);
}

test('the example listener hears of each change of an order, PROCESSING included, and nothing personal', async () => {
  const product = await makeProduct({ available: 5 });
  const request = orderRequest([{ productId: product.productId, quantity: 1 }], { customerName: 'Ada Lovelace' });
  const orderId = await placeOrder(customer, request);
  const order = await waitForStatus(orderId, 'COMPLETED');
  const events = await listener.arrived(orderId, sequencesOf(order));
  expect(told(events)).toEqual(expectedEvents(order));
  expect(events.map(({ detail }) => detail.to)).toEqual(['PENDING', 'PROCESSING', 'COMPLETED']);
  expect(events.filter((event) => !fitsItsSchema(event))).toEqual([]);
  expect(JSON.stringify(events)).not.toMatch(/Ada|Main St|example\.com/);
  expect(JSON.stringify(events)).not.toContain(customer.customerId);
});

test('PROCESSING is told while the order is still under way', async () => {
  const product = await makeProduct({ available: 5 });
  const { paymentToken } = tokenOnItsOwn('tok_unavailable');
  const orderId = await placeOrder(
    customer,
    orderRequest([{ productId: product.productId, quantity: 1 }], { paymentToken }),
  );
  const events = await listener.arrived(orderId, [0, 1]);
  expect(events.map(({ detail }) => detail.to)).toEqual(['PENDING', 'PROCESSING']);
  await heal(orderId);
  await waitForStatus(orderId, 'COMPLETED');
});

test(`every status change of ${ORDERS} orders arrives at least once, with sequences without gaps`, async () => {
  const [plenty, none] = [await makeProduct({ available: ORDERS }), await makeProduct({ available: 0 })];
  const kinds = [
    'completed',
    'cancelled',
    'out of stock',
    'completed',
    'cancelled',
    'out of stock',
    'declined',
  ] as const;
  // A customer's own orders come one after the other, as its numbers want it.
  const placeAll = async () => {
    const { idToken } = await makeCustomer();
    const orderIds: string[] = [];
    for (let n = 0; n < ORDERS / CUSTOMERS; n += 1) {
      const kind = kinds[n % kinds.length];
      const { productId } = kind === 'out of stock' ? none : plenty;
      const more = kind === 'declined' ? { paymentToken: 'tok_declined' } : {};
      const orderId = await placeOrder({ idToken }, orderRequest([{ productId, quantity: 1 }], more));
      if (kind === 'cancelled') await call('POST', `/orders/${orderId}/cancel`, { token: idToken });
      orderIds.push(orderId);
    }
    return orderIds;
  };
  const placed = await atOnce(
    8,
    Array.from({ length: CUSTOMERS }, () => placeAll),
  );
  const orders = await settled(placed.flat(), 200);
  expect(orders).toHaveLength(ORDERS);
  // A mixture, or it would show less than its name says.
  expect([...new Set(orders.map(({ status }) => status))].sort()).toEqual(['CANCELLED', 'COMPLETED', 'FAILED']);

  const wrong: unknown[] = [];
  for (const order of orders) {
    const events = await listener.arrived(order.orderId, sequencesOf(order));
    if (!isDeepStrictEqual(told(events), expectedEvents(order))) wrong.push([order.history, events]);
    if (!events.every(fitsItsSchema)) wrong.push(events);
  }
  expect(wrong).toEqual([]);
}, 300_000);

test('a write of an order number, and a write that leaves the status alone, tell nothing', async () => {
  const number = { orderId: `NUMBERS#${crypto.randomUUID()}`, createdAt: '#0000000001', number: 1 };
  const order = await putOrder({ history: [{ status: 'PENDING', at: AT }] });
  await dynamodb.send(new PutCommand({ TableName: stack.ordersTable, Item: number }));
  await dynamodb.send(new PutCommand({ TableName: stack.ordersTable, Item: { ...order, resends: 1 } }));
  const after = await putOrder();
  // At least once: one event may come twice.
  expect(told(await listener.arrived(after.orderId, [0]))).toHaveLength(1);
  expect(told(await listener.of(order.orderId))).toHaveLength(1);
  expect(await listener.of(number.orderId)).toEqual([]);
  await forget(number, order, after);
});

test('several changes in one write are all told', async () => {
  const statuses = ['PENDING', 'PROCESSING', 'FAILED'] as const;
  const order = await putOrder({ status: 'FAILED', history: statuses.map((status) => ({ status, at: AT })) });
  expect(told(await listener.arrived(order.orderId, [0, 1, 2]))).toEqual(expectedEvents(order));
  await forget(order);
});

describe('a record that cannot be told', () => {
  /** The time of its only change is none, which no write of this project does. */
  const BROKEN: Order['history'] = [{ status: 'PENDING', at: 'yesterday' }];

  test('holds nothing up in its batch, and is the one from which Lambda goes on', async () => {
    const [before, broken, after] = [await putOrder(), await putOrder({ history: BROKEN }), await putOrder()];
    for (const { orderId } of [before, after]) expect(await listener.arrived(orderId, [0])).not.toEqual([]);
    await failedBatchWith(broken.orderId);
    const Records = (await Promise.all([before, broken, after].map(({ orderId }) => recordsOf(orderId)))).flat();
    expect(Records).toHaveLength(3);

    const counts = await Promise.all([before, after].map(async ({ orderId }) => (await listener.of(orderId)).length));
    expect(await invoke('PublishOrderEventsFunction', { Records })).toEqual({
      batchItemFailures: [{ itemIdentifier: Records[1]?.dynamodb?.SequenceNumber }],
    });
    for (const [index, { orderId }] of [before, after].entries()) {
      await waitFor(
        'its event to come again',
        async () => (await listener.of(orderId)).length === Number(counts[index]) + 1,
      );
    }
    expect(await listener.of(broken.orderId)).toEqual([]);
    await forget(before, broken, after);
  });

  test('is given up after its retries and kept in the queue, and its shard goes on', async () => {
    const broken = await putOrder({ history: BROKEN });
    const [record] = await recordsOf(broken.orderId);
    const after = await putOrder();
    expect(await listener.arrived(after.orderId, [0], 60)).not.toEqual([]);

    const batch = await failedBatchWith(broken.orderId);
    expect(batch.streamArn).toContain(stack.ordersTable);
    // The record itself is not in the message. It is read again where the message says.
    expect(await readAgain(batch)).toContainEqual(expect.objectContaining({ eventID: record?.eventID }));
    expect(await listener.of(broken.orderId)).toEqual([]);
    await forget(broken, after);
  });
});

test('records that are read from the stream again and given to the function are told again', async () => {
  const product = await makeProduct({ available: 5 });
  const orderId = await placeOrder(customer, orderRequest([{ productId: product.productId, quantity: 1 }]));
  const order = await waitForStatus(orderId, 'COMPLETED');
  const first = await listener.arrived(orderId, sequencesOf(order));
  expect(await invoke('PublishOrderEventsFunction', { Records: await recordsOf(orderId) })).toEqual({
    batchItemFailures: [],
  });
  const all = await waitFor('every event to come again', async () => {
    const events = await listener.of(orderId);
    return events.length >= 2 * first.length && events;
  });
  expect(told(all)).toEqual(expectedEvents(order));
});

test('an archive sends the events of a time again, and says that they are of a replay', async () => {
  const name = `archive-${crypto.randomUUID()}`;
  const EventSourceArn = stack.outputs.OrderEventsBusArn;
  const { ArchiveArn } = await eventBridge.send(new CreateArchiveCommand({ ArchiveName: name, EventSourceArn }));
  // EventBridge keeps seconds.
  const EventStartTime = new Date(Date.now() - 1000);
  const order = await putOrder();
  expect(await listener.arrived(order.orderId, [0])).toHaveLength(1);
  await eventBridge.send(
    new StartReplayCommand({
      ReplayName: name,
      EventSourceArn: ArchiveArn,
      EventStartTime,
      EventEndTime: new Date(Date.now() + 1000),
      Destination: { Arn: EventSourceArn },
    }),
  );
  const [live, again] = await waitFor('the event to come again', async () => {
    const events = await listener.of(order.orderId);
    return events.length === 2 && events;
  });
  expect(again?.detail).toEqual(live?.detail);
  expect([live?.['replay-name'], again?.['replay-name']]).toEqual([undefined, name]);
  await eventBridge.send(new DeleteArchiveCommand({ ArchiveName: name }));
  await forget(order);
});

/** The batch that Lambda gave up with a record of this order in it, once it did. Its message is deleted. */
async function failedBatchWith(orderId: string): Promise<FailedBatch> {
  const QueueUrl = stack.outputs.OrderEventsDlqUrl;
  const numbers = (await recordsOf(orderId)).map(({ dynamodb: change }) => change?.SequenceNumber ?? '');
  return waitFor(
    'the record that was given up',
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
      );
      for (const { Body = '{}', ReceiptHandle } of Messages) {
        const { DDBStreamBatchInfo: batch, requestContext } = JSON.parse(Body);
        // Sequence numbers have one length, so that texts compare as numbers do.
        if (!numbers.some((one) => batch.startSequenceNumber <= one && one <= batch.endSequenceNumber)) continue;
        expect(requestContext.condition).toBe('RetryAttemptsExhausted');
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        return batch as FailedBatch;
      }
      return undefined;
    },
    { seconds: 60 },
  );
}

async function forget(...keys: OrderKey[]): Promise<void> {
  for (const { orderId, createdAt } of keys) {
    await dynamodb.send(new DeleteCommand({ TableName: stack.ordersTable, Key: { orderId, createdAt } }));
  }
}
