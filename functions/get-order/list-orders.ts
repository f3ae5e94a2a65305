import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Caller, may } from '../shared/api/caller.ts';
import { readLimit } from '../shared/api/page-limit.ts';
import { queryFrom, readPageToken, writePageToken } from '../shared/api/page-token.ts';
import { Problem } from '../shared/api/problem.ts';
import { toDecimal } from '../shared/money.ts';
import { ORDER_STATUSES, type OrderStatus } from '../shared/orders/order.ts';
import { ORDER_ID_PATTERN } from '../shared/orders/order-id.ts';
import type { OrdersTable } from '../shared/orders/order-table.ts';

/** An order in a list. A list by status has no amounts, because its index does not hold them. */
export interface OrderSummary {
  orderId: string;
  createdAt: string;
  status: OrderStatus;
  customerId: string;
  totalAmount?: number;
  currency?: string;
}

export interface OrderPage {
  items: OrderSummary[];
  nextToken?: string;
}

/** The parameters of the query string, not validated. */
export interface ListOrdersQuery {
  status?: string | undefined;
  limit?: string | undefined;
  nextToken?: string | undefined;
}

/** A page ends at an order, by when it was created and its id. */
const POSITION = [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, new RegExp(ORDER_ID_PATTERN)];

/**
 * A page of orders, newest first: a customer's own orders, or for who may see them all, those of one status. A page may have
 * fewer entries than the limit. Only a missing `nextToken` means that it is the last.
 *
 * @throws Problem VALIDATION_FAILED
 */
export async function listOrders(
  caller: Caller,
  query: ListOrdersQuery,
  { dynamodb, ordersTable }: OrdersTable,
): Promise<OrderPage> {
  const status = readStatus(query.status);
  const limit = readLimit(query.limit);
  const seesAll = may(caller, 'SEE_ALL_ORDERS');
  if (seesAll && !status) {
    throw new Problem(
      'VALIDATION_FAILED',
      `name a status, as in ?status=${ORDER_STATUSES[0]}; it is one of ${ORDER_STATUSES.join(', ')}`,
      {
        errors: [{ pointer: '/status', detail: `must be one of ${ORDER_STATUSES.join(', ')}` }],
      },
    );
  }
  const listing = seesAll ? byStatus(status) : ofCustomer(caller.customerId, status);

  const position = query.nextToken === undefined ? undefined : readPageToken(query.nextToken, POSITION);
  const { Items, LastEvaluatedKey } = await queryFrom(position, () =>
    dynamodb.send(
      new QueryCommand({
        TableName: ordersTable,
        ...listing.query,
        ScanIndexForward: false,
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: { ...listing.partition, createdAt: position[0], orderId: position[1] },
        }),
      }),
    ),
  );
  return {
    items: (Items ?? []).map(toSummary),
    ...(LastEvaluatedKey && {
      nextToken: writePageToken([String(LastEvaluatedKey.createdAt), String(LastEvaluatedKey.orderId)]),
    }),
  };
}

function ofCustomer(customerId: string, status: OrderStatus | undefined) {
  return {
    partition: { customerId },
    query: {
      IndexName: 'customer-index',
      KeyConditionExpression: 'customerId = :customerId',
      ExpressionAttributeValues: { ':customerId': customerId, ...(status && { ':status': status }) },
      ...(status && { FilterExpression: '#status = :status', ExpressionAttributeNames: { '#status': 'status' } }),
    },
  };
}

function byStatus(status: OrderStatus | undefined) {
  return {
    partition: { status },
    query: {
      IndexName: 'status-index',
      KeyConditionExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': status },
    },
  };
}

function toSummary(row: Record<string, unknown>): OrderSummary {
  const { orderId, createdAt, status, customerId, total, currency } = row as unknown as OrderSummary & {
    total?: number;
  };
  return {
    orderId,
    createdAt,
    status,
    customerId,
    ...(total !== undefined && { totalAmount: toDecimal(total) }),
    ...(currency !== undefined && { currency }),
  };
}

function readStatus(value: string | undefined): OrderStatus | undefined {
  const status = ORDER_STATUSES.find((known) => known === value);
  if (value !== undefined && !status) {
    throw new Problem('VALIDATION_FAILED', 'there is no such status', {
      errors: [{ pointer: '/status', detail: `must be one of ${ORDER_STATUSES.join(', ')}` }],
    });
  }
  return status;
}
