import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { cancelOrder } from '../../functions/cancel-order/cancel-order.ts';
import { retryOrder } from '../../functions/retry-order/retry-order.ts';
import { actingNow } from '../../functions/shared/operations/audit.ts';
import type { Order } from '../../functions/shared/orders/order.ts';
import { signUpload } from '../../functions/upload-image/upload-image.ts';
import { auditOf } from '../support/audit.ts';
import { putOrder, reread } from '../support/order-rows.ts';
import { makeProduct } from '../support/products.ts';
import { dynamodb, stack } from '../support/stack.ts';

/** What the acts need, with a workflow that only counts what would be started. */
function resources(operationsTable = stack.operationsTable) {
  const started: string[] = [];
  const stepFunctions = {
    send: async ({ input }: { input: { name: string } }) => started.push(input.name),
  } as unknown as SFNClient;
  return {
    started,
    dynamodb,
    ordersTable: stack.ordersTable,
    operationsTable,
    workflow: { stepFunctions, workflowArn: stack.orderWorkflowArn },
    onStartFailure: (error: unknown) => {
      throw error;
    },
  };
}

const by = actingNow(randomUUID(), 'the customer called');

const ACTS: [
  name: string,
  action: string,
  Partial<Order>,
  act: (order: Order, at: ReturnType<typeof resources>) => Promise<Order>,
][] = [
  ['a cancel', 'ORDER_CANCELLED', {}, (order, at) => cancelOrder(order, by.at, Number.POSITIVE_INFINITY, at, by)],
  [
    'a cancel after completion',
    'ORDER_CANCELLED',
    { status: 'COMPLETED', phase: 'CAPTURING', executionId: 'an-execution' },
    (order, at) => cancelOrder(order, by.at, Number.POSITIVE_INFINITY, at, by),
  ],
  ['a retry', 'ORDER_RETRIED', { status: 'NEEDS_ATTENTION' }, (order, at) => retryOrder(order, by, at)],
];

describe.each(ACTS)('%s by an operator', (_name, action, changes, act) => {
  test('is recorded with who and why, and shown as an operator’s', async () => {
    const order = await putOrder(changes);
    const at = resources();
    const answered = await act(order, at);
    const after = await reread(order);
    expect(answered).toEqual(after);
    if (after.history.length > order.history.length) expect(after.history.at(-1)).toMatchObject({ by: 'operator' });
    if (action === 'ORDER_CANCELLED') expect(after).toMatchObject({ cancelRequested: true, cancelledBy: 'operator' });
    expect(await auditOf(order.orderId)).toEqual([
      expect.objectContaining({ action, operatorId: by.operatorId, reason: 'the customer called', at: by.at }),
    ]);
  });

  test('leaves the order as it is when it cannot be recorded', async () => {
    const order = await putOrder(changes);
    const at = resources(`no-such-table-${randomUUID()}`);
    await expect(act(order, at)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await reread(order)).toEqual(order);
    expect(at.started).toEqual([]);
  });

  test('that is refused is not recorded', async () => {
    const order = await putOrder({ ...changes, status: 'FAILED' });
    await expect(act({ ...order, ...changes } as Order, resources())).rejects.toMatchObject({ name: 'Problem' });
    expect(await reread(order)).toEqual(order);
    expect(await auditOf(order.orderId)).toEqual([]);
  });
});

test('of two retries at the same time one is done, started and recorded', async () => {
  const order = await putOrder({ status: 'NEEDS_ATTENTION' });
  const at = resources();
  const results = await Promise.allSettled(
    [1, 2].map((n) => retryOrder(order, actingNow(randomUUID(), `attempt ${n}`), at)),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(at.started).toEqual([`${order.orderId}-retry-1`]);
  expect(await auditOf(order.orderId)).toHaveLength(1);
});

test("a customer's own cancel has no entry and is nobody else's", async () => {
  const order = await putOrder();
  await cancelOrder(order, by.at, Number.POSITIVE_INFINITY, resources());
  expect(await reread(order)).not.toHaveProperty('cancelledBy');
  expect(await auditOf(order.orderId)).toEqual([]);
});

describe('the form of an upload', () => {
  // A form is signed here, without a call to S3.
  const s3 = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const sign = (productId: string, operationsTable: string) =>
    signUpload({ productId, contentType: 'image/png', uploadId: randomUUID() }, by, {
      dynamodb,
      productsTable: stack.productsTable,
      operationsTable,
      s3,
      bucket: 'images',
    });

  test('is recorded with who, why and what for', async () => {
    const { productId } = await makeProduct();
    const { key } = await sign(productId, stack.operationsTable);
    expect(await auditOf(productId)).toEqual([
      expect.objectContaining({
        action: 'IMAGE_UPLOAD_SIGNED',
        operatorId: by.operatorId,
        reason: 'the customer called',
        request: { key, contentType: 'image/png' },
      }),
    ]);
  });

  test('is not handed out when that cannot be recorded', async () => {
    const { productId } = await makeProduct();
    await expect(sign(productId, `no-such-table-${randomUUID()}`)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('is not recorded when there is no such product', async () => {
    const productId = `T-${randomUUID()}`;
    await expect(sign(productId, stack.operationsTable)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await auditOf(productId)).toEqual([]);
  });
});
