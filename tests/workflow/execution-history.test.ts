import { randomUUID } from 'node:crypto';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import type { OrderStatus } from '../../functions/shared/orders/order.ts';
import { type Customer, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { readOrderRow, waitForStatus } from '../support/order-rows.ts';
import { orderRequest, placeOrder } from '../support/orders.ts';
import { makeProduct } from '../support/products.ts';
import { sfn } from '../support/stack.ts';
import { deployedExecution, endOfExecution } from './faults/fault-bench.ts';

/** Step Functions keeps what every state took and returned for 90 days, and nobody can delete a part of it. */
async function historyOf(executionArn: string): Promise<string> {
  const pages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true, ...(nextToken && { nextToken }) }),
    );
    pages.push(JSON.stringify(page.events));
    nextToken = page.nextToken;
  } while (nextToken);
  return pages.join('\n');
}

let customer: Customer;
beforeAll(async () => {
  customer = await makeCustomer();
});

/** Places an order in which every personal detail can be recognised. */
async function place(token: string) {
  const { productId } = await makeProduct();
  const tag = randomUUID();
  const personal = {
    street: `street ${tag}`,
    city: `city ${tag}`,
    zipCode: tag.slice(0, 20),
    name: `name ${tag}`,
    email: customer.email,
    reference: `customer ${tag}`,
    // The account is the sandbox's own, and an error may name it.
    token: `${token}@${randomUUID()}`,
    customerId: customer.customerId,
  };
  const { street, city, zipCode } = personal;
  const orderId = await placeOrder(
    customer,
    orderRequest([{ productId, quantity: 1 }], {
      shippingAddress: { street, city, state: 'CA', zipCode },
      paymentToken: personal.token,
      customerName: personal.name,
      notify: { email: true },
      customerId: personal.reference,
    }),
  );
  return { orderId, personal };
}

const cancel = (orderId: string) => call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken });

interface Kind {
  kind: string;
  token: string;
  status: OrderStatus;
  /** When the customer cancels, or not at all. */
  cancel?: 'while the payment is not available' | 'when it is completed';
}

const KINDS: Kind[] = [
  { kind: 'completed', token: 'tok_approved', status: 'COMPLETED' },
  { kind: 'failed', token: 'tok_capture_declined', status: 'FAILED' },
  {
    kind: 'cancelled',
    token: 'tok_unavailable',
    status: 'CANCELLED',
    cancel: 'while the payment is not available',
  },
  { kind: 'cancelled late', token: 'tok_approved', status: 'CANCELLED', cancel: 'when it is completed' },
  {
    kind: 'in need of attention',
    token: 'tok_refund_unavailable',
    status: 'NEEDS_ATTENTION',
    cancel: 'when it is completed',
  },
];

test.concurrent.each(KINDS)(
  'the history of an order that is $kind holds no personal data',
  async (row) => {
    const { orderId, personal } = await place(row.token);
    const executions = [orderId];
    if (row.cancel === 'when it is completed') {
      await waitForStatus(orderId, 'COMPLETED');
      executions.push(`${orderId}-cancel`);
    } else if (row.cancel) await waitForStatus(orderId, 'PROCESSING');
    if (row.cancel) expect(await cancel(orderId)).toMatchObject({ status: 202 });

    for (const name of executions) await endOfExecution(deployedExecution(name));
    expect((await readOrderRow(orderId)).status).toBe(row.status);
    for (const name of executions) {
      const history = await historyOf(deployedExecution(name));
      // It is the history with its data: the input is in it.
      expect(history).toContain(orderId);
      expect(Object.entries(personal).filter(([, text]) => history.includes(text))).toEqual([]);
    }
  },
  240_000,
);
