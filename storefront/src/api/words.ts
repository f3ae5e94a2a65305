import { Refusal, Unanswered } from './refusal.ts';

/** What each code of the API means to a customer, and what to do. */
const WORDS: Readonly<Record<string, string>> = {
  VALIDATION_FAILED: 'Something you entered cannot be used. Check it and try again.',
  UNAUTHORIZED: 'Please sign in again.',
  FORBIDDEN: 'This is not for your account.',
  NOT_FOUND: 'We could not find it.',
  NOT_CANCELLABLE: 'This order cannot be cancelled any more.',
  CAPTURE_IN_PROGRESS: 'Your payment is being made at this moment.',
  NOT_RETRYABLE: 'This order does not need another try.',
  INSUFFICIENT_STOCK: 'There is not enough in stock.',
  PAYLOAD_TOO_LARGE: 'That is too much at once. Order fewer different products.',
  UNSUPPORTED_MEDIA_TYPE: 'Something went wrong in this page. Load it again.',
  UNKNOWN_PRODUCT: 'A product in your cart is not sold any more.',
  PRICE_MISMATCH: 'A price has changed since you put it into your cart.',
  MIXED_CURRENCY: 'All products of one order must have the same currency.',
  IDEMPOTENCY_MISMATCH: 'Your earlier try of this order has reached us after all.',
  TOO_MANY_REQUESTS: 'That was too much in a short time.',
  INTERNAL: 'Something went wrong on our side. Nothing is lost; try again in a moment.',
};

const NO_ANSWER = 'We got no answer. Check your connection and try again.';
const OFFLINE = 'You are offline. Try again when you are connected.';

/** An error in words that a customer understands, and what to do about it. */
export function wordsFor(error: unknown, isOnline: boolean): string {
  if (error instanceof Refusal) {
    const words = WORDS[error.code] ?? WORDS.INTERNAL ?? '';
    return error.retryAfterSeconds === undefined ? words : `${words} Try again in ${spell(error.retryAfterSeconds)}.`;
  }
  if (error instanceof Unanswered) return isOnline ? NO_ANSWER : OFFLINE;
  // Our own errors are written for the person who reads them.
  return error instanceof Error && error.name === 'Advice'
    ? error.message
    : 'Something went wrong in this page. Load it again.';
}

/** An error whose text is for the customer. */
export class Advice extends Error {
  override readonly name = 'Advice';
}

/** A time to wait, in words. */
export function spell(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
