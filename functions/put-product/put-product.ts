import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../shared/api/problem.ts';
import { requestHash } from '../shared/api/request-hash.ts';
import { isRefused, rowOf, type TransactItem, TransactionConflict, transact } from '../shared/aws/transact.ts';
import type { Product } from '../shared/catalogue/product.ts';
import type { ProductsTable } from '../shared/catalogue/product-table.ts';
import { toMinorUnits } from '../shared/money.ts';
import { type Actor, auditEntry } from '../shared/operations/audit.ts';
import type { OperationsTable } from '../shared/operations/operations-table.ts';
import type { ProductChange } from './product-change.schema.ts';

type Tables = ProductsTable & OperationsTable;

export interface ProductChangeRequest {
  productId: string;
  change: ProductChange;
  by: Actor;
  /** Without it, a repeated request changes the stock twice, because the stock is changed by a difference. */
  idempotencyKey: string | undefined;
}

type Changes = Partial<Pick<Product, 'name' | 'price' | 'currency'>>;

/**
 * Changes a product. It creates the product when there is none and the change has everything that a product needs.
 * Only available units can be removed from the stock, never units that are reserved for orders. The audit entry is
 * written in the same transaction.
 *
 * @returns the product as it is afterwards.
 * @throws Problem VALIDATION_FAILED, NOT_FOUND, INSUFFICIENT_STOCK, IDEMPOTENCY_MISMATCH, or TOO_MANY_REQUESTS when
 * orders changed the product during every attempt.
 */
export async function putProduct(request: ProductChangeRequest, tables: Tables): Promise<Product> {
  const { productId, change, by, idempotencyKey } = request;
  const changes = readChanges(change);
  const hash = requestHash({ productId, change });
  const records: TransactItem[] = [
    {
      Put: { TableName: tables.operationsTable, Item: { ...auditEntry('PRODUCT_CHANGED', productId, by), change } },
    },
    ...(idempotencyKey === undefined ? [] : [idempotencyRecord(tables.operationsTable, by, idempotencyKey, hash)]),
  ];

  // When another operator creates the product between the two writes, the second round changes it.
  for (let round = 1; round <= 2; round += 1) {
    const update = updateOf(productId, changes, change.stockChange, tables.productsTable);
    const refused = await write([update, ...records], tables);
    if (isReplay(refused[2], hash) || !isRefused(refused[0])) return readProduct(productId, tables);
    if (refused[0]?.Item) throw insufficientStock();

    const created = await write(
      [{ Put: creation(newProduct(productId, changes, change), tables.productsTable) }, ...records],
      tables,
    );
    if (isReplay(created[2], hash) || !isRefused(created[0])) return readProduct(productId, tables);
  }
  throw busy();
}

function readChanges({ name, price, currency }: ProductChange): Changes {
  if (currency !== undefined && price === undefined) {
    throw invalid('/price', 'must be given together with the currency');
  }
  const minorUnits = price === undefined ? undefined : toMinorUnits(price);
  if (price !== undefined && minorUnits === undefined) throw invalid('/price', 'must have at most two decimals');
  return {
    ...(name !== undefined && { name }),
    ...(minorUnits !== undefined && { price: minorUnits }),
    ...(currency !== undefined && { currency }),
  };
}

function newProduct(productId: string, changes: Changes, { stockChange = 0 }: ProductChange): Product {
  const { name, price, currency } = changes;
  if (name === undefined || price === undefined || currency === undefined) {
    throw new Problem('NOT_FOUND', 'there is no such product; a new one needs name, price and currency');
  }
  if (stockChange < 0) throw insufficientStock();
  return { productId, name, price, currency, available: stockChange, reserved: 0, sold: 0 };
}

function updateOf(productId: string, changes: Changes, stockChange = 0, table: string): TransactItem {
  const sets = Object.entries(changes);
  const assignments = [...sets.map(([name]) => `#${name} = :${name}`), 'available = available + :difference'];
  const needed = -stockChange;
  return {
    Update: {
      TableName: table,
      Key: { productId },
      UpdateExpression: `SET ${assignments.join(', ')}`,
      ConditionExpression: `attribute_exists(productId)${needed > 0 ? ' AND available >= :needed' : ''}`,
      ...(sets.length > 0 && {
        ExpressionAttributeNames: Object.fromEntries(sets.map(([name]) => [`#${name}`, name])),
      }),
      ExpressionAttributeValues: {
        ...Object.fromEntries(sets.map(([name, value]) => [`:${name}`, value])),
        ':difference': stockChange,
        ...(needed > 0 && { ':needed': needed }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function creation(product: Product, table: string) {
  return { TableName: table, Item: product, ConditionExpression: 'attribute_not_exists(productId)' };
}

/** How long a repeated request is recognised: a week. A client that repeats has long given up, or asked a person. */
const RECOGNISED_SECONDS = 7 * 24 * 3600;

/** The idempotency record of a change. Only the first of several equal requests can write it. */
function idempotencyRecord(table: string, { operatorId, at }: Actor, key: string, hash: string): TransactItem {
  return {
    Put: {
      TableName: table,
      // In seconds, as DynamoDB wants it. It deletes the row within days after that.
      Item: {
        pk: `REQUEST#${operatorId}`,
        sk: key,
        hash,
        at,
        expiresAt: Math.floor(Date.parse(at) / 1000) + RECOGNISED_SECONDS,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/**
 * Whether an earlier request with the same Idempotency-Key made this change.
 *
 * @throws Problem IDEMPOTENCY_MISMATCH when it made another change.
 */
function isReplay(reason: CancellationReason | undefined, hash: string): boolean {
  if (!isRefused(reason)) return false;
  if (rowOf<{ hash: string }>(reason?.Item)?.hash === hash) return true;
  throw new Problem('IDEMPOTENCY_MISMATCH', 'the Idempotency-Key was used for another change');
}

/** @throws Problem TOO_MANY_REQUESTS when every attempt conflicted with orders for the product. */
async function write(items: TransactItem[], { dynamodb }: Tables): Promise<CancellationReason[]> {
  try {
    return await transact(dynamodb, items);
  } catch (error) {
    if (error instanceof TransactionConflict) throw busy();
    throw error;
  }
}

async function readProduct(productId: string, { dynamodb, productsTable }: ProductsTable): Promise<Product> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: productsTable, Key: { productId }, ConsistentRead: true }),
  );
  if (!Item) throw new Problem('NOT_FOUND', 'there is no such product any more');
  return Item as Product;
}

const insufficientStock = () =>
  new Problem(
    'INSUFFICIENT_STOCK',
    'fewer units are available than the change removes; reserved units cannot be removed',
  );

const busy = () =>
  new Problem('TOO_MANY_REQUESTS', 'orders keep changing this product; try again', { headers: { 'retry-after': '1' } });

const invalid = (pointer: string, detail: string) =>
  new Problem('VALIDATION_FAILED', 'the body is not valid', { errors: [{ pointer, detail }] });
