import type { OutcomeEvent } from '../shared/notifications/outcome-event.schema.ts';
import type { Order } from '../shared/orders/order.ts';

/** What customers are told. */
export type CustomerEvent = Exclude<OutcomeEvent, { type: 'OrderNeedsAttention' }>;
export type OrderForMail = Pick<Order, 'orderId' | 'createdAt' | 'items' | 'total' | 'currency' | 'contact'>;

/** A text, or a value of the order, is missing. */
export class TextMissing extends Error {
  override readonly name = 'TextMissing';
}

/** The e-mail about an outcome. The templates replace it. */
export function renderEmail(event: CustomerEvent, order: OrderForMail, _shop: { name?: string }) {
  const lines = order.items.map(({ name, quantity }) => {
    if (name === undefined) throw new TextMissing('items.name');
    return `${quantity} x ${name}`;
  });
  const reason = 'reason' in event ? [event.reason] : [];
  const text = [event.type, order.orderId, ...lines, ...reason, event.totalAmount, event.currency].join('\n');
  return { subject: `${event.type} ${order.orderId}`, html: text, text };
}
