import type { components } from '../../api/openapi.generated.d.ts';

type Order = components['schemas']['Order'];
type Entry = Order['history'][number];

/** Nothing more happens to the order on its own. A completed one may still be cancelled. */
export function isAtEnd({ status }: Pick<Order, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

const REASONS: Readonly<Record<NonNullable<Order['error']>['code'], string>> = {
  OUT_OF_STOCK: 'A product was sold out before your order came to it. You pay nothing.',
  PAYMENT_DECLINED: 'Your bank declined the payment. You pay nothing. Order again with another card.',
  PAYMENT_UNAVAILABLE: 'The payment could not be made. You pay nothing. Order again later.',
  VALIDATION_FAILED: 'The order could not be accepted. You pay nothing.',
  INTERNAL: 'Something went wrong on our side. You pay nothing.',
};

/** How the order stands, in a sentence. */
export function wordsForOrder({ status, error, cancelRequested, history }: Order): string {
  switch (status) {
    case 'PENDING':
      return cancelRequested ? 'Your cancellation is under way.' : 'We have your order and start on it in a moment.';
    case 'PROCESSING':
      if (cancelRequested || history.some((entry) => entry.status === 'COMPLETED')) {
        return 'Your cancellation is under way. You get everything back.';
      }
      return 'We reserve your goods and make the payment.';
    case 'COMPLETED':
      return 'Paid and ready. Thank you!';
    case 'FAILED':
      return error ? REASONS[error.code] : REASONS.INTERNAL;
    case 'CANCELLED':
      return 'Your order is cancelled, and everything is given back.';
    case 'NEEDS_ATTENTION':
      return 'Something did not go as it should. A person of the shop looks into it; you need not do anything.';
  }
}

/** An entry of the history, in words. */
export function wordsForEntry(entry: Entry, index: number, history: readonly Entry[]): string {
  const by = entry.by === 'operator' ? ' by the shop' : '';
  const before = history.slice(0, index);
  switch (entry.status) {
    case 'PENDING':
      return 'Order received';
    case 'PROCESSING':
      if (before.some(({ status }) => status === 'COMPLETED')) return `Cancellation started${by}`;
      return before.some(({ status }) => status === 'NEEDS_ATTENTION')
        ? `Taken up again${by}`
        : 'Goods and payment under way';
    case 'COMPLETED':
      return 'Paid and completed';
    case 'FAILED':
      return entry.detail ? `Not completed: ${entry.detail}` : 'Not completed';
    case 'CANCELLED':
      return `Cancelled${by}`;
    case 'NEEDS_ATTENTION':
      return 'The shop looks into it';
  }
}

/** What became of the money, line by line. Empty when none was reserved, as when the bank declined. */
export function wordsForPayment({
  status,
  authorized,
  captured,
  refunded,
}: Order['payment']): { what: string; amount: number }[] {
  switch (status) {
    case 'NONE':
      return [];
    case 'AUTHORIZED':
      return [{ what: 'Reserved on your card', amount: authorized }];
    case 'CAPTURED':
      return [{ what: 'Paid', amount: captured }];
    case 'VOIDED':
      return authorized === 0 ? [] : [{ what: 'Reserved on your card and released', amount: authorized }];
    case 'REFUNDED':
      return [
        { what: 'Paid', amount: captured },
        { what: 'Given back', amount: refunded },
      ];
  }
}

/** Whether a cancel has a chance. The API decides. */
export function mayCancel({ status, cancelRequested }: Pick<Order, 'status' | 'cancelRequested'>): boolean {
  return !cancelRequested && status !== 'FAILED' && status !== 'CANCELLED';
}
