import type { CustomerEvent, OrderForMail } from './render-email.ts';

/** The SMS about an outcome. The texts replace it. */
export function renderSms(event: CustomerEvent, order: OrderForMail): string {
  return `${event.type} ${order.orderId}`;
}
