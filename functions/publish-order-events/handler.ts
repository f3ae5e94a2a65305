import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { eventBridge } from '../shared/aws/eventbridge.ts';
import { readEnvironment } from '../shared/runtime/environment.ts';
import { lambdaHandler } from '../shared/runtime/lambda-handler.ts';
import { logger } from '../shared/runtime/logging.ts';
import { measure } from '../shared/runtime/metrics.ts';
import { measureOrder } from './measure-orders.ts';
import { orderWriteOf } from './order-record.ts';
import { publishOrderEvents } from './publish-order-events.ts';

const { ORDER_EVENTS_BUS } = readEnvironment(['ORDER_EVENTS_BUS']);

/** The event is no batch of a stream. The event source in the template is wrong. */
class NotAStreamBatch extends Error {
  override readonly name = 'NotAStreamBatch';
}

/**
 * Tells Lambda the first record that failed. Lambda goes on from it, and never repeats what is before it. With several
 * it would do the same, because it takes the lowest.
 */
export const handler = lambdaHandler<DynamoDBStreamEvent, DynamoDBBatchResponse>(async ({ Records }) => {
  if (!Array.isArray(Records)) throw new NotAStreamBatch();
  const records = Records.map((record) => ({
    sequenceNumber: record.dynamodb?.SequenceNumber ?? '',
    write: () => orderWriteOf(record),
  }));
  const { published, failed } = await publishOrderEvents(records, { eventBridge, bus: ORDER_EVENTS_BUS });
  if (published > 0) {
    logger.info('ORDER_EVENTS_PUBLISHED', { published, records: records.length });
    measure('OrderEventsPublished', published);
  }
  const [first] = failed;
  // Lambda repeats everything from the first record that failed, so only what is before it is counted now.
  const done = first
    ? records.findIndex(({ sequenceNumber }) => sequenceNumber === first.sequenceNumber)
    : records.length;
  for (const { write } of records.slice(0, done)) {
    const order = write();
    if (order) measureOrder(order);
  }
  if (!first) return { batchItemFailures: [] };
  logger.error('ORDER_EVENTS_NOT_PUBLISHED', { failed });
  measure('OrderEventFailures', failed.length);
  return { batchItemFailures: [{ itemIdentifier: first.sequenceNumber }] };
});
