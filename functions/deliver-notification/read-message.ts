import isOutcomeEvent from '../shared/notifications/outcome-event.validator.js';
import type { CustomerEvent } from './render-email.ts';

/** The message is no event for customers, and never will be. After its last receive it is in the dead-letter queue. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused';
}

/**
 * Reads the body of a message from the topic.
 *
 * @throws MessageRefused when it is not JSON, has another shape, or is for operators.
 */
export function readMessage(body: string): CustomerEvent {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    throw new MessageRefused('not JSON');
  }
  if (!isOutcomeEvent(event)) throw new MessageRefused('not an outcome event');
  if (event.type === 'OrderNeedsAttention') throw new MessageRefused('an event for operators');
  return event;
}
