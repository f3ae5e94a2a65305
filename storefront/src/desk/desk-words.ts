import type { components } from '../api/openapi.generated.d.ts';
import { Refusal } from '../api/refusal.ts';
import { wordsFor } from '../api/words.ts';

type OrderStatus = components['schemas']['OrderStatus'];

/** What people of the shop call a status. Customers read other words. */
export const STATUSES: Readonly<Record<OrderStatus, string>> = {
  NEEDS_ATTENTION: 'Needs attention',
  PENDING: 'Pending',
  PROCESSING: 'Processing',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
};

/** What each code of the API means at the desk. Those that are missing mean what they mean to customers. */
const WORDS: Readonly<Record<string, string>> = {
  VALIDATION_FAILED: 'The API does not accept something that was entered.',
  FORBIDDEN: 'Your role does not allow this. Nothing was done.',
  NOT_FOUND: 'There is no such thing, or there is no longer.',
  NOT_CANCELLABLE: 'This order has ended in a way that leaves nothing to cancel.',
  CAPTURE_IN_PROGRESS: 'The payment is being captured at this moment. It can be cancelled when that is done.',
  NOT_RETRYABLE: 'This order does not need attention any more, so there is nothing to retry.',
  INSUFFICIENT_STOCK: 'Fewer units are available than are to be taken off. Those that are reserved stay.',
  IDEMPOTENCY_MISMATCH: 'An earlier try with other values has reached the API. Close this, look, and try again.',
  PAYLOAD_TOO_LARGE: 'That is more than the API accepts.',
  INTERNAL: 'The API failed. It may have been done all the same: look before you try again.',
};

/** An error in words for the people of the shop. */
export function deskWords(error: unknown, isOnline: boolean): string {
  if (error instanceof Refusal && Object.hasOwn(WORDS, error.code)) {
    const words = WORDS[error.code] ?? '';
    return error.retryAfterSeconds === undefined ? words : `${words} Try again in ${error.retryAfterSeconds} s.`;
  }
  return wordsFor(error, isOnline);
}

const ACTIONS: Readonly<Record<string, string>> = {
  BREAKER_CLOSED: 'Closed a circuit breaker',
  BREAKERS_INSPECTED: 'Looked at the circuit breakers',
  DEAD_LETTERS_DISCARDED: 'Discarded dead letters',
  DEAD_LETTERS_INSPECTED: 'Looked at the dead letters',
  DEAD_LETTERS_REPLAYED: 'Replayed dead letters',
  IMAGE_UPLOAD_SIGNED: 'Began to upload a picture',
  ORDER_CANCELLED: 'Cancelled an order',
  ORDER_RETRIED: 'Retried an order',
  PRODUCT_CHANGED: 'Changed a product',
  RECONCILE_REQUESTED: 'Had reconcile run',
};

/** What an operator did. An action that this page does not know is shown as it is. */
export function actionInWords(action: string): string {
  return (Object.hasOwn(ACTIONS, action) && ACTIONS[action]) || action;
}

/** An execution by what it was started for; its name begins with the order's id. */
export function executionInWords(name: string): string {
  if (name.endsWith('-cancel')) return 'Cancel';
  const retry = /-retry-(\d+)$/.exec(name)?.[1];
  return retry === undefined ? 'First execution' : `Retry ${retry}`;
}
