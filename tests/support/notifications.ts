import type { OutcomeEvent } from '../../functions/shared/notifications/outcome-event.schema.ts';
import validateOutcomeEvent from '../../functions/shared/notifications/outcome-event.validator.js';
import { type Inbox, openInbox } from './inbox.ts';
import { stack } from './stack.ts';
import { waitFor } from './wait-for.ts';

/**
 * What a topic delivered, as the event of an outcome.
 *
 * @throws Error when it is none by its schema, or its attributes tell something else
 */
export function outcomeEventOf({ body, attributes }: Awaited<ReturnType<Inbox['messages']>>[number]): OutcomeEvent {
  const event: unknown = body;
  if (!validateOutcomeEvent(event)) {
    const errors = JSON.stringify(validateOutcomeEvent.errors);
    throw new Error(`this is no event of an outcome: ${JSON.stringify(body)}; ${errors}`);
  }
  const { type: eventType, status, noticeId } = event;
  // The event has no correlation id. Its attribute is for whoever delivers, and an order without one has none.
  const { correlationId, ...told } = attributes;
  if (
    JSON.stringify(sorted(told)) !== JSON.stringify(sorted({ eventType, status, noticeId })) ||
    correlationId === ''
  ) {
    throw new Error(`the attributes of ${noticeId} tell something else: ${JSON.stringify(attributes)}`);
  }
  return event;
}

const sorted = (attributes: Record<string, string>) => Object.entries(attributes).sort();

/** Everything that the two topics send while it is open. */
export interface Notifications {
  /** The ids of the notifications delivered for an order, in the order of arrival, repetitions included. */
  of(orderId: string): Promise<string[]>;
  /** Waits until every one of these has arrived, and returns what `of` does. */
  arrived(orderId: string, noticeIds: string[]): Promise<string[]>;
  close(): Promise<void>;
}

export async function openNotifications(): Promise<Notifications> {
  const inboxes: Inbox[] = [await openInbox(stack.notificationsTopicArn), await openInbox(stack.operationsTopicArn)];
  // One reader at a time, so that none returns while another still holds what it has just received.
  let reading: Promise<unknown> = Promise.resolve();

  async function read(orderId: string): Promise<string[]> {
    const messages = (await Promise.all(inboxes.map((inbox) => inbox.messages()))).flat();
    const ours = messages.filter(({ body }) => body.orderId === orderId);
    return ours.map((message) => outcomeEventOf(message).noticeId);
  }

  function of(orderId: string): Promise<string[]> {
    const next = reading.then(() => read(orderId));
    reading = next.catch(() => undefined);
    return next;
  }

  return {
    of,
    async arrived(orderId, noticeIds) {
      let last: string[] = [];
      await waitFor(
        `the notifications ${noticeIds.join(', ')}`,
        async () => {
          last = await of(orderId);
          return noticeIds.every((id) => last.includes(id));
        },
        { seconds: 20 },
      ).catch(() => undefined); // the caller finds what is missing
      return last;
    },
    async close() {
      for (const inbox of inboxes) await inbox.close();
    },
  };
}
