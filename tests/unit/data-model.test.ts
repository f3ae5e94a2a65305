import { readFileSync } from 'node:fs';
import type { Json } from '../template/template';
import { resourcesOf } from '../template/template';

const text = readFileSync('docs/data-model.md', 'utf8');
const headings: Record<string, string> = {
  OrdersTable: 'Orders',
  ProductsTable: 'Products',
  PaymentsTable: 'Payments',
  OperationsTable: 'Operations',
};

const sectionOf = (table: string): string =>
  text.split('\n## ').find((part) => part.startsWith(`${headings[table]}\n`)) ?? '';

const names = (keys: Json | undefined) =>
  ((keys ?? []) as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName);

const tables = resourcesOf('AWS::DynamoDB::Table');

test.each(tables)('docs/data-model.md has the keys, the indexes and the expiry of %s', (id, { Properties }) => {
  const indexes = (Properties.GlobalSecondaryIndexes ?? []) as {
    IndexName: string;
    KeySchema: Json;
    Projection: { NonKeyAttributes?: string[] };
  }[];
  const { AttributeName: expiry } = (Properties.TimeToLiveSpecification ?? {}) as { AttributeName?: string };
  const expected = [
    ...names(Properties.KeySchema),
    ...indexes.flatMap(({ IndexName, KeySchema, Projection }) => [
      IndexName,
      ...names(KeySchema),
      ...(Projection.NonKeyAttributes ?? []),
    ]),
    ...(expiry === undefined ? [] : [expiry]),
  ];
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.filter((name) => !new RegExp(`\\b${name}\\b`).test(sectionOf(id)))).toEqual([]);
});

test.each([
  ['OrdersTable', 'functions/shared/orders/order.ts', 'Order'],
  ['ProductsTable', 'functions/shared/catalogue/product.ts', 'Product'],
])('docs/data-model.md has every attribute that a row of %s may have', (table, file, type) => {
  const declared =
    readFileSync(file, 'utf8').match(
      new RegExp(`export interface ${type} (?:extends \\w+ )?\\{([\\s\\S]*?)\\n\\}`),
    )?.[1] ?? '';
  const attributes = [...declared.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name = '']) => name);
  expect(attributes.length).toBeGreaterThan(5);
  expect(attributes.filter((name) => !sectionOf(table).includes(`\`${name}\``))).toEqual([]);
});
