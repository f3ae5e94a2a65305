import { randomUUID } from 'node:crypto';
import { DeleteFunctionConcurrencyCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { createOrder } from '../../functions/create-order/create-order.ts';
import { atOnce } from '../support/many-orders.ts';
import { readOrderRow } from '../support/order-rows.ts';
import { withoutWorkflow } from '../support/orders.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { aws } from '../support/stack.ts';
import { type FaultBench, openFaultBench } from './faults/fault-bench.ts';
import { copyWithFaults, type Definition, waitingAsOnAws } from './faults/machine-copy.ts';

const ORDERS = 100;
const STATE = 'AuthorizePayment';

const lambda = new LambdaClient(aws);
let bench: FaultBench;

beforeAll(async () => {
  bench = await openFaultBench();
}, 120_000);

afterAll(() => bench.close(), 60_000);

/**
 * The deployed machine with a function of this test's own in front of one step, so that throttling it hurts no other
 * test.
 */
function copyOfMachine(): Definition {
  const copy = copyWithFaults(bench.definition, { faulted: [STATE], faultFunctionArn: bench.faultFunctionArn });
  return waitingAsOnAws(copy, bench.definition);
}

/** An order whose message is not sent, because the test starts its execution itself. */
async function pendingOrder(productId: string) {
  const { order } = await createOrder(
    {
      request: {
        items: [{ productId, quantity: 1 }],
        shippingAddress: { street: '123 Main St', city: 'Anytown', state: 'CA', zipCode: '12345' },
        paymentMethod: 'credit_card',
      },
      customerId: randomUUID(),
      now: new Date().toISOString(),
    },
    withoutWorkflow,
  );
  return order;
}

test(`${ORDERS} orders at once are all completed while a function may run only once at a time`, async () => {
  const product = await makeProduct({ available: ORDERS });
  const machine = await bench.create(copyOfMachine());
  const orders = await atOnce(
    8,
    Array.from({ length: ORDERS }, () => () => pendingOrder(product.productId)),
  );
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: bench.faultFunctionArn, ReservedConcurrentExecutions: 1 }),
  );
  try {
    const executions = await atOnce(
      16,
      orders.map((order) => () => bench.start(machine, order)),
    );
    const runs = await atOnce(
      8,
      executions.map((execution) => () => bench.end(execution)),
    );
    const rows = await Promise.all(orders.map(({ orderId }) => readOrderRow(orderId)));
    const ends = Map.groupBy(rows, ({ status, error }) => `${status} ${error?.code ?? ''}`.trim());
    expect(Object.fromEntries([...ends].map(([end, { length }]) => [end, length]))).toEqual({ COMPLETED: ORDERS });

    const throttled = runs.flatMap(({ failures }) => failures.filter(({ state }) => state === STATE));
    expect(throttled.length).toBeGreaterThan(ORDERS);
    expect([...new Set(throttled.map(({ error }) => error))]).toEqual(['Lambda.TooManyRequestsException']);
    expect(await readProduct(product.productId)).toMatchObject({ available: 0, reserved: 0, sold: ORDERS });
  } finally {
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: bench.faultFunctionArn }));
  }
}, 420_000);
