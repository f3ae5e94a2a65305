import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connectionOf } from '../local/function-logs.ts';
import type { Stack } from '../local/stack-file.ts';
import { resourcesOf } from './stack-resources.ts';
import type { Machinery } from './wellness.ts';

const ALARM_NAMES_AT_ONCE = 100;

/** Reads pipe, queue and alarms with the caller's own AWS credentials. */
export async function readMachinery(stack: Stack): Promise<Machinery> {
  const [pipe, queue, alarms] = await Promise.all([pipeState(stack), readQueue(stack), readAlarms(stack)]);
  return {
    pipe,
    queue,
    alarms: { ringing: alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name), count: alarms.length },
  };
}

/** The state of the pipe that takes orders from their queue. */
export async function pipeState(stack: Stack): Promise<string> {
  const pipes = new PipesClient(connectionOf(stack));
  const { CurrentState = 'UNKNOWN' } = await pipes.send(new DescribePipeCommand({ Name: stack.orderPipeName }));
  return CurrentState;
}

async function readQueue(stack: Stack): Promise<Machinery['queue']> {
  const connection = connectionOf(stack);
  const { Attributes = {} } = await new SQSClient(connection).send(
    new GetQueueAttributesCommand({
      QueueUrl: stack.orderQueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  const now = Date.now();
  const { Datapoints = [] } = await new CloudWatchClient(connection).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: stack.orderQueueUrl.split('/').at(-1) ?? '' }],
      StartTime: new Date(now - 600_000),
      EndTime: new Date(now),
      Period: 60,
      Statistics: ['Maximum'],
    }),
  );
  const last = Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).at(-1);
  return { waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0), oldestSeconds: last?.Maximum ?? null };
}

/** An alarm of the stack. */
export interface Alarm {
  name: string;
  /** OK, ALARM or INSUFFICIENT_DATA. */
  state: string;
  /** What it tells when it rings, as ARNs. Empty when its actions are switched off. */
  actions: string[];
}

/** The alarms of the stack and of what is nested in it. */
export async function readAlarms(stack: Stack): Promise<Alarm[]> {
  const cloudWatch = new CloudWatchClient(connectionOf(stack));
  const resources = await resourcesOf(stack);
  const names = resources
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm' || type === 'AWS::CloudWatch::CompositeAlarm')
    .map(({ physicalId }) => physicalId);
  const alarms: Alarm[] = [];
  for (let from = 0; from < names.length; from += ALARM_NAMES_AT_ONCE) {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(from, from + ALARM_NAMES_AT_ONCE),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: ALARM_NAMES_AT_ONCE,
      }),
    );
    for (const { AlarmName = '', StateValue = '', AlarmActions = [], ActionsEnabled = true } of [
      ...MetricAlarms,
      ...CompositeAlarms,
    ]) {
      alarms.push({ name: AlarmName, state: StateValue, actions: ActionsEnabled ? AlarmActions : [] });
    }
  }
  return alarms;
}
