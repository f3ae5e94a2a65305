import type { PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { orderWriteOf } from '../../functions/publish-order-events/order-record.ts';
import {
  type BusResources,
  MOST_ENTRIES,
  publishOrderEvents,
  type StreamRecord,
} from '../../functions/publish-order-events/publish-order-events.ts';
import { ORDER_STATUSES } from '../../functions/shared/orders/order.ts';

const AT = '2026-01-02T03:04:05.678Z';
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A new order. Its id ends with n, as its sequence number does. */
function placed(n: number): StreamRecord {
  return {
    sequenceNumber: String(100 + n),
    write: () => ({ orderId: idOf(n), before: [], after: [{ status: 'PENDING', at: AT }] }),
  };
}

const range = (count: number) => Array.from({ length: count }, (_none, n) => n);

/** A bus that keeps what it accepts. `refuses` says of each offer of an entry whether it is refused. */
class MemoryBus {
  readonly calls: PutEventsRequestEntry[][] = [];
  readonly accepted: string[] = [];

  readonly #refuses: (orderId: string, offer: number) => boolean;

  constructor(refuses: (orderId: string, offer: number) => boolean = () => false) {
    this.#refuses = refuses;
  }

  get resources(): BusResources {
    return { bus: 'the-bus', eventBridge: { send: (async (command: PutEventsCommand) => this.put(command)) as never } };
  }

  protected async put({ input: { Entries = [] } }: PutEventsCommand) {
    this.calls.push(Entries);
    const results = Entries.map(({ Detail = '' }) => {
      const { orderId } = JSON.parse(Detail) as { orderId: string };
      const offers = this.calls.flat().filter((entry) => entry.Detail === Detail).length;
      if (this.#refuses(orderId, offers)) return { ErrorCode: 'ThrottlingException' };
      this.accepted.push(orderId);
      return { EventId: 'an id' };
    });
    return { FailedEntryCount: results.filter(({ EventId }) => !EventId).length, Entries: results };
  }
}

test('entries go to the bus in batches that PutEvents takes, in the order of the stream', async () => {
  const bus = new MemoryBus();
  expect(await publishOrderEvents(range(25).map(placed), bus.resources)).toEqual({ published: 25, failed: [] });
  expect(bus.calls.map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(bus.accepted).toEqual(range(25).map(idOf));
  expect(bus.calls[0]?.[0]).toEqual({
    EventBusName: 'the-bus',
    Source: 'order-processing',
    DetailType: 'OrderPlaced',
    Detail: JSON.stringify({ version: 1, orderId: idOf(0), sequence: 0, to: 'PENDING', at: AT }),
  });
});

test('the longest entries that there can be fit into one call of 256 KB', () => {
  const longest = ORDER_STATUSES.reduce((a, b) => (a.length >= b.length ? a : b));
  const detail = {
    version: 1,
    orderId: idOf(0),
    sequence: Number.MAX_SAFE_INTEGER,
    from: longest,
    to: longest,
    at: AT,
  };
  const entry = Buffer.byteLength(`order-processingOrderStatusChanged${JSON.stringify(detail)}`);
  expect(MOST_ENTRIES * entry).toBeLessThan(256 * 1024);
  expect(MOST_ENTRIES).toBeLessThanOrEqual(10);
});

test('nothing to tell calls nobody', async () => {
  const bus = new MemoryBus();
  const about = (write: StreamRecord['write']) => ({ sequenceNumber: '1', write });
  const after = [{ status: 'PENDING' as const, at: AT }];
  const records = [about(() => undefined), about(() => ({ orderId: idOf(1), before: after, after }))];
  expect(await publishOrderEvents(records, bus.resources)).toEqual({ published: 0, failed: [] });
  expect(bus.calls).toEqual([]);
});

test('an entry that is refused once is offered again alone, and nothing fails', async () => {
  const bus = new MemoryBus((orderId, offer) => orderId === idOf(3) && offer === 1);
  expect(await publishOrderEvents(range(12).map(placed), bus.resources)).toEqual({ published: 12, failed: [] });
  expect(bus.calls.map(({ length }) => length)).toEqual([10, 1, 2]);
  expect(bus.accepted.toSorted()).toEqual(range(12).map(idOf));
});

test('an entry that is always refused fails its record alone, and does not hold up the others', async () => {
  const bus = new MemoryBus((orderId) => orderId === idOf(3));
  expect(await publishOrderEvents(range(25).map(placed), bus.resources)).toEqual({
    published: 24,
    failed: [{ sequenceNumber: '103', error: 'ThrottlingException' }],
  });
  expect(bus.accepted).toEqual(
    range(25)
      .map(idOf)
      .filter((id) => id !== idOf(3)),
  );
});

test('a record that gives no event fails alone, and the failures are in the order of the stream', async () => {
  const bus = new MemoryBus((orderId) => orderId === idOf(1));
  const broken = (n: number): StreamRecord => ({
    sequenceNumber: String(100 + n),
    write: () => ({ orderId: idOf(n), before: [], after: [{ status: 'PENDING', at: 'yesterday' }] }),
  });
  const { published, failed } = await publishOrderEvents([placed(0), placed(1), broken(2), placed(3)], bus.resources);
  expect(published).toBe(2);
  expect(failed).toEqual([
    { sequenceNumber: '101', error: 'ThrottlingException' },
    { sequenceNumber: '102', error: 'NotAnOrderEvent' },
  ]);
});

test('a bus that does not answer is not asked on: the rest fails from there', async () => {
  class DeafBus extends MemoryBus {
    protected override async put(command: PutEventsCommand) {
      if (this.calls.length === 1) throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
      return super.put(command);
    }
  }
  const bus = new DeafBus();
  const { published, failed } = await publishOrderEvents(range(35).map(placed), bus.resources);
  expect(published).toBe(10);
  expect(failed[0]).toEqual({ sequenceNumber: '110', error: 'TimeoutError' });
  expect(failed).toHaveLength(25);
  expect(bus.calls).toHaveLength(1);
});

test('an answer that says nothing of an entry does not count as accepted', async () => {
  const eventBridge = { send: (async () => ({ FailedEntryCount: 0, Entries: [] })) as never };
  const { published, failed } = await publishOrderEvents([placed(0)], { eventBridge, bus: 'the-bus' });
  expect({ published, failed }).toEqual({ published: 0, failed: [{ sequenceNumber: '100', error: 'NoResult' }] });
});

describe('a record of the stream', () => {
  const image = {
    orderId: { S: idOf(1) },
    status: { S: 'PENDING' },
    history: { L: [{ M: { status: { S: 'PENDING' }, at: { S: AT } } }] },
  };

  test('says the history before and after the write', () => {
    expect(orderWriteOf({ dynamodb: { NewImage: image } })).toEqual({
      orderId: idOf(1),
      before: [],
      after: [{ status: 'PENDING', at: AT }],
    });
    expect(orderWriteOf({ dynamodb: { OldImage: image, NewImage: image } })?.before).toHaveLength(1);
  });

  test('of an order number or a removal says nothing', () => {
    expect(
      orderWriteOf({ dynamodb: { NewImage: { orderId: { S: 'NUMBERS#c' }, number: { N: '1' } } } }),
    ).toBeUndefined();
    expect(orderWriteOf({ dynamodb: { OldImage: image } })).toBeUndefined();
  });

  test('of an order without history is an error', () => {
    const { history: _, ...without } = image;
    expect(() => orderWriteOf({ dynamodb: { NewImage: without } })).toThrow('the order has no history');
  });
});
