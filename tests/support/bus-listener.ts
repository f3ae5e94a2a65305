import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { aws, sqs, stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

export interface BusEvent {
  source: string;
  'detail-type': string;
  detail: { orderId: string; sequence: number; [member: string]: unknown };
  /** Present when the event comes from an archive. */
  'replay-name'?: string;
}

export interface BusListener {
  /** Every event of an order that has come so far, in the order of arrival, repetitions included. */
  of(orderId: string): Promise<BusEvent[]>;
  /** Waits until these sequences of an order have come, and returns what `of` does, also when some are missing. */
  arrived(orderId: string, sequences: number[], seconds?: number): Promise<BusEvent[]>;
  close(): Promise<void>;
}

const cloudFormation = new CloudFormationClient(aws);
const TEMPLATE = readFileSync(join(__dirname, '../../docs/events/example-listener/template.yaml'), 'utf8');

/** The stack that docs/events/order-events.md shows as an example, deployed as another system would. Close it at the end. */
export async function deployBusListener(): Promise<BusListener> {
  const StackName = `listener-${randomUUID()}`;
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: TEMPLATE,
      Parameters: [{ ParameterKey: 'OrderEventsBusArn', ParameterValue: stack.outputs.OrderEventsBusArn }],
    }),
  );
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 30, minDelay: 1 }, { StackName });
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  const QueueUrl = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'OrderEventsQueueUrl')?.OutputValue;

  const byOrder = new Map<string, BusEvent[]>();
  // One reader at a time, so that none returns while another still holds what it has just received.
  let reading: Promise<unknown> = Promise.resolve();

  async function receive(): Promise<void> {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return;
      for (const message of Messages) keep(message);
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  function keep({ Body = '{}' }: Message): void {
    const event = JSON.parse(Body) as BusEvent;
    const { orderId } = event.detail;
    byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), event]);
  }

  function of(orderId: string): Promise<BusEvent[]> {
    const next = reading.then(receive).then(() => byOrder.get(orderId) ?? []);
    reading = next.catch(() => undefined);
    return next;
  }

  return {
    of,
    async arrived(orderId, sequences, seconds = 20) {
      let last: BusEvent[] = [];
      await waitFor(
        `the events ${sequences.join(', ')} of order ${orderId}`,
        async () => {
          last = await of(orderId);
          return sequences.every((sequence) => last.some(({ detail }) => detail.sequence === sequence));
        },
        { seconds },
      ).catch(() => undefined); // the caller finds what is missing
      return last;
    },
    async close() {
      await cloudFormation.send(new DeleteStackCommand({ StackName }));
    },
  };
}
