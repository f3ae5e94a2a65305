import { Problem, type ProblemDetail } from '../shared/api/problem.ts';
import type { Product } from '../shared/catalogue/product.ts';
import { toDecimal, toMinorUnits } from '../shared/money.ts';
import type { LineItem } from '../shared/orders/order.ts';
import type { OrderRequest } from './order-request.schema.ts';

/** An order's line items at the catalogue's prices. Amounts are minor units. */
export interface PricedOrder {
  items: LineItem[];
  total: number;
  currency: string;
}

/** The most units of one product that an order may have, over all its line items. */
const MAX_QUANTITY = 999;

/**
 * Prices a request from the catalogue. Line items of the same product are merged. Prices that the client states are
 * compared and never used.
 *
 * @throws Problem VALIDATION_FAILED (too many units of one product), UNKNOWN_PRODUCT, PRICE_MISMATCH or MIXED_CURRENCY,
 * with the line items at fault.
 */
export function priceOrder(
  request: Pick<OrderRequest, 'items' | 'totalAmount'>,
  catalogue: ReadonlyMap<string, Product>,
): PricedOrder {
  const unknown: ProblemDetail[] = [];
  const tooMany: ProblemDetail[] = [];
  const differing: ProblemDetail[] = [];
  const currencies = new Set<string>();
  const lines = new Map<string, LineItem>();
  let total = 0;

  for (const [index, { productId, quantity, price }] of request.items.entries()) {
    const product = catalogue.get(productId);
    if (!product) {
      unknown.push({ pointer: `/items/${index}/productId`, detail: `${productId} is not in the catalogue` });
      continue;
    }
    if (price !== undefined && toMinorUnits(price) !== product.price) {
      differing.push({ pointer: `/items/${index}/price`, detail: `the price is ${toDecimal(product.price)}` });
    }
    const line = lines.get(productId) ?? { productId, name: product.name, quantity: 0, unitPrice: product.price };
    line.quantity += quantity;
    if (line.quantity > MAX_QUANTITY) {
      tooMany.push({
        pointer: `/items/${index}/quantity`,
        detail: `must be at most ${MAX_QUANTITY} units of one product, over all line items`,
      });
    }
    lines.set(productId, line);
    currencies.add(product.currency);
    total += product.price * quantity;
  }

  if (tooMany.length > 0) throw new Problem('VALIDATION_FAILED', 'too many units of one product', { errors: tooMany });
  if (unknown.length > 0) throw new Problem('UNKNOWN_PRODUCT', 'a product does not exist', { errors: unknown });
  const [currency, ...others] = currencies;
  if (currency === undefined || others.length > 0) {
    throw new Problem('MIXED_CURRENCY', 'all products of an order must have the same currency');
  }
  if (request.totalAmount !== undefined && toMinorUnits(request.totalAmount) !== total) {
    differing.push({ pointer: '/totalAmount', detail: `the total is ${toDecimal(total)}` });
  }
  if (differing.length > 0) {
    throw new Problem('PRICE_MISMATCH', 'the catalogue has a different price', { errors: differing });
  }
  return { items: [...lines.values()], total, currency };
}
