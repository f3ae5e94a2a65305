import { v4, v5 } from 'uuid';

/** Namespace of the order ids that derive from an Idempotency-Key. Changing it forgets every key ever used. */
const NAMESPACE = '9f0ce0a1-5c0b-4f43-8a54-0c1de5ad2c8e';

/** What an order id looks like. Whatever else stands in a path or a message is not an order. */
export const ORDER_ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
const ORDER_ID = new RegExp(ORDER_ID_PATTERN);

/** Whether a text can be the id of an order. */
export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text);
}

/** A new order id, which nobody can guess. */
export function randomOrderId(): string {
  return v4();
}

/**
 * The order id that one customer's Idempotency-Key always leads to.
 *
 * @param key printable characters only: a line break could let two pairs of customer and key meet in one id.
 */
export function derivedOrderId(customerId: string, key: string): string {
  return v5(`${customerId}\n${key}`, NAMESPACE);
}
