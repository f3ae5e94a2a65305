import type { Order } from '../../functions/shared/orders/order.ts';
import { putClaimedOrder, reread } from '../support/order-rows.ts';
import { makeProduct, readProduct } from '../support/products.ts';
import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import type { Definition, State } from '../workflow/faults/machine-copy.ts';
import { assignedBy, callState, type Execution } from './state-call.ts';

const definition = readDefinition<Definition>(PROCESS_ORDER);
const AT = '2026-01-02T03:04:05.678Z';

const isDirect = ({ Resource = '' }: State) => Resource.includes('dynamodb:');
const CASES: Record<string, () => Promise<void>> = {
  async CompleteOrder() {
    const { order, products } = await reservedOrder({ phase: 'CAPTURING' });
    const execution = executionOf(order);
    await call('CompleteOrder', execution);
    // Its token makes the same call again a success that changes nothing.
    await call('CompleteOrder', execution);
    expect(await reread(order)).toMatchObject({
      status: 'COMPLETED',
      stock: 'SOLD',
      noticeDue: AT,
      payment: { status: 'CAPTURED', authorized: order.total, captured: order.total, refunded: 0 },
      history: [...order.history, { status: 'COMPLETED', at: AT }],
    });
    for (const { productId, quantity } of order.items) {
      expect(await readProduct(productId)).toMatchObject({ reserved: 0, sold: quantity });
    }
    expect(products).toHaveLength(2);
  },

  async BeginUndo() {
    const { order } = await reservedOrder();
    const failure = { code: 'OUT_OF_STOCK', message: 'a product is out of stock', state: 'ReserveInventory' };
    await call('BeginUndo', executionOf(order, { failure }));
    const later = { code: 'INTERNAL', message: 'another', state: 'CompleteOrder' };
    await call('BeginUndo', executionOf(order, { failure: later }));
    await call('BeginUndo', executionOf(order, { failure: null }));
    expect(await reread(order)).toMatchObject({ phase: 'UNDOING', error: failure });
  },

  async MarkOrderFailed() {
    const { order } = await reservedOrder({ phase: 'UNDOING' });
    await call('MarkOrderFailed', executionOf(order, { ...(await refunded()), errorCode: 'OUT_OF_STOCK' }));
    expect(await reread(order)).toMatchObject({
      status: 'FAILED',
      payment: VOIDED,
      noticeDue: AT,
      history: [...order.history, { status: 'FAILED', at: AT, detail: 'OUT_OF_STOCK' }],
    });
  },

  async MarkOrderCancelled() {
    const { order } = await reservedOrder({ phase: 'UNDOING', cancelRequested: true });
    await call('MarkOrderCancelled', executionOf(order, await refunded()));
    expect(await reread(order)).toMatchObject({
      status: 'CANCELLED',
      payment: VOIDED,
      noticeDue: AT,
      history: [...order.history, { status: 'CANCELLED', at: AT }],
    });
  },

  async MarkNeedsAttention() {
    const { order } = await reservedOrder({ phase: 'UNDOING' });
    await call('MarkNeedsAttention', executionOf(order, { trouble: 'RefundPayment did not succeed' }));
    expect(await reread(order)).toMatchObject({
      status: 'NEEDS_ATTENTION',
      noticeDue: AT,
      history: [...order.history, { status: 'NEEDS_ATTENTION', at: AT, detail: 'RefundPayment did not succeed' }],
    });
  },
};

const VOIDED = { status: 'VOIDED', authorized: 0, captured: 0, refunded: 0 } as const;
/** What RefundPayment leaves to the states after it. */
const refunded = () =>
  assignedBy(definition.States.RefundPayment as State, { Payload: { payment: VOIDED, cancelRequested: false } });
const VARIABLES = { errorCode: 'INTERNAL', trouble: 'it did not succeed', failure: null };

test('every state that writes to DynamoDB itself has a case', () => {
  const direct = Object.entries(definition.States).filter(([, state]) => isDirect(state));
  expect(Object.keys(CASES).sort()).toEqual(direct.map(([name]) => name).sort());
});

test.each(Object.entries(CASES))('%s writes what it says', (_name, run) => run());

test.each(['CompleteOrder', 'MarkOrderFailed', 'MarkOrderCancelled'])('%s forgets the payment token', async (name) => {
  const { order } = await reservedOrder({ phase: name === 'CompleteOrder' ? 'CAPTURING' : 'UNDOING' });
  expect(order.paymentToken).toBeDefined();
  await call(name, executionOf(order, { ...VARIABLES, ...(await refunded()) }));
  expect(await reread(order)).not.toHaveProperty('paymentToken');
});

test.each(Object.keys(CASES))('%s leaves an order of another execution alone', async (name) => {
  const { order } = await reservedOrder({ phase: name === 'CompleteOrder' ? 'CAPTURING' : 'UNDOING' });
  const refused = name === 'CompleteOrder' ? 'TransactionCanceledException' : 'ConditionalCheckFailedException';
  const of = { ...executionOf(order, { ...VARIABLES, ...(await refunded()) }), name: `${order.orderId}-retry-1` };
  await expect(call(name, of)).rejects.toMatchObject({ name: refused });
  expect(await reread(order)).toEqual(order);
});

test('CompleteOrder sells nothing when the order holds no reservation any more', async () => {
  const { order } = await reservedOrder({ phase: 'CAPTURING', stock: 'RELEASED' });
  await expect(call('CompleteOrder', executionOf(order))).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }, { Code: 'None' }],
  });
  for (const { productId, quantity } of order.items) {
    expect(await readProduct(productId)).toMatchObject({ reserved: quantity, sold: 0 });
  }
});

function call(name: string, execution: Execution) {
  return callState(name, definition.States[name] as State, execution);
}

function executionOf(order: Order, variables: Record<string, unknown> = {}): Execution {
  const { orderId, createdAt, items, total, currency } = order;
  const valid = { items: items.map(({ productId, quantity }) => ({ productId, quantity })), total, currency };
  return { orderId, createdAt, name: orderId, at: AT, variables: { order: valid, ...variables } };
}

/** An order that holds its reservation of two products. */
async function reservedOrder(changes: Partial<Order> = {}) {
  const products = await Promise.all([1, 3].map((reserved) => makeProduct({ available: 5, reserved })));
  const items = products.map(({ productId, name, price, reserved }) => ({
    productId,
    name,
    quantity: reserved,
    unitPrice: price,
  }));
  return {
    order: await putClaimedOrder({ items, stock: 'RESERVED', paymentToken: 'tok_approved', ...changes }),
    products,
  };
}
