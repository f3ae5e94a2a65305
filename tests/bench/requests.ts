import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The request that is measured for a function: one of its sample events, with the rows that are given for it. */
export const REQUESTS: Readonly<Record<string, string>> = {
  'admin-audit': 'newest-first',
  'admin-breaker': 'lists-breakers',
  'admin-dlq': 'inspects',
  'admin-overview': 'figures-of-today',
  auth: 'login',
  'cancel-order': 'before-payment',
  'check-image': 'an-upload-that-was-checked-before',
  'check-second-factor': 'customer',
  'create-order': 'sample-order',
  'deliver-notification': 'completed',
  'escalate-order': 'aborted',
  'get-order': 'own-order',
  inventory: 'reserves',
  'list-executions': 'executions-kept-no-longer',
  'list-products': 'a-page',
  notify: 'completed',
  payment: 'authorizes-again',
  'publish-order-events': 'placed',
  'put-product': 'new-price-and-stock',
  reconcile: 'settled-order',
  'retry-order': 'needs-attention',
  'upload-image': 'a-form-for-a-png',
  validate: 'goes-on-with-its-own-claim',
};

const PRODUCTS = [
  { productId: 'PROD-001', name: 'Widget Pro', price: 1999, currency: 'USD', available: 10_000, reserved: 0, sold: 0 },
  {
    productId: 'PROD-002',
    name: 'Super Gadget',
    price: 4999,
    currency: 'USD',
    available: 10_000,
    reserved: 0,
    sold: 0,
  },
];

/** The rows of the tables, by table, for the request of a function. */
export function rowsGivenFor(name: string): Record<string, readonly object[]> {
  const file = join('events', name, 'expected.json');
  if (!existsSync(file)) return { products: PRODUCTS };
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { given?: Record<string, object[]> }>;
  const given = expected[REQUESTS[name] ?? '']?.given ?? {};
  return { ...given, products: given.products ?? PRODUCTS };
}

/** Whether a function did what it is for: the bench must not measure refusals. */
export function isAnswered(result: unknown): boolean {
  const { statusCode = 200, batchItemFailures = [] } = (result ?? {}) as {
    statusCode?: number;
    batchItemFailures?: object[];
  };
  return statusCode < 300 && batchItemFailures.length === 0;
}

/** The request of the public project's put-product. */
export const PUT_PRODUCT = {
  requestContext: { resourcePath: '/{id}' },
  pathParameters: { id: 'PROD-001' },
  body: JSON.stringify({ id: 'PROD-001', name: 'Widget Pro', price: 19.99 }),
};
