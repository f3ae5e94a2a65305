import { randomUUID } from 'node:crypto';
import { createOrder } from '../../functions/create-order/create-order.ts';
import type { OrderRequest } from '../../functions/create-order/order-request.schema.ts';
import { breakers } from '../support/breakers.ts';
import { waitForStatus } from '../support/order-rows.ts';
import { orderRequest, withoutWorkflow } from '../support/orders.ts';
import { readPayment } from '../support/payments.ts';
import { makeProduct } from '../support/products.ts';
import { heal, tokenOnItsOwn } from '../support/sandbox-account.ts';
import { waitFor } from '../support/wait-for.ts';
import { type FaultBench, openFaultBench } from './faults/fault-bench.ts';
import { copyWithFaults, waitingAsOnAws } from './faults/machine-copy.ts';

let bench: FaultBench;

beforeAll(async () => {
  bench = await openFaultBench();
}, 120_000);

afterAll(() => bench.close(), 60_000);

/** Starts an order on a machine of this test's own, where retries wait beside the breaker's cool-down as on AWS. */
async function startOrder(machine: string, productId: string, paymentToken: string): Promise<string> {
  const request = orderRequest([{ productId, quantity: 1 }], { paymentToken }) as OrderRequest;
  const now = new Date().toISOString();
  const { order } = await createOrder({ request, customerId: randomUUID(), now }, withoutWorkflow);
  await bench.start(machine, order);
  return order.orderId;
}

test('opens for an account that fails, lets its orders wait and closes when one probe is answered', async () => {
  const product = await makeProduct();
  const { paymentToken, account } = tokenOnItsOwn('tok_unavailable');
  const { faultFunctionArn, definition } = bench;
  const copy = copyWithFaults(definition, { faulted: [], faultFunctionArn });
  const machine = await bench.create(waitingAsOnAws(copy, definition));
  const start = () => startOrder(machine, product.productId, paymentToken);
  const orders = [await start(), await start()];
  const id = { provider: 'sandbox', account };
  await waitFor('the breaker to open', async () => (await breakers.read(id)).state === 'OPEN', {
    seconds: 60,
  });
  await Promise.all(orders.map(heal));
  for (const orderId of orders) {
    const completed = await waitForStatus(orderId, 'COMPLETED', 180);
    await expect(readPayment(orderId)).resolves.toMatchObject({ capturedAmount: completed.total });
  }
  await expect(breakers.read(id)).resolves.toMatchObject({ state: 'CLOSED', failures: 0 });
}, 300_000);
