import { readOrderRow } from '../support/order-rows.ts';
import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import { deployedExecution, endOfExecution } from './faults/fault-bench.ts';
import type { Plan } from './faults/fault-plan.ts';
import { type Definition, taskStates } from './faults/machine-copy.ts';
import {
  ofAnotherCustomer,
  pause,
  placeQuietly,
  readWorld,
  requestCancel,
  retry,
  type World,
} from './faults/run-scenario.ts';
import { sharedWorld } from './faults/shared-world.ts';

const ACCEPTED = 'ACCEPTED';
type Decision = typeof ACCEPTED | 'CAPTURE_IN_PROGRESS' | 'NOT_CANCELLABLE';

/** A path through the state machine on which orders are cancelled. */
interface Way {
  fixture: string;
  available?: number;
  faults?: Record<string, Plan>;
  /** An earlier cancel, at this Task, that was accepted. */
  cancelledBefore?: string;
  /** How the order ends when the cancel is refused. */
  refused: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  /** The answers to a cancel just before and just after each Task. */
  answers: Record<string, [before: Decision, after: Decision]>;
}

const NEVER: Plan = { steps: [], rest: { kind: 'throw', error: 'Lambda.ServiceException' } };

const WAYS: Record<string, Way> = {
  'an order that goes well': {
    fixture: 'sample-order',
    refused: 'COMPLETED',
    answers: {
      ValidateOrder: [ACCEPTED, ACCEPTED],
      AuthorizePayment: [ACCEPTED, ACCEPTED],
      ReserveInventory: [ACCEPTED, ACCEPTED],
      CapturePayment: [ACCEPTED, 'CAPTURE_IN_PROGRESS'],
      CompleteOrder: ['CAPTURE_IN_PROGRESS', ACCEPTED],
      NotifyCustomer: [ACCEPTED, ACCEPTED],
    },
  },
  'an order that is out of stock': {
    fixture: 'out-of-stock',
    available: 5,
    refused: 'FAILED',
    answers: {
      ReserveInventory: [ACCEPTED, ACCEPTED],
      BeginUndo: [ACCEPTED, 'NOT_CANCELLABLE'],
      ReleaseInventory: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
      RefundPayment: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
      MarkOrderFailed: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
      NotifyCustomerOfFailure: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
    },
  },
  'an order whose capture is declined': {
    fixture: 'capture-declined',
    refused: 'FAILED',
    answers: {
      CapturePayment: [ACCEPTED, 'CAPTURE_IN_PROGRESS'],
      BeginUndo: ['CAPTURE_IN_PROGRESS', 'NOT_CANCELLABLE'],
    },
  },
  'an order that is being cancelled': {
    fixture: 'sample-order',
    cancelledBefore: 'CapturePayment',
    refused: 'CANCELLED',
    answers: {
      BeginUndo: [ACCEPTED, ACCEPTED],
      ReleaseInventory: [ACCEPTED, ACCEPTED],
      RefundPayment: [ACCEPTED, ACCEPTED],
      MarkOrderCancelled: [ACCEPTED, 'NOT_CANCELLABLE'],
      NotifyCustomerOfCancellation: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
    },
  },
  'an order whose undo does not succeed': {
    fixture: 'capture-declined',
    faults: { ReleaseInventory: NEVER },
    refused: 'FAILED',
    answers: {
      MarkNeedsAttention: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
      NotifyOperations: ['NOT_CANCELLABLE', 'NOT_CANCELLABLE'],
    },
  },
  'an order that nobody could claim': {
    fixture: 'sample-order',
    faults: { ValidateOrder: NEVER },
    refused: 'FAILED',
    answers: {
      MarkNeedsAttention: [ACCEPTED, ACCEPTED],
      NotifyOperations: [ACCEPTED, ACCEPTED],
    },
  },
};

const openedWorld = sharedWorld();

test('orders are cancelled before and after every Task of the state machine', () => {
  const definition = readDefinition<Definition>(PROCESS_ORDER);
  const cancelledAt = new Set(Object.values(WAYS).flatMap(({ answers }) => Object.keys(answers)));
  expect([...cancelledAt].toSorted()).toEqual(taskStates(definition).toSorted());
});

const cases = Object.entries(WAYS).flatMap(([name, way]) =>
  Object.entries(way.answers).flatMap(([state, answers]) =>
    (['before', 'after'] as const).map((at, index): [string, string, string, Decision, Way] => [
      name,
      at,
      state,
      answers[index] ?? ACCEPTED,
      way,
    ]),
  ),
);

test.concurrent.each(cases)(
  '%s, cancelled %s %s: %s',
  async (_name, at, state, decision, way) => {
    const { answer, cancelAgain, path, status, payment, stock, violations } = await cancelAt(
      await openedWorld(),
      way,
      state,
      at === 'before' ? 'before' : 'after',
    );
    expect(violations).toEqual([]);
    if (decision === ACCEPTED) {
      expect({ answer, status }).toEqual({ answer: ACCEPTED, status: 'CANCELLED' });
      // No money is held or kept, and no goods are reserved or sold.
      expect(['NONE', 'VOIDED', 'REFUNDED']).toContain(payment);
      expect(['NONE', 'RELEASED']).toContain(stock);
      expect(cancelAgain).toBe('NOT_CANCELLABLE');
    } else {
      expect({ answer, status }).toEqual({ answer: decision, status: way.refused });
      expect(path.includes('MarkOrderCancelled')).toBe(way.refused === 'CANCELLED');
    }
  },
  240_000,
);

async function cancelAt(shared: World, way: Way, state: string, at: 'before' | 'after') {
  const world = await ofAnotherCustomer(shared);
  const { bench } = world;
  const { order, products } = await placeQuietly(world, way.fixture, way.available);
  const { orderId } = order;
  const plans: Record<string, Plan> = { ...way.faults, [state]: pause(at) };
  if (way.cancelledBefore) plans[way.cancelledBefore] = pause('before');
  for (const [faulted, plan] of Object.entries(plans)) await bench.plan(orderId, faulted, plan);

  const execution = await bench.start(await bench.machine(Object.keys(plans)), order);
  if (way.cancelledBefore) {
    await bench.waiting(orderId, way.cancelledBefore);
    expect(decisionOf(await requestCancel(world, orderId))).toBe(ACCEPTED);
    await bench.release(orderId, way.cancelledBefore);
  }
  await bench.waiting(orderId, state);
  const answer = await requestCancel(world, orderId);
  await bench.release(orderId, state);
  const { path } = await bench.end(execution);
  const reopened = (await readOrderRow(orderId)).executionId === `${orderId}-cancel`;
  if (reopened) await endOfExecution(deployedExecution(`${orderId}-cancel`));

  // While the cancel of a completed order is under way, both executions may notify of the completion.
  const leniency = { notificationsMayRepeat: reopened };
  let seen = await readWorld(world, orderId, products, leniency);
  const violations = [...seen.violations];
  if (seen.order.status === 'NEEDS_ATTENTION') {
    path.push(...(await retry(world, orderId)).path);
    seen = await readWorld(world, orderId, products, leniency);
    violations.push(...seen.violations);
  }
  const { status } = seen.order;
  // The cancel of a completed order is tested in cancel-order.test.ts.
  const cancelAgain = status === 'COMPLETED' ? undefined : decisionOf(await requestCancel(world, orderId));
  return { answer: decisionOf(answer), cancelAgain, path, ...seen.standing, violations };
}

function decisionOf({ status, body }: { status: number; body: Record<string, unknown> }): unknown {
  if (status === 202) return ACCEPTED;
  return status === 409 ? body.code : `${status} ${JSON.stringify(body)}`;
}
