import type { HistoryEntry, Order, OrderErrorCode } from './order.ts';

/** Why an order did not go on, in words for its customer. What the workflow wrote is for operators. */
const PLAIN_REASONS: Record<OrderErrorCode, string> = {
  OUT_OF_STOCK: 'a product is out of stock',
  PAYMENT_DECLINED: 'the payment was declined',
  PAYMENT_UNAVAILABLE: 'the payment could not be made',
  VALIDATION_FAILED: 'the order could not be accepted',
  INTERNAL: 'the order could not be completed',
};

/** Details that the history has in plain words already. */
const PLAIN_DETAILS = ['cancelled after completion'];

/** The order's error as its customer sees it. */
export function plainError({ code }: Pick<NonNullable<Order['error']>, 'code'>): {
  code: OrderErrorCode;
  message: string;
} {
  return { code, message: PLAIN_REASONS[code] };
}

/** The detail of a history entry as the order's customer sees it. Undefined when it is the shop's own affair. */
export function plainDetail({ status, detail }: HistoryEntry, { error }: Pick<Order, 'error'>): string | undefined {
  if (detail !== undefined && PLAIN_DETAILS.includes(detail)) return detail;
  if (status === 'FAILED' && error) return plainError(error).message;
  if (status === 'NEEDS_ATTENTION') return 'the shop looks into it';
  return undefined;
}
