import { randomUUID } from 'node:crypto';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { DeleteFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { Order } from '../../functions/shared/orders/order.ts';
import { copyFunction } from '../support/function-copy.ts';
import { ordersOf, waitForStatus } from '../support/order-rows.ts';
import { orderRequest } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import {
  actionsOf,
  iam,
  isAboutWork,
  type PolicyDocument,
  putPolicy,
  roleOf,
  without,
} from '../support/role-policies.ts';
import { aws, dynamodb, stack } from '../support/stack.ts';

// Each test has a copy of create-order with a role of its own, so that tests that run at the same time keep their rights.
// `npm run test:policies` does the same to the deployed role of every function.

const lambda = new LambdaClient(aws);
const deployed = stack.functions.CreateOrderFunction ?? '';

interface Copy {
  /** Places an order of a customer of its own. */
  placeOrder(): Promise<{ status: number; customerId: string; log: string }>;
  close(): Promise<void>;
}

const copies: Copy[] = [];
const customers: string[] = [];

afterAll(async () => {
  for (const copy of copies) await copy.close();
  // Reconcile would send the message of an order that was left PENDING.
  for (const customerId of customers) for (const order of await ordersOf(customerId)) await forget(order);
});

test('create-order works with a copy of its own policy', async () => {
  const { status, customerId } = await (await copyWith(await deployedPolicy())).placeOrder();
  expect(status).toBe(202);
  const [order] = await ordersOf(customerId);
  await waitForStatus(order?.orderId ?? '', 'COMPLETED');
});

test('the policy has the three statements that the next tests remove', async () => {
  const { Statement } = await deployedPolicy();
  expect(Statement.filter(isAboutWork).map(({ Sid }) => Sid)).toEqual([
    'ReadCatalogue',
    'WriteOrder',
    'ReadDeclines',
    'QueueOrder',
  ]);
});

test.each(['ReadCatalogue', 'WriteOrder', 'ReadDeclines'])(
  'create-order without %s answers 500, and writes no order',
  async (sid) => {
    const { status, customerId, log } = await (await copyLacking(sid)).placeOrder();
    expect(status).toBe(500);
    expect(log).toContain('AccessDenied');
    expect(await ordersOf(customerId)).toEqual([]);
  },
);

test('create-order without QueueOrder leaves its order PENDING, and logs that it was denied', async () => {
  const { customerId, log } = await (await copyLacking('QueueOrder')).placeOrder();
  expect(log).toContain('ORDER_MESSAGE_NOT_SENT');
  expect(log).toContain('AccessDenied');
  expect(await ordersOf(customerId)).toMatchObject([{ status: 'PENDING' }]);
});

async function deployedPolicy(): Promise<PolicyDocument> {
  const [policy, ...more] = Object.values((await roleOf(deployed)).policies);
  if (!policy || more.length > 0) throw new Error('create-order has one policy in its role');
  return policy;
}

async function copyLacking(sid: string): Promise<Copy> {
  const policy = await deployedPolicy();
  const statement = policy.Statement.find(({ Sid }) => Sid === sid);
  if (!statement || actionsOf(statement).length === 0) throw new Error(`create-order has no statement ${sid}`);
  return copyWith(without(policy, statement));
}

/** The deployed code and environment under another name, with a role that may do this and no more. */
async function copyWith(policy: PolicyDocument): Promise<Copy> {
  const name = `create-order-${randomUUID().slice(0, 8)}`;
  const { managed } = await roleOf(deployed);
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
  );
  for (const PolicyArn of managed) await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
  await putPolicy(name, name, policy);
  await copyFunction(lambda, deployed, { name, role: Role?.Arn });

  const copy: Copy = {
    async placeOrder() {
      const { productId } = await makeProduct();
      const customerId = randomUUID();
      customers.push(customerId);
      const { Payload, LogResult } = await lambda.send(
        new InvokeCommand({
          FunctionName: name,
          LogType: 'Tail',
          Payload: JSON.stringify(apiEvent(customerId, orderRequest([{ productId, quantity: 1 }]))),
        }),
      );
      const { statusCode } = JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
      return { status: statusCode, customerId, log: Buffer.from(LogResult ?? '', 'base64').toString('utf8') };
    },
    async close() {
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: name }));
      for (const PolicyArn of managed) await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
    },
  };
  copies.push(copy);
  return copy;
}

function apiEvent(sub: string, request: unknown): unknown {
  return {
    resource: '/orders',
    path: '/orders',
    httpMethod: 'POST',
    headers: { 'content-type': 'application/json' },
    multiValueHeaders: { 'content-type': ['application/json'] },
    queryStringParameters: null,
    pathParameters: null,
    requestContext: {
      path: '/api/orders',
      requestId: randomUUID(),
      authorizer: { claims: { sub, token_use: 'id', email: `${sub}@example.com` } },
    },
    body: JSON.stringify(request),
    isBase64Encoded: false,
  };
}

async function forget({ orderId, createdAt }: Pick<Order, 'orderId' | 'createdAt'>): Promise<void> {
  await dynamodb.send(new DeleteCommand({ TableName: stack.ordersTable, Key: { orderId, createdAt } }));
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
