import { BatchGetCommand, type BatchGetCommandOutput, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import {
  type CreateOrderInput,
  type CreateOrderResources,
  createOrder,
} from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { SAMPLE_ORDER } from '../../local/sample-request.ts';
import { cancelled, MemoryTables, named } from '../support/memory-tables.ts';

const NOW = '2026-01-02T03:04:05.678Z';
const request: OrderRequest = SAMPLE_ORDER;

function world(caps = { maxOpenOrders: 20, maxOrdersPerHour: 60 }) {
  const product = { currency: 'USD', available: 10, reserved: 0, sold: 0 };
  const tables = new MemoryTables({
    orders: [],
    operations: [],
    products: [
      { ...product, productId: 'PROD-001', name: 'Widget Pro', price: 1999 },
      { ...product, productId: 'PROD-002', name: 'Super Gadget', price: 4999 },
    ],
  });
  const messages: unknown[] = [];
  const queue = {
    send: async (command: { input: { MessageBody?: string } }) => {
      messages.push(JSON.parse(command.input.MessageBody ?? ''));
    },
  };
  const resources: CreateOrderResources = {
    dynamodb: tables.client,
    sqs: queue as unknown as CreateOrderResources['sqs'],
    ordersTable: 'orders',
    productsTable: 'products',
    operationsTable: 'operations',
    caps: { ...caps, maxDeclinesPerHour: 10 },
    orderQueueUrl: 'https://queue.example',
  };
  const create = (input: Partial<CreateOrderInput> = {}, more: Partial<CreateOrderResources> = {}) =>
    createOrder({ request, customerId: 'alice', now: NOW, ...input }, { ...resources, ...more });
  return {
    tables,
    messages,
    create,
    orders: () => tables.tables.orders?.filter((row) => row.status !== undefined) ?? [],
  };
}

const brokenQueue = { send: () => Promise.reject(named('TimeoutError')) } as unknown as CreateOrderResources['sqs'];

test('writes the order as PENDING at the prices of the catalogue, then sends its key', async () => {
  const { create, orders, messages } = world();
  const { order, replayed } = await create();
  expect(replayed).toBe(false);
  expect(orders()).toEqual([order]);
  expect(order).toMatchObject({
    status: 'PENDING',
    customerId: 'alice',
    createdAt: NOW,
    total: 8997,
    currency: 'USD',
    reference: { orderId: 'ORD-12345', customerId: 'CUST-6789', orderDate: '2025-03-06T16:30:00Z' },
    history: [{ status: 'PENDING', at: NOW }],
  });
  expect(order.orderId).not.toBe('ORD-12345');
  expect(messages).toEqual([{ orderId: order.orderId, createdAt: NOW }]);
});

test.each([
  ['of a new customer', 0, ['QueryCommand', 'BatchGetCommand', 'TransactWriteCommand']],
  ['of a customer with many', 2, ['QueryCommand', 'BatchGetCommand', 'GetCommand', 'TransactWriteCommand']],
])('an order %s costs one write call, and these reads', async (_, earlier, calls) => {
  const { create, tables, orders } = world({ maxOpenOrders: 2, maxOrdersPerHour: 2 });
  for (let n = 0; n < earlier; n += 1) {
    await create({ now: '2026-01-01T00:00:00.000Z' });
    for (const order of orders()) order.status = 'COMPLETED';
  }
  tables.sent.length = 0;
  await create();
  expect([...tables.sent].sort()).toEqual([...calls].sort());
});

describe('when DynamoDB is throttled and leaves rows out', () => {
  /** The client, which leaves out the rows of a table in the first `times` answers. */
  function throttled(tables: MemoryTables, table: string, times: number) {
    let left = times;
    const send = async (command: Parameters<typeof tables.client.send>[0]) => {
      const answer = await tables.client.send(command);
      if (!(command instanceof BatchGetCommand) || left === 0) return answer;
      left -= 1;
      const { [table]: _, ...Responses } = (answer as BatchGetCommandOutput).Responses ?? {};
      return { Responses, UnprocessedKeys: { [table]: command.input.RequestItems?.[table] } };
    };
    return { send } as unknown as CreateOrderResources['dynamodb'];
  }
  const tenDeclines = { pk: 'DECLINES#alice', sk: '2026-01-02T03', declines: 10 };

  test('asks again for these alone, and takes the order at the prices of both answers', async () => {
    const { create, tables } = world();
    const { order } = await create({}, { dynamodb: throttled(tables, 'products', 2) });
    expect(order.total).toBe(8997);
    expect(tables.sent.filter((name) => name === 'BatchGetCommand')).toHaveLength(3);
  });

  test('does not forget the declined cards that it could not read at first', async () => {
    const { create, tables, orders } = world();
    tables.tables.operations?.push(tenDeclines);
    const refused = create({}, { dynamodb: throttled(tables, 'operations', 1) });
    await expect(refused).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(orders()).toEqual([]);
  });

  test('writes nothing when rows are missing in every answer', async () => {
    const { create, tables, orders } = world();
    const refused = create({}, { dynamodb: throttled(tables, 'products', 100) });
    await expect(refused).rejects.toMatchObject({ name: 'TablesThrottled' });
    expect(orders()).toEqual([]);
  });
});

test('makes a new order of the same request when there is no Idempotency-Key', async () => {
  const { create, orders } = world();
  await create();
  await create();
  expect(orders()).toHaveLength(2);
});

test('keeps the channels that were chosen, and the addresses of the account', async () => {
  const { create, orders } = world();
  const contact = { email: 'alice@example.com', locale: 'nb' };
  await create({ request: { ...request, notify: { email: true, sms: false } }, contact });
  expect(orders()).toMatchObject([{ notify: { email: true, sms: false }, contact }]);
  await create();
  expect(orders()[1]).not.toHaveProperty('notify');
  expect(orders()[1]).not.toHaveProperty('contact');
});

test('writes nothing for a request that the catalogue refuses', async () => {
  const { create, tables, messages } = world();
  const refused = create({ request: { ...request, totalAmount: 1 }, idempotencyKey: 'k' });
  await expect(refused).rejects.toMatchObject({ code: 'PRICE_MISMATCH' });
  expect(tables.tables.orders).toEqual([]);
  expect(messages).toEqual([]);
});

test('keeps the order when its message cannot be sent, and returns the error', async () => {
  const { create, orders } = world();
  const { order, sendError } = await create({}, { sqs: brokenQueue });
  expect(sendError?.name).toBe('TimeoutError');
  expect(orders()).toEqual([order]);
});

test('accepts the row of its own first attempt, whose answer was lost', async () => {
  const { create, tables, orders, messages } = world();
  let first = true;
  tables.before = (command) => {
    // The SDK repeats a call that got no answer; the repetition meets the row of the first.
    if (first && command instanceof TransactWriteCommand) {
      first = false;
      for (const { Put } of command.input.TransactItems ?? []) tables.tables.orders?.push(Put?.Item ?? {});
    }
  };
  const { order } = await create();
  expect(orders()).toEqual([order]);
  expect(messages).toHaveLength(1);
});

describe('with an Idempotency-Key', () => {
  const idempotencyKey = 'key-1';

  test('writes one order for a repeated request, and returns it twice', async () => {
    const { create, orders } = world();
    const first = await create({ idempotencyKey });
    const second = await create({ idempotencyKey, now: '2026-01-02T03:05:00.000Z' });
    expect(second.order).toEqual(first.order);
    expect(second.replayed).toBe(true);
    expect(orders()).toHaveLength(1);
  });

  test('treats the same request with its members in another order as a repetition', async () => {
    const { create, orders } = world();
    await create({ idempotencyKey });
    const reversed = Object.fromEntries(Object.entries(request).reverse()) as OrderRequest;
    await create({ idempotencyKey, request: reversed });
    expect(orders()).toHaveLength(1);
  });

  test('keeps the first address, and the repetition, when the account has another one by then', async () => {
    const { create, orders } = world();
    const first = await create({ idempotencyKey, contact: { email: 'old@example.com' } });
    const second = await create({ idempotencyKey, contact: { email: 'new@example.com' } });
    expect(second).toMatchObject({ replayed: true, order: first.order });
    expect(orders()).toMatchObject([{ contact: { email: 'old@example.com' } }]);
  });

  test('refuses another request under the same key', async () => {
    const { create, orders } = world();
    await create({ idempotencyKey });
    const other = { ...request, customerName: 'Somebody' };
    await expect(create({ idempotencyKey, request: other })).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(orders()).toHaveLength(1);
  });

  test('makes two orders for two customers', async () => {
    const { create, orders } = world();
    await create({ idempotencyKey, customerId: 'alice' });
    await create({ idempotencyKey, customerId: 'bob' });
    expect(new Set(orders().map(({ orderId }) => orderId)).size).toBe(2);
  });

  test('accepts a repetition after a change of the price', async () => {
    const { create, tables } = world();
    const first = await create({ idempotencyKey });
    for (const product of tables.tables.products ?? []) product.price = 1;
    expect((await create({ idempotencyKey })).order).toEqual(first.order);
  });

  test('sends the message again for a repetition while the order is PENDING, and not later', async () => {
    const { create, tables, messages } = world();
    const { order } = await create({ idempotencyKey }, { sqs: brokenQueue });
    expect(messages).toEqual([]);
    await create({ idempotencyKey });
    expect(messages).toEqual([{ orderId: order.orderId, createdAt: order.createdAt }]);

    for (const row of tables.tables.orders ?? []) row.status = 'PROCESSING';
    await create({ idempotencyKey });
    expect(messages).toHaveLength(1);
  });

  test('writes one order for eight requests at once that all find no earlier order', async () => {
    const { create, orders, tables } = world();
    let waiting: (() => void)[] = [];
    let lookedUp = 0;
    tables.before = async (command) => {
      if ((command as object).constructor.name !== 'BatchGetCommand') return;
      lookedUp += 1;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (lookedUp === 8) {
          for (const go of waiting) go();
          waiting = [];
        }
      });
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ idempotencyKey })));
    expect(orders()).toHaveLength(1);
    expect(new Set(answers.map(({ order }) => order.orderId)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test('tries again after a conflict that wrote nothing', async () => {
    const { create, orders, tables } = world();
    let conflicts = 2;
    tables.before = (command) => {
      if ((command as object).constructor.name === 'TransactWriteCommand' && conflicts > 0) {
        conflicts -= 1;
        throw cancelled(['None', 'TransactionConflict']);
      }
    };
    expect((await create({ idempotencyKey })).replayed).toBe(false);
    expect(orders()).toHaveLength(1);
  });

  test('writes and sends nothing when the transaction fails', async () => {
    const { create, orders, messages, tables } = world();
    tables.before = (command) => {
      if ((command as object).constructor.name === 'TransactWriteCommand') throw named('AccessDeniedException');
    };
    await expect(create({ idempotencyKey })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(orders()).toEqual([]);
    expect(messages).toEqual([]);
  });
});
