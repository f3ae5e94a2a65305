import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { backOff } from '../shared/runtime/backoff.ts';
import { errorName } from '../shared/runtime/error-name.ts';
import { type OrderEvent, type OrderWrite, orderEventsOf } from './order-events.ts';

/** The source of every event on the bus. */
export const SOURCE = 'order-processing';

/** The most that PutEvents takes. Ten events of these schemas have 3 KB, and it takes 256 KB. */
export const MOST_ENTRIES = 10;

/** How often one invocation offers an entry that the bus refuses. */
const MOST_OFFERS = 3;

/** A record of the stream: its place in its shard, and how to read the write, which may throw. */
export interface StreamRecord {
  sequenceNumber: string;
  /** Undefined when the record is about no order, or about one that is removed. */
  write: () => OrderWrite | undefined;
}

/** A record of which at least one event is not on the bus. */
export interface FailedRecord {
  sequenceNumber: string;
  /** The name of an error, or the code with which the bus refused an entry. */
  error: string;
}

export interface BusResources {
  eventBridge: Pick<EventBridgeClient, 'send'>;
  /** Name or ARN. */
  bus: string;
}

interface Pending {
  record: StreamRecord;
  event: OrderEvent;
}

/**
 * Puts the events of a batch on the bus, in the order of the stream.
 *
 * A record that gives no proper event, or whose entry is refused, does not hold up the others. Once the bus does not
 * answer, nothing more is tried: the rest counts as failed.
 *
 * @returns how many events were put, and the records that failed, in the order of the stream. Lambda repeats everything
 * from the first of them, so that an event may come twice.
 */
export async function publishOrderEvents(
  records: readonly StreamRecord[],
  resources: BusResources,
): Promise<{ published: number; failed: FailedRecord[] }> {
  const errors = new Map<StreamRecord, string>();
  const pending = records.flatMap((record) => {
    try {
      const write = record.write();
      return write ? orderEventsOf(write).map((event): Pending => ({ record, event })) : [];
    } catch (error) {
      errors.set(record, errorName(error) ?? 'Error');
      return [];
    }
  });

  let published = 0;
  for (let next = 0; next < pending.length; next += MOST_ENTRIES) {
    const offered = pending.slice(next, next + MOST_ENTRIES);
    try {
      const refused = await put(offered, resources);
      published += offered.length - refused.length;
      for (const { record, code } of refused) errors.set(record, code);
    } catch (error) {
      for (const { record } of pending.slice(next)) errors.set(record, errorName(error) ?? 'Error');
      break;
    }
  }
  return {
    published,
    failed: records.flatMap((record) => {
      const error = errors.get(record);
      return error === undefined ? [] : [{ sequenceNumber: record.sequenceNumber, error }];
    }),
  };
}

/**
 * Offers entries to the bus, and those that it refuses again. The SDK repeats a call only when all of it fails.
 *
 * @returns the entries that were refused every time.
 * @throws what EventBridge throws.
 */
async function put(offered: Pending[], { eventBridge, bus }: BusResources): Promise<(Pending & { code: string })[]> {
  for (let offer = 1; ; offer += 1) {
    const { Entries = [] } = await eventBridge.send(
      new PutEventsCommand({ Entries: offered.map(({ event }) => entryOf(event, bus)) }),
    );
    const refused = offered.flatMap((one, index) => {
      const result: PutEventsResultEntry | undefined = Entries[index];
      return result?.EventId === undefined ? [{ ...one, code: result?.ErrorCode ?? 'NoResult' }] : [];
    });
    if (refused.length === 0 || offer === MOST_OFFERS) return refused;
    offered = refused;
    await backOff(offer);
  }
}

function entryOf({ type, detail }: OrderEvent, bus: string): PutEventsRequestEntry {
  return { EventBusName: bus, Source: SOURCE, DetailType: type, Detail: JSON.stringify(detail) };
}
