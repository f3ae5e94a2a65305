import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { aws, stack } from './stack.ts';

const streams = new DynamoDBStreamsClient(aws);

/** Where Lambda gave up in a stream, as its message in the queue of failed records says. */
export interface FailedBatch {
  streamArn: string;
  shardId: string;
  startSequenceNumber: string;
  batchSize: number;
}

/** The records of a batch that Lambda gave up, as docs/events/order-events.md reads them again. */
export async function readAgain(batch: FailedBatch): Promise<StreamRecord[]> {
  const { streamArn: StreamArn, shardId: ShardId, startSequenceNumber: SequenceNumber, batchSize: Limit } = batch;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, SequenceNumber, ShardIteratorType: 'AT_SEQUENCE_NUMBER' }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator, Limit }));
  return Records;
}

/** Every record of one order that the stream still has, oldest first. */
export async function recordsOf(orderId: string): Promise<StreamRecord[]> {
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName: stack.ordersTable }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const found: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    while (ShardIterator !== undefined) {
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      found.push(...Records.filter(({ dynamodb }) => dynamodb?.Keys?.orderId?.S === orderId));
      // An open shard has no end. What is written meanwhile is not wanted.
      ShardIterator = Records.length > 0 ? NextShardIterator : undefined;
    }
  }
  return found;
}
