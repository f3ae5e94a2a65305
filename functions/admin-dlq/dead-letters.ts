import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DlqDiscard } from './dlq-discard.schema.ts';
import type { DlqReplay } from './dlq-replay.schema.ts';

export interface DeadLetterQueue {
  sqs: SQSClient;
  dlqUrl: string;
  orderQueueUrl: string;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** A message that could not be dispatched, as the API shows it. */
export interface DeadLetter {
  messageId: string;
  /** When it was first sent, ISO 8601. It expires 14 days later. */
  sentAt: string;
  /** How often it was received. Each inspection by an operator counts too. */
  receiveCount: number;
  /** The message's text, cut to 4,000 characters. */
  body: string;
  orderId?: string;
}

export interface ReplayResult {
  replayed: { messageId: string; orderId?: string }[];
  /** Could not be sent or deleted now. They are still in the dead-letter queue, and may be in the order queue too. */
  failed: string[];
  /** Ids that the request names and that are not in the queue, or are hidden because another call replays them. */
  notFound: string[];
}

export interface DiscardResult {
  discarded: { messageId: string; orderId?: string }[];
  /** Could not be deleted now. They are still in the dead-letter queue. */
  failed: string[];
  /** Ids that the request names and that are not in the queue, or are hidden because another call handles them. */
  notFound: string[];
}

const MAX_BODY_SHOWN = 4000;
/** Enough to list the messages. They become visible again after this time, even when the inspection dies. */
const INSPECT_SECONDS = 20;
/** Longer than the function may run, so that no other call sends or deletes the same messages. */
const REPLAY_SECONDS = 60;
const MAX_REPLAYED = 100;
/** Leaves time to make received messages visible again. */
const RECEIVE_FOR_MS = 12_000;

/** Returns up to `limit` dead letters, in no order, and makes them visible again at once. */
export async function inspectDeadLetters(limit: number, from: DeadLetterQueue): Promise<DeadLetter[]> {
  const messages = await receive(from, {
    hideSeconds: INSPECT_SECONDS,
    isEnough: (received) => received.length >= limit,
    atMost: limit,
  });
  await makeVisible(messages, from);
  return messages.map(toDeadLetter);
}

/**
 * Sends dead letters to the order queue again and deletes them afterwards. A message that is sent twice does no harm,
 * because the execution is named after the order. A message that is deleted and not sent would lose its order.
 */
export async function replayDeadLetters(
  { messageIds, limit = MAX_REPLAYED }: Pick<DlqReplay, 'messageIds' | 'limit'>,
  from: DeadLetterQueue,
): Promise<ReplayResult> {
  const { messages, chosen } = await take({ messageIds, limit }, from);
  const failed: Message[] = [];
  await inBatches(chosen, async (message) => {
    if (!(await moveToOrderQueue(message, from))) failed.push(message);
  });
  await makeVisible(failed, from);

  const found = new Set(messages.map(({ MessageId }) => MessageId));
  return {
    replayed: chosen.filter((message) => !failed.includes(message)).map(toName),
    failed: failed.map(({ MessageId = '' }) => MessageId),
    notFound: (messageIds ?? []).filter((id) => !found.has(id)),
  };
}

/**
 * Deletes dead letters that no replay can help, such as a text that is no order message. Only those that are named: who
 * discards one has looked at it. An order loses nothing by it, because reconcile sends the message of an order that
 * stays PENDING again.
 */
export async function discardDeadLetters(
  { messageIds }: Pick<DlqDiscard, 'messageIds'>,
  from: DeadLetterQueue,
): Promise<DiscardResult> {
  const { messages, chosen } = await take({ messageIds, limit: messageIds.length }, from);
  const failed: Message[] = [];
  await inBatches(chosen, async ({ ReceiptHandle, ...message }) => {
    try {
      await from.sqs.send(new DeleteMessageCommand({ QueueUrl: from.dlqUrl, ReceiptHandle }));
    } catch {
      failed.push({ ReceiptHandle, ...message });
    }
  });
  await makeVisible(failed, from);
  const kept = new Set(failed.map(({ MessageId = '' }) => MessageId));
  const found = new Set(messages.map(({ MessageId }) => MessageId));
  return {
    discarded: chosen.filter(({ MessageId = '' }) => !kept.has(MessageId)).map(toName),
    failed: [...kept],
    notFound: messageIds.filter((id) => !found.has(id)),
  };
}

/** Receives the named messages, or any, and makes the others that it met visible again. */
async function take(
  { messageIds, limit }: { messageIds: readonly string[] | undefined; limit: number },
  from: DeadLetterQueue,
): Promise<{ messages: Message[]; chosen: Message[] }> {
  const wanted = messageIds && new Set(messageIds);
  const isWanted = ({ MessageId = '' }: Message) => !wanted || wanted.has(MessageId);
  const enough = Math.min(limit, wanted?.size ?? limit);
  // A message that the request names may be hidden for a moment by an inspection.
  const messages = await receive(from, {
    hideSeconds: REPLAY_SECONDS,
    isEnough: (received) => received.filter(isWanted).length >= enough,
    emptyReceives: wanted ? 3 : 1,
  });
  const chosen = messages.filter(isWanted).slice(0, limit);
  await makeVisible(
    messages.filter((message) => !chosen.includes(message)),
    from,
  );
  return { messages, chosen };
}

/** By what a message is named in an answer: its id, and the order that it is of. */
function toName(message: Message): { messageId: string; orderId?: string } {
  const { messageId, orderId } = toDeadLetter(message);
  return { messageId, ...(orderId !== undefined && { orderId }) };
}

interface Search {
  hideSeconds: number;
  isEnough: (received: Message[]) => boolean;
  atMost?: number;
  /** After this many receives without a message, the queue counts as empty. */
  emptyReceives?: number;
}

/** Receives messages until there are enough, the queue is empty, or the time is over. */
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
        // A receive that waits asks all servers of the queue. One that does not wait asks some and may miss messages.
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        MessageAttributeNames: ['All'],
      }),
      // More than the second that it waits by itself.
      { requestTimeout: 3000 },
    );
    empty = Messages.length === 0 ? empty + 1 : 0;
    received.push(...Messages);
  }
  return received;
}

/** Makes messages visible again at once. Where that fails, they become visible later by themselves. */
async function makeVisible(messages: Message[], { sqs, dlqUrl }: DeadLetterQueue): Promise<void> {
  await inBatches(messages, async ({ ReceiptHandle }) => {
    const back = new ChangeMessageVisibilityCommand({ QueueUrl: dlqUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await sqs.send(back).catch(() => undefined);
  });
}

async function moveToOrderQueue(message: Message, { sqs, dlqUrl, orderQueueUrl }: DeadLetterQueue): Promise<boolean> {
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

async function inBatches(messages: Message[], work: (message: Message) => Promise<void>): Promise<void> {
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
    body: Body.slice(0, MAX_BODY_SHOWN),
    ...(orderId !== undefined && { orderId }),
  };
}

/** A dead letter may have any text. A wrong text is often why it is one. */
function orderIdIn(body: string): string | undefined {
  try {
    const { orderId } = (JSON.parse(body) ?? {}) as { orderId?: unknown };
    return typeof orderId === 'string' ? orderId : undefined;
  } catch {
    return undefined;
  }
}
