import type { components } from '../storefront/src/api/openapi.generated.d.ts';
import { paymentInWords } from '../storefront/src/api/payment-words.ts';
import { shortTime, table } from './table.ts';

type Order = components['schemas']['Order'];

/**
 * An order as operators read it in a terminal. The customer's name and address are left out: terminals are recorded, and
 * `--json` has them.
 */
export function orderText(order: Order): string {
  const { orderId, status, createdAt, totalAmount, currency, payment, error, items, history } = order;
  const { authorized, captured, refunded } = payment;
  const amounts = `${authorized.toFixed(2)} authorized, ${captured.toFixed(2)} captured, ${refunded.toFixed(2)} refunded`;
  const facts = [
    ['order', orderId],
    ['status', `${status}${order.cancelRequested ? ', a cancel is requested' : ''}`],
    ['placed', `${shortTime(createdAt)} UTC`],
    ['total', `${totalAmount.toFixed(2)} ${currency}`],
    ['payment', `${paymentInWords(order)}${payment.status === 'NONE' ? '' : `; ${amounts}`}`],
    ...(error ? [['error', `${error.code}${error.state ? ` in ${error.state}` : ''}: ${error.message}`]] : []),
  ];
  const lines = items.map(({ quantity, productId, name, price }) => [quantity, productId, name, price.toFixed(2)]);
  const past = history.map(({ at, status, detail, by }) => [
    shortTime(at),
    status,
    [detail, by].filter(Boolean).join(', '),
  ]);
  return [
    facts.map(([name = '', value = '']) => `${name.padEnd(8)}${value}`).join('\n'),
    table(['units', 'product', 'name', 'price'], lines, ''),
    table(['when (UTC)', 'status', 'what'], past, ''),
  ].join('\n\n');
}
