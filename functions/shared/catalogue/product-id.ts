import { Problem } from '../api/problem.ts';
import { PRODUCT_ID_PATTERN } from './product.ts';

const PRODUCT_ID = new RegExp(PRODUCT_ID_PATTERN);

/**
 * Reads a product id from a path or a query string.
 *
 * @throws Problem VALIDATION_FAILED
 */
export function readProductId(value: string | undefined): string {
  if (value !== undefined && PRODUCT_ID.test(value)) return value;
  throw new Problem('VALIDATION_FAILED', 'the product id is not valid', {
    errors: [{ pointer: '/productId', detail: `must match ${PRODUCT_ID_PATTERN}` }],
  });
}
