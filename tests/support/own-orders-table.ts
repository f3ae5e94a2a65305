import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { definitionOf } from '../dynamodb-local/engine.ts';
import { resourcesOf } from '../template/template.ts';
import { dynamodb } from './stack.ts';
import { waitFor } from './wait-for.ts';

/** An Orders table as the template describes it, which nothing else reads or writes. */
export async function makeOrdersTable(): Promise<{ ordersTable: string; drop(): Promise<unknown> }> {
  const [, table] = resourcesOf('AWS::DynamoDB::Table').find(([id]) => id === 'OrdersTable') ?? [];
  if (!table) throw new Error('the template has no OrdersTable');
  const TableName = `test-orders-${randomUUID()}`;
  await dynamodb.send(new CreateTableCommand({ ...definitionOf(table.Properties), TableName }));
  await waitFor('the table', async () => {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === 'ACTIVE';
  });
  return { ordersTable: TableName, drop: () => dynamodb.send(new DeleteTableCommand({ TableName })) };
}
