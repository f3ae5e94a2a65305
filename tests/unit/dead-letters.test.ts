import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { discardDeadLetters, inspectDeadLetters, replayDeadLetters } from '../../functions/admin-dlq/dead-letters.ts';

const DLQ = 'dlq';
const ORDERS = 'orders';

interface Letter {
  message: Message;
  hidden: boolean;
}

/** Two queues that behave as those of SQS do. A test can make an operation fail for one message. */
class MemoryQueues {
  letters: Letter[] = [];
  readonly sent: { body: string | undefined; attributes: unknown }[] = [];
  clock = 0;
  millisecondsEach = 0;
  fails: (command: unknown) => boolean = () => false;

  bury(body: string, attributes?: Message['MessageAttributes']): string {
    const MessageId = randomUUID();
    const message: Message = {
      MessageId,
      ReceiptHandle: `receipt-${MessageId}`,
      Body: body,
      Attributes: { SentTimestamp: '1767225600000', ApproximateReceiveCount: '4' },
      ...(attributes && { MessageAttributes: attributes }),
    };
    this.letters.push({ message, hidden: false });
    return MessageId;
  }

  get visible(): (string | undefined)[] {
    return this.letters.filter(({ hidden }) => !hidden).map(({ message }) => message.MessageId);
  }

  get all(): (string | undefined)[] {
    return this.letters.map(({ message }) => message.MessageId);
  }

  get access() {
    const sqs = { send: async (command: unknown) => this.answer(command) } as unknown as SQSClient;
    return { sqs, dlqUrl: DLQ, orderQueueUrl: ORDERS, now: () => this.clock };
  }

  private answer(command: unknown): unknown {
    this.clock += this.millisecondsEach;
    if (this.fails(command)) throw new Error('the queue does not answer');
    if (command instanceof ReceiveMessageCommand) {
      expect(command.input.QueueUrl).toBe(DLQ);
      const found = this.letters.filter(({ hidden }) => !hidden).slice(0, command.input.MaxNumberOfMessages);
      for (const letter of found) letter.hidden = true;
      return { Messages: found.map(({ message }) => message) };
    }
    if (command instanceof ChangeMessageVisibilityCommand) {
      const letter = this.letters.find(({ message }) => message.ReceiptHandle === command.input.ReceiptHandle);
      if (letter) letter.hidden = command.input.VisibilityTimeout !== 0;
      return {};
    }
    if (command instanceof SendMessageCommand) {
      expect(command.input.QueueUrl).toBe(ORDERS);
      this.sent.push({ body: command.input.MessageBody, attributes: command.input.MessageAttributes });
      return {};
    }
    if (command instanceof DeleteMessageCommand) {
      this.letters = this.letters.filter(({ message }) => message.ReceiptHandle !== command.input.ReceiptHandle);
      return {};
    }
    throw new Error('unknown command');
  }
}

let queues: MemoryQueues;

beforeEach(() => {
  queues = new MemoryQueues();
});

describe('inspectDeadLetters', () => {
  test('shows the requested number of messages and leaves all of them visible', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => queues.bury(`{"orderId":"o-${index}"}`));
    const shown = await inspectDeadLetters(23, queues.access);
    expect(shown).toHaveLength(23);
    expect(new Set(shown.map(({ messageId }) => messageId)).size).toBe(23);
    expect(queues.visible).toEqual(ids);
  });

  test('shows when a message was sent, how often it was received, and its order', async () => {
    const messageId = queues.bury('{"orderId":"o-1","createdAt":"x"}');
    expect(await inspectDeadLetters(1, queues.access)).toEqual([
      {
        messageId,
        sentAt: '2026-01-01T00:00:00.000Z',
        receiveCount: 4,
        body: '{"orderId":"o-1","createdAt":"x"}',
        orderId: 'o-1',
      },
    ]);
  });

  test.each(['not json', 'null', '3', '"text"', '[]', '{"orderId":7}', ''])(
    'shows the body %j as it is',
    async (body) => {
      queues.bury(body);
      const [letter] = await inspectDeadLetters(1, queues.access);
      expect(letter).toMatchObject({ body });
      expect(letter).not.toHaveProperty('orderId');
    },
  );

  test('shows the first 4000 characters of a long body', async () => {
    queues.bury('x'.repeat(300_000));
    const [letter] = await inspectDeadLetters(1, queues.access);
    expect(letter?.body).toHaveLength(4000);
  });

  test('ends in time on a slow queue, and shows the messages that it has received', async () => {
    for (let index = 0; index < 100; index += 1) queues.bury('{}');
    queues.millisecondsEach = 5000;
    expect(await inspectDeadLetters(100, queues.access)).toHaveLength(30);
  });

  test('does not fail when a message cannot be made visible again, because that happens by itself', async () => {
    queues.bury('{}');
    queues.fails = (command) => command instanceof ChangeMessageVisibilityCommand;
    expect(await inspectDeadLetters(10, queues.access)).toHaveLength(1);
    expect(queues.all).toHaveLength(1);
  });
});

describe('replayDeadLetters', () => {
  test('sends messages unchanged, up to the limit, and makes the others visible again', async () => {
    const attributes = { trace: { DataType: 'String', StringValue: 't-1' } };
    const ids = ['a', 'b', 'c'].map((body) => queues.bury(body, attributes));
    const { replayed, failed, notFound } = await replayDeadLetters({ limit: 2 }, queues.access);
    expect(replayed.map(({ messageId }) => messageId)).toEqual(ids.slice(0, 2));
    expect([failed, notFound]).toEqual([[], []]);
    expect(queues.sent).toEqual([
      { body: 'a', attributes },
      { body: 'b', attributes },
    ]);
    expect(queues.visible).toEqual(ids.slice(2));
  });

  test('finds a named message behind many others, and makes those visible again', async () => {
    const others = Array.from({ length: 35 }, () => queues.bury('{}'));
    const wanted = queues.bury('{"orderId":"o-1"}');
    const result = await replayDeadLetters({ messageIds: [wanted, 'missing'] }, queues.access);
    expect(result).toEqual({
      replayed: [{ messageId: wanted, orderId: 'o-1' }],
      failed: [],
      notFound: ['missing'],
    });
    expect(queues.sent).toHaveLength(1);
    expect(queues.visible).toEqual(others);
  });

  test('finds a named message that another reader has received just before', async () => {
    const wanted = queues.bury('{"orderId":"o-1"}');
    for (const letter of queues.letters) letter.hidden = true;
    let receives = 0;
    queues.fails = (command) => {
      if (command instanceof ReceiveMessageCommand) receives += 1;
      if (receives === 3) for (const letter of queues.letters) letter.hidden = false;
      return false;
    };
    expect((await replayDeadLetters({ messageIds: [wanted] }, queues.access)).replayed).toHaveLength(1);
  });

  test('keeps a message that could not be sent', async () => {
    const [lost, good] = [queues.bury('lost'), queues.bury('good')];
    queues.fails = (command) => command instanceof SendMessageCommand && command.input.MessageBody === 'lost';
    const result = await replayDeadLetters({}, queues.access);
    expect(result).toEqual({ replayed: [{ messageId: good }], failed: [lost], notFound: [] });
    expect(queues.visible).toEqual([lost]);
  });

  test('reports a message that was sent and could not be deleted', async () => {
    const messageId = queues.bury('{}');
    queues.fails = (command) => command instanceof DeleteMessageCommand;
    expect(await replayDeadLetters({}, queues.access)).toEqual({ replayed: [], failed: [messageId], notFound: [] });
    expect(queues.sent).toHaveLength(1);
    expect(queues.visible).toEqual([messageId]);
  });

  test('does nothing with an empty queue', async () => {
    expect(await replayDeadLetters({}, queues.access)).toEqual({ replayed: [], failed: [], notFound: [] });
  });
});

describe('discardDeadLetters', () => {
  test('deletes the named messages, sends none, and leaves the others visible', async () => {
    const stays = queues.bury('{"orderId":"o-1"}');
    const goes = queues.bury('{"orderId": oops');
    const named = queues.bury('{"orderId":"o-2"}');

    const result = await discardDeadLetters({ messageIds: [goes, named, 'missing'] }, queues.access);

    expect(result).toEqual({
      discarded: [{ messageId: goes }, { messageId: named, orderId: 'o-2' }],
      failed: [],
      notFound: ['missing'],
    });
    expect(queues.all).toEqual([stays]);
    expect(queues.visible).toEqual([stays]);
    expect(queues.sent).toEqual([]);
  });

  test('says which message could not be deleted, and makes it visible again', async () => {
    const [first = '', second = ''] = [queues.bury('one'), queues.bury('two')];
    queues.fails = (command) =>
      command instanceof DeleteMessageCommand && command.input.ReceiptHandle === `receipt-${first}`;

    const result = await discardDeadLetters({ messageIds: [first, second] }, queues.access);

    expect(result).toEqual({ discarded: [{ messageId: second }], failed: [first], notFound: [] });
    expect(queues.visible).toEqual([first]);
  });
});
