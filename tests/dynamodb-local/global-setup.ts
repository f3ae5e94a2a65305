import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../template/template.ts';
import { startEngine } from './engine.ts';

/** Starts the engine, and makes it the stack under test: its tables, and nothing else of AWS. */
export default async function setUp(): Promise<void> {
  const folder = join(root, '.local');
  mkdirSync(folder, { recursive: true });
  const { endpoint, tables, stop } = await startEngine();
  const file = join(folder, 'dynamodb-local.json');
  const stack = {
    endpoint,
    region: 'us-east-1',
    ordersTable: tables.OrdersTable,
    productsTable: tables.ProductsTable,
    paymentsTable: tables.PaymentsTable,
    operationsTable: tables.OperationsTable,
  };
  writeFileSync(file, JSON.stringify(stack));
  process.env.STACK_FILE = file;
  process.env.DYNAMODB_ENGINE = 'DynamoDB Local';
  (globalThis as { stopEngine?: () => void }).stopEngine = stop;
}
