/** Every kind of outcome that a customer is told about, made from the sample orders of events/notify. */
import sampleEvents from '../../events/notify/expected.json' with { type: 'json' };
import type { CustomerEvent, OrderForMail } from '../../functions/deliver-notification/render-email.ts';
import { toDecimal } from '../../functions/shared/money.ts';
import type { Order } from '../../functions/shared/orders/order.ts';

export const SAMPLE_ORDER_ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

export interface Sample {
  event: CustomerEvent;
  order: OrderForMail;
}

/** The samples by name: `completed`, `failed`, `refunded` and `cancelled`. */
export function sampleNotifications(locale = 'en'): Record<'completed' | 'failed' | 'refunded' | 'cancelled', Sample> {
  return {
    completed: sample('completed', locale, { type: 'OrderCompleted', status: 'COMPLETED' }),
    failed: sample('failed', locale, {
      type: 'OrderFailed',
      status: 'FAILED',
      reasonCode: 'PAYMENT_DECLINED',
      reason: 'the payment was declined',
    }),
    refunded: sample('cancelled', locale, { type: 'OrderCancelled', status: 'CANCELLED', refundedAmount: 89.97 }),
    cancelled: sample('cancelled', locale, { type: 'OrderCancelled', status: 'CANCELLED', refundedAmount: 0 }),
  };
}

type Common = 'version' | 'noticeId' | 'orderId' | 'sequence' | 'at' | 'totalAmount' | 'currency';
type Outcome = CustomerEvent extends infer Event ? (Event extends CustomerEvent ? Omit<Event, Common> : never) : never;

function sample(name: string, locale: string, outcome: Outcome): Sample {
  const { [name]: scenario } = sampleEvents as unknown as Record<string, { given?: { orders?: Order[] } }>;
  const row = scenario?.given?.orders?.[0];
  if (!row) throw new Error(`events/notify/expected.json has no order for ${name}`);
  const order = { ...row, orderId: SAMPLE_ORDER_ID, contact: { email: 'customer@example.com', locale } };
  const event = {
    ...outcome,
    version: 1,
    noticeId: `${SAMPLE_ORDER_ID}:${row.history.length - 1}`,
    orderId: SAMPLE_ORDER_ID,
    sequence: row.history.length - 1,
    at: row.history.at(-1)?.at ?? row.createdAt,
    totalAmount: toDecimal(row.total),
    currency: row.currency,
  } as CustomerEvent;
  return { event, order };
}
