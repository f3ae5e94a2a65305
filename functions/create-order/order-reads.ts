import { BatchGetCommand, type BatchGetCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Product } from '../shared/catalogue/product.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import { type OrderNumber, type OrdersTable, orderNumberKey } from '../shared/orders/order-table.ts';
import { declinesKey } from '../shared/payments/declined-cards.ts';
import { backOff } from '../shared/runtime/backoff.ts';

const MAX_ATTEMPTS = 5;

export interface WantedReads {
  customerId: string;
  /** At most 50 different ids. An id may be repeated. */
  productIds: readonly string[];
  /** Of the customer's orders. A number below 0 is no order's. */
  numbers: readonly number[];
  /** ISO 8601, UTC. Absent where declined cards do not matter. */
  declinesAt?: string | undefined;
}

/** What decides at which price an order may be placed, and whether. */
export interface OrderReads {
  /** The products that exist, by id. */
  catalogue: Map<string, Product>;
  /** The order numbers that exist. */
  numbers: Map<number, OrderNumber>;
  /** The customer's declined cards in that hour of the clock. */
  declines: number;
}

type Requests = NonNullable<BatchGetCommandInput['RequestItems']>;
type Rows = Record<string, Record<string, unknown>[]>;

/**
 * Reads rows of three tables in one call. Products and order numbers are read consistently, so that a price that has just
 * changed is used.
 *
 * @throws TablesThrottled when DynamoDB left out some of the rows in every attempt.
 */
export async function readForOrder(
  { customerId, productIds, numbers, declinesAt }: WantedReads,
  { dynamodb, ...tables }: ProductsTable & OrdersTable & OperationsTable,
): Promise<OrderReads> {
  const placed = numbers.filter((number) => number >= 0);
  const rows = await readRows(
    {
      [tables.productsTable]: {
        Keys: [...new Set(productIds)].map((productId) => ({ productId })),
        ConsistentRead: true,
      },
      [tables.ordersTable]: {
        Keys: [...new Set(placed)].map((number) => orderNumberKey(customerId, number)),
        ConsistentRead: true,
      },
      [tables.operationsTable]: { Keys: declinesAt === undefined ? [] : [declinesKey(customerId, declinesAt)] },
    },
    dynamodb,
  );
  const products = (rows[tables.productsTable] ?? []) as unknown as Product[];
  const orderNumbers = (rows[tables.ordersTable] ?? []) as unknown as OrderNumber[];
  const declines = rows[tables.operationsTable]?.[0]?.declines;
  return {
    catalogue: new Map(products.map((product) => [product.productId, product])),
    numbers: new Map(orderNumbers.map((orderNumber) => [orderNumber.number, orderNumber])),
    declines: typeof declines === 'number' ? declines : 0,
  };
}

async function readRows(requests: Requests, dynamodb: ProductsTable['dynamodb']): Promise<Rows> {
  const rows: Rows = {};
  // DynamoDB refuses a table of which no row is wanted.
  let left = Object.fromEntries(Object.entries(requests).filter(([, { Keys }]) => Keys && Keys.length > 0));
  for (let attempt = 1; Object.keys(left).length > 0; attempt += 1) {
    const { Responses = {}, UnprocessedKeys = {} } = await dynamodb.send(new BatchGetCommand({ RequestItems: left }));
    for (const [table, found] of Object.entries(Responses)) rows[table] = [...(rows[table] ?? []), ...found];
    left = UnprocessedKeys;
    if (Object.keys(left).length > 0) {
      if (attempt === MAX_ATTEMPTS) throw new TablesThrottled();
      await backOff(attempt, 50);
    }
  }
  return rows;
}

/** A table is throttled, and some rows could not be read. */
export class TablesThrottled extends Error {
  override readonly name = 'TablesThrottled';
  constructor() {
    super('some rows could not be read in any attempt');
  }
}
