import { randomUUID } from 'node:crypto';
import { v5 } from 'uuid';

/** Namespace of the order ids that derive from an Idempotency-Key. With another value, every used key is unknown. */
const NAMESPACE = '9f0ce0a1-5c0b-4f43-8a54-0c1de5ad2c8e';

/** The pattern of an order id. Any other text in a path or a message names no order. */
export const ORDER_ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
const ORDER_ID = new RegExp(ORDER_ID_PATTERN);

/** Whether a text can be the id of an order. */
export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text);
}

/** A new random order id, which cannot be guessed. */
export function randomOrderId(): string {
  return randomUUID();
}

/**
 * The order id that derives from a customer and an Idempotency-Key. The same pair always gives the same id.
 *
 * @param key printable characters only. With a line break in it, two different pairs could have the same id.
 */
export function derivedOrderId(customerId: string, key: string): string {
  return v5(`${customerId}\n${key}`, NAMESPACE);
}
