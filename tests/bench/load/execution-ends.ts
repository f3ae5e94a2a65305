import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { sqs } from '../../support/stack.ts';

/** The end of an execution, as Step Functions tells it on the bus. */
interface End {
  status: string;
  /** Milliseconds of the epoch. */
  at: number;
}

/** Hears of executions that end, from the events of Step Functions, so that nothing is asked again and again. */
export interface ExecutionEnds {
  /**
   * Waits for the end of an execution.
   *
   * @returns when it ended, in milliseconds of the epoch
   * @throws Error when it did not succeed, or nothing was heard within two minutes
   */
  endOf(name: string): Promise<number>;
  close(): Promise<void>;
}

const MOST_WAIT_MS = 120_000;

/** @param queueUrl the queue that the events come to; nobody else may receive from it */
export function listenForEnds(queueUrl: string): ExecutionEnds {
  const ends = new Map<string, End>();
  const waiting = new Map<string, (end: End) => void>();
  const closing = new AbortController();

  const hear = async () => {
    while (!closing.signal.aborted) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
        { abortSignal: closing.signal },
      );
      for (const { Body = '{}' } of Messages) {
        const { detail } = JSON.parse(Body) as { detail: { name: string; status: string; stopDate: number } };
        const end = { status: detail.status, at: detail.stopDate };
        ends.set(detail.name, end);
        waiting.get(detail.name)?.(end);
      }
      if (Messages.length === 0) continue;
      await sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
  };
  const hearing = hear().catch((error) => {
    if (!closing.signal.aborted) throw error;
  });
  // Whoever waits finds out by its own deadline; `close` tells why.
  hearing.catch(() => undefined);

  return {
    async endOf(name) {
      const end =
        ends.get(name) ??
        (await new Promise<End>((found, missed) => {
          const deadline = setTimeout(() => missed(new Error(`the end of ${name} was not heard of`)), MOST_WAIT_MS);
          waiting.set(name, (heard) => {
            clearTimeout(deadline);
            found(heard);
          });
        }));
      waiting.delete(name);
      ends.delete(name);
      if (end.status !== 'SUCCEEDED') throw new Error(`the execution ${name} ended ${end.status}`);
      return end.at;
    },
    async close() {
      closing.abort();
      await hearing;
    },
  };
}
