import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const root = join(__dirname, '../..');

/** The rooms of functions/shared, and which others each of them may import. */
const ROOMS: Record<string, readonly string[]> = {
  runtime: [],
  aws: ['runtime'],
  api: ['runtime', 'aws'],
  operations: ['runtime', 'aws', 'api'],
  orders: ['runtime', 'aws', 'api', 'operations'],
  catalogue: ['runtime', 'aws', 'api', 'operations'],
  notifications: ['runtime', 'aws', 'api', 'operations', 'orders'],
  payments: ['runtime', 'aws', 'api', 'operations', 'orders', 'catalogue'],
};

interface Edge {
  /** Both are paths from the root of the project. */
  from: string;
  to: string;
}

test('imports between the rooms of functions/ have one direction, and no function imports another', () => {
  const files = globSync('*/**/*.{ts,mts,mjs}', { cwd: root, exclude: ['**/node_modules', 'tests'] });
  const edges = files.flatMap((from) => importsOf(from).map((to) => ({ from, to })));
  expect(edges.length).toBeGreaterThan(200);
  expect(edges.flatMap(violation)).toEqual([]);
});

test.each([
  ['functions/shared/orders/order.ts', 'functions/shared/money.ts'],
  ['functions/shared/orders/order.ts', 'functions/shared/orders/order-id.ts'],
  ['functions/shared/api/api-handler.ts', 'functions/shared/runtime/logging.ts'],
  ['functions/shared/payments/order-payment.ts', 'functions/shared/orders/order.ts'],
  ['functions/shared/payments/providers/names.ts', 'functions/shared/payments/payment-provider.ts'],
  ['functions/notify/notify.ts', 'functions/shared/payments/order-payment.ts'],
  ['functions/notify/handler.ts', 'functions/notify/notify.ts'],
  ['local/seed.ts', 'functions/shared/catalogue/product.ts'],
])('%s may import %s', (from, to) => {
  expect(violation({ from, to })).toEqual([]);
});

test.each([
  ['functions/shared/runtime/logging.ts', 'functions/shared/api/api-handler.ts', 'runtime may import no other room'],
  ['functions/shared/aws/dynamodb.ts', 'functions/shared/api/problem.ts', 'aws may import runtime alone'],
  ['functions/shared/orders/order.ts', 'functions/shared/payments/order-payment.ts', 'orders may import runtime, aws'],
  ['functions/shared/orders/order.ts', 'functions/shared/catalogue/product.ts', 'orders may import runtime, aws'],
  ['functions/shared/catalogue/product.ts', 'functions/shared/orders/order.ts', 'catalogue may import runtime, aws'],
  ['functions/shared/money.ts', 'functions/shared/runtime/error-name.ts', 'money.ts may import nothing'],
  ['functions/shared/orders/order.ts', 'functions/notify/notify.ts', 'only tests import the folder of a function'],
  ['functions/notify/notify.ts', 'functions/payment/payment.ts', 'only tests import the folder of a function'],
  ['local/seed.ts', 'functions/notify/notify.ts', 'only tests import the folder of a function'],
  ['functions/shared/orders/order.ts', 'functions/shared/clock.ts', 'functions/shared/clock.ts is in no room'],
  ['functions/shared/clocks/clock.ts', 'functions/shared/money.ts', 'functions/shared/clocks/clock.ts is in no room'],
  ['functions/shared/orders/order.ts', 'local/products.ts', 'functions/ imports nothing from outside of it'],
])('%s may not import %s', (from, to, reason) => {
  expect(violation({ from, to })).toEqual([expect.stringContaining(`${from} -> ${to}: ${reason}`)]);
});

test.each([
  ["import { a } from './a.ts';"],
  ["import './a.ts';"],
  ["import type { A } from './a.ts';"],
  ["export { a } from './a.ts';"],
  ["export type * from './a.ts';"],
  ["const a = await import('./a.ts');"],
  ["const a = require('./a.ts');"],
  ["type A = typeof import('./a.ts');"],
])('%s is an import', (source) => {
  expect(specifiersOf(source)).toEqual(['./a.ts']);
});

/** What is wrong with an import, in a sentence; nothing when it is allowed. */
function violation({ from, to }: Edge): string[] {
  const wrong = (reason: string) => [`${from} -> ${to}: ${reason}`];
  const homeless = [from, to].find((path) => /^functions\/shared\/(?!money\.ts$)/.test(path) && !roomOf(path));
  if (homeless) return wrong(`${homeless} is in no room`);
  if (!to.startsWith('functions/')) {
    return from.startsWith('functions/') ? wrong('functions/ imports nothing from outside of it') : [];
  }
  if (from === 'functions/shared/money.ts') return wrong('money.ts may import nothing');
  if (to === 'functions/shared/money.ts') return [];

  const [importer, imported] = [roomOf(from), roomOf(to)];
  if (imported === undefined) {
    return functionOf(from) === functionOf(to) ? [] : wrong('only tests import the folder of a function');
  }
  if (importer === undefined || importer === imported) return [];
  const allowed = ROOMS[importer] ?? [];
  if (allowed.includes(imported)) return [];
  if (allowed.length === 0) return wrong(`${importer} may import no other room`);
  return wrong(`${importer} may import ${allowed.join(', ')}${allowed.length === 1 ? ' alone' : ''}`);
}

function roomOf(path: string): string | undefined {
  const room = /^functions\/shared\/([^/]+)\//.exec(path)?.[1];
  return room !== undefined && room in ROOMS ? room : undefined;
}

function functionOf(path: string): string | undefined {
  return /^functions\/(?!shared\/)([^/]+)\//.exec(path)?.[1];
}

/** The files of this project that a file imports. Packages and modules of Node are left out. */
function importsOf(file: string): string[] {
  return specifiersOf(readFileSync(join(root, file), 'utf8'))
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(file, '..', specifier));
}

/** What a source imports in any way there is: by a declaration, a call or a type. */
function specifiersOf(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, source, argument, callee, arguments: values } = node as SyntaxNode;
    if (source?.type === 'StringLiteral') found.push(String(source.value));
    if (type === 'TsImportType') found.push(String(argument?.value));
    if (type === 'CallExpression' && (callee?.type === 'Import' || callee?.value === 'require')) {
      found.push(String(values?.[0]?.expression?.value));
    }
    Object.values(node).forEach(visit);
  };
  visit(parseSync(source, { syntax: 'typescript', target: 'es2024' }).body);
  return found;
}

/** As much of a node of the syntax tree as is read here. */
interface SyntaxNode {
  type: string;
  value?: unknown;
  expression?: SyntaxNode;
  source?: SyntaxNode;
  argument?: SyntaxNode;
  callee?: SyntaxNode;
  arguments?: SyntaxNode[];
}
