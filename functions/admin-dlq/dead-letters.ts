import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DlqReplay } from './dlq-replay.schema.ts';

export interface DeadLetterQueue {
  sqs: SQSClient;
  dlqUrl: string;
  orderQueueUrl: string;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A message that could not be dispatched, as an operator sees it. */
export interface DeadLetter {
  messageId: string;
  /** When it was first sent, ISO 8601; it expires 14 days later. */
  sentAt: string;
  /** How often it was received, looks of operators included. */
  receiveCount: number;
  /** What it says, cut off where it is long. */
  body: string;
  orderId?: string;
}

export interface ReplayResult {
  replayed: { messageId: string; orderId?: string }[];
  /** Could not be sent or deleted now: they are in the queue of dead letters still, and may be in the other one too. */
  failed: string[];
  /** Named, and not there, or hidden because somebody else replays it. */
  notFound: string[];
}

const BODY_SHOWN = 4000;
/** Enough to list them; a look that dies gives them back by itself then. */
const INSPECT_SECONDS = 20;
/** Longer than the function may run, so that no other replay sends what this one is sending. */
const REPLAY_SECONDS = 60;
const REPLAY_AT_MOST = 100;
/** Leaves time to give back what was received. */
const RECEIVE_FOR_MS = 12_000;

/** Shows up to `limit` dead letters, in no particular order, and puts them back at once. */
export async function inspectDeadLetters(limit: number, from: DeadLetterQueue): Promise<DeadLetter[]> {
  const messages = await receive(from, {
    hideSeconds: INSPECT_SECONDS,
    isEnough: (received) => received.length >= limit,
    atMost: limit,
  });
  await putBack(messages, from);
  return messages.map(toDeadLetter);
}

/**
 * Sends dead letters to the order queue again and then deletes them. A message that is sent twice does no harm, because
 * an order's execution has the order's name; one that is deleted unsent would be an order lost.
 */
export async function replayDeadLetters(
  { messageIds, limit = REPLAY_AT_MOST }: Pick<DlqReplay, 'messageIds' | 'limit'>,
  from: DeadLetterQueue,
): Promise<ReplayResult> {
  const wanted = messageIds && new Set(messageIds);
  const isWanted = ({ MessageId = '' }: Message) => !wanted || wanted.has(MessageId);
  const enough = Math.min(limit, wanted?.size ?? limit);
  // One that is named may be hidden for a moment because somebody else is looking at it.
  const messages = await receive(from, {
    hideSeconds: REPLAY_SECONDS,
    isEnough: (received) => received.filter(isWanted).length >= enough,
    emptyReceives: wanted ? 3 : 1,
  });

  const chosen = messages.filter(isWanted).slice(0, limit);
  await putBack(
    messages.filter((message) => !chosen.includes(message)),
    from,
  );
  const failed: Message[] = [];
  await inTens(chosen, async (message) => {
    if (!(await moved(message, from))) failed.push(message);
  });
  await putBack(failed, from);

  const found = new Set(messages.map(({ MessageId }) => MessageId));
  return {
    replayed: chosen
      .filter((message) => !failed.includes(message))
      .map(toDeadLetter)
      .map(({ messageId, orderId }) => ({ messageId, ...(orderId !== undefined && { orderId }) })),
    failed: failed.map(({ MessageId = '' }) => MessageId),
    notFound: (messageIds ?? []).filter((id) => !found.has(id)),
  };
}

interface Search {
  hideSeconds: number;
  isEnough: (received: Message[]) => boolean;
  atMost?: number;
  /** How often nothing has to come until there is nothing. */
  emptyReceives?: number;
}

/** Receives until there are enough, the queue gives no more, or it takes too long. */
async function receive(
  { sqs, dlqUrl, now }: DeadLetterQueue,
  { hideSeconds, isEnough, atMost = Number.POSITIVE_INFINITY, emptyReceives = 1 }: Search,
): Promise<Message[]> {
  const received: Message[] = [];
  let empty = 0;
  for (const until = now() + RECEIVE_FOR_MS; now() < until && empty < emptyReceives && !isEnough(received); ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: dlqUrl,
        MaxNumberOfMessages: Math.min(10, atMost - received.length),
        VisibilityTimeout: hideSeconds,
        // Waiting asks every server of the queue; not waiting asks some, and may miss what is there.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        MessageAttributeNames: ['All'],
      }),
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    received.push(...Messages);
  }
  return received;
}

/** A message whose time is not cut short comes back by itself, only later. */
async function putBack(messages: Message[], { sqs, dlqUrl }: DeadLetterQueue): Promise<void> {
  await inTens(messages, async ({ ReceiptHandle }) => {
    const back = new ChangeMessageVisibilityCommand({ QueueUrl: dlqUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await sqs.send(back).catch(() => undefined);
  });
}

async function moved(message: Message, { sqs, dlqUrl, orderQueueUrl }: DeadLetterQueue): Promise<boolean> {
  try {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: orderQueueUrl,
        MessageBody: message.Body,
        ...(message.MessageAttributes && { MessageAttributes: message.MessageAttributes }),
      }),
    );
    await sqs.send(new DeleteMessageCommand({ QueueUrl: dlqUrl, ReceiptHandle: message.ReceiptHandle }));
    return true;
  } catch {
    return false;
  }
}

async function inTens(messages: Message[], work: (message: Message) => Promise<void>): Promise<void> {
  for (let from = 0; from < messages.length; from += 10) {
    await Promise.all(messages.slice(from, from + 10).map(work));
  }
}

function toDeadLetter({ MessageId = '', Body = '', Attributes }: Message): DeadLetter {
  const orderId = orderIdIn(Body);
  return {
    messageId: MessageId,
    sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString(),
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 0),
    body: Body.slice(0, BODY_SHOWN),
    ...(orderId !== undefined && { orderId }),
  };
}

/** A dead letter may be anything, and often is one because it is not what it should be. */
function orderIdIn(body: string): string | undefined {
  try {
    const { orderId } = (JSON.parse(body) ?? {}) as { orderId?: unknown };
    return typeof orderId === 'string' ? orderId : undefined;
  } catch {
    return undefined;
  }
}
