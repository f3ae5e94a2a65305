/** What an order would use if two states of process-order were one. ADR 0056 says why they are not. */
import type { Measured, Use } from './measured-orders.ts';

export interface Merge {
  states: [string, string];
  /** How, and which function does it. */
  how: string;
  /** What it gives up: a promise that docs/protocol-model/merges.py shows to fall, or what no model can say. */
  loss: string;
  /** The same order with it. */
  of: (measured: Measured) => Measured;
}

interface Change {
  /** The state that is no more. */
  state: string;
  /** By function: calls of AWS and invocations, more or fewer. */
  calls?: Record<string, Record<string, number>>;
  invocations?: Record<string, number>;
  reads?: Use[];
  writes?: Use[];
  indexWrites?: Use[];
}

const use = (who: string, table: string, what: string, units: number): Use => ({ who, table, what, units });

/** Every merge that was looked at. */
export const MERGES: readonly Merge[] = [
  {
    states: ['CapturePayment', 'CompleteOrder'],
    how: 'payment completes the order after the capture',
    loss: 'a provider that is down undoes an order that is paid',
    of: (measured) =>
      changed(measured, { state: 'CompleteOrder', calls: { payment: { 'DynamoDB.TransactWriteItems': 1 } } }),
  },
  {
    states: ['CapturePayment', 'CompleteOrder'],
    how: 'the same, and notes the capture between',
    loss: 'the function with the key of the provider may sell stock',
    of: (measured) =>
      changed(measured, {
        state: 'CompleteOrder',
        calls: { payment: { 'DynamoDB.TransactWriteItems': 1, 'DynamoDB.UpdateItem': 1 } },
        // Each write to an order is a record of the stream as well.
        invocations: { 'publish-order-events': 1 },
        writes: [use('payment', 'OrdersTable', 'the order', Math.ceil(measured.orderBytes / 1024))],
      }),
  },
  {
    states: ['CompleteOrder', 'NotifyCustomer'],
    how: 'notify completes the order before it publishes',
    loss: 'a notify that fails undoes an order that is paid',
    of: (measured) =>
      changed(measured, { state: 'CompleteOrder', calls: { notify: { 'DynamoDB.TransactWriteItems': 1 } } }),
  },
  {
    states: ['CompleteOrder', 'NotifyCustomer'],
    how: "the table's stream invokes notify",
    loss: 'notify is no step of the workflow, and one order that fails holds up others',
    of: (measured) => changed(measured, { state: 'NotifyCustomer' }),
  },
  {
    states: ['ValidateOrder', 'AuthorizePayment'],
    how: 'payment claims and checks the order',
    loss: 'validate is no step of the workflow; whether an order that fails was claimed is not known',
    of: (measured) =>
      changed(measured, {
        state: 'ValidateOrder',
        // The claim returns the row, which payment reads today.
        calls: {
          validate: { 'DynamoDB.UpdateItem': -1 },
          payment: { 'DynamoDB.UpdateItem': 1, 'DynamoDB.GetItem': -1 },
        },
        invocations: { validate: -1 },
        reads: [use('payment', 'OrdersTable', 'GetItem', -1)],
      }),
  },
  {
    states: ['AuthorizePayment', 'CapturePayment'],
    how: 'stock first, and then one charge',
    loss: 'stock is reserved for cards that are declined',
    of: (measured) =>
      changed(measured, {
        state: 'AuthorizePayment',
        // The order is read once less, and the ledger written once less.
        calls: { payment: { 'DynamoDB.GetItem': -1, 'DynamoDB.UpdateItem': -1 } },
        invocations: { payment: -1 },
        reads: [use('payment', 'OrdersTable', 'GetItem', -1)],
        writes: [use('payment', 'PaymentsTable', 'UpdateItem', -1)],
        indexWrites: [use('payment', 'PaymentsTable', 'touched-index', -2)],
      }),
  },
];

function changed(measured: Measured, change: Change): Measured {
  const functions = Object.fromEntries(
    Object.entries(measured.functions).map(([name, one]) => {
      const invocations = Math.max(0, one.invocations + (change.invocations?.[name] ?? 0));
      const calls = { ...one.calls };
      for (const [call, more] of Object.entries(change.calls?.[name] ?? {}))
        calls[call] = Math.max(0, (calls[call] ?? 0) + more);
      // An invocation logs what those of its function do on average.
      return [name, { invocations, calls, logBytes: (one.logBytes / Math.max(1, one.invocations)) * invocations }];
    }),
  );
  const { states, workflowLogBytes } = measured;
  return {
    ...measured,
    functions,
    states: states.filter((state) => state !== change.state),
    workflowLogBytes: (workflowLogBytes / (states.length + 2)) * (states.length + 1),
    reads: [...measured.reads, ...(change.reads ?? [])],
    writes: [...measured.writes, ...(change.writes ?? [])],
    indexWrites: [...measured.indexWrites, ...(change.indexWrites ?? [])],
  };
}
