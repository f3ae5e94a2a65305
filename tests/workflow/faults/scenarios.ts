import type { OrderErrorCode, OrderStatus } from '../../../functions/shared/orders/order.ts';
import type { Plan, Step } from './fault-plan.ts';
import { attemptsFor, type Definition, taskStates } from './machine-copy.ts';

/** How an order comes to the state in which something goes wrong. */
export interface Approach {
  /** The event in events/create-order whose request is placed. */
  fixture: string;
  /** Units of each of its products that can be ordered; plenty when absent. */
  available?: number;
  /** What goes wrong at other Tasks on the way. */
  faults?: Record<string, Plan>;
  /** What is so before the execution starts. */
  given?: Given;
  /** The order is cancelled over HTTP while this Task waits for it. */
  cancelAt?: string;
}

export type Given =
  /** A cancel was accepted while the order was PENDING. */
  | 'cancelled'
  /** The order's row contradicts itself. */
  | 'total is wrong'
  /** There is no such order. */
  | 'missing'
  /** The order was completed by its execution, and another one starts. */
  | 'completed by another'
  /** An execution of this very name died in the middle of the undo. */
  | 'died while undoing'
  /** The payment was voided before it was authorized. */
  | 'payment closed';

/** Where an order stands at the end, and by which states it came there. */
export interface Ending {
  path: readonly string[];
  status: OrderStatus | 'none';
  error?: OrderErrorCode;
  payment: 'NONE' | 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'REFUNDED';
  stock: 'NONE' | 'RESERVED' | 'SOLD' | 'RELEASED';
  /** The execution could not mark the order; the rule on ended executions did. */
  escalatedByRule?: true;
  /** The outcome is written and its notification was not sent; reconcile sends it. */
  notificationLeftDue?: true;
  /** After the operator's retry, once healed; for NEEDS_ATTENTION. */
  retried?: Ending;
}

interface StateRow {
  approach: Approach;
  /** Whatever fails once and then heals. */
  once: Ending;
  /** The answer is lost once, for a Task whose repetition ends otherwise than its first run. */
  lostOnce?: Ending;
  /** It fails permanently and never takes effect. */
  permanently: Ending;
  /** It takes effect every time, and no answer ever comes. */
  lostPermanently: Ending;
  /** It always times out, and takes effect after the execution has ended. */
  late: Ending;
  /** Its late effect may also land in the middle of the undo, and the order ends the same. */
  isUndone?: true;
  /** The errors that are the step's own, and tokens of the sandbox provider. */
  business: BusinessFault[];
  /** How often an undo step is made to fail before it heals, besides once. */
  failsTimes?: number[];
}

interface BusinessFault {
  /** Finishes the sentence "when it meets …". */
  name: string;
  /** What the fault function does; absent when the approach alone brings the error about. */
  plan?: Plan;
  approach?: Approach;
  ends: Ending;
}

/** One run of the matrix. */
export interface Scenario {
  state: string;
  fault: string;
  approach: Approach;
  /** What the fault function does; absent when the approach alone brings the fault about. */
  plan?: Plan;
  ends: Ending;
  /** Shortened timeout of the faulted Task. */
  timeoutSeconds?: number;
  /** How often the Task is tried, where that follows from its Retry alone. */
  attempts?: number;
  /** The late effect lands when this Task has just done its work, and not after the execution. */
  landsAfter?: string;
  /** A notification may come again, under the same id. */
  notificationsMayRepeat?: true;
}

export const FORWARD = [
  'ValidateOrder',
  'AuthorizePayment',
  'ReserveInventory',
  'CapturePayment',
  'CompleteOrder',
  'NotifyCustomer',
] as const;
const RELEASE_AND_REFUND = ['ReleaseInventory', 'RefundPayment', 'HowDidTheUndoEnd'];
const UNDO = ['BeginUndo', ...RELEASE_AND_REFUND];
const FAILED_END = ['MarkOrderFailed', 'NotifyCustomerOfFailure', 'OrderFailed'];
const CANCELLED_END = ['MarkOrderCancelled', 'NotifyCustomerOfCancellation', 'OrderCancelled'];
const ESCALATED = ['MarkNeedsAttention', 'NotifyOperations', 'OrderNeedsAttention'];

function upTo(state: (typeof FORWARD)[number]): string[] {
  return FORWARD.slice(0, FORWARD.indexOf(state) + 1);
}

/** The parts of the graph that orders pass as a whole, the longest first. */
export const LEGS: { name: string; states: readonly string[] }[] = [
  ...FORWARD.slice(1)
    .toReversed()
    .map((state) => ({
      name: state === 'NotifyCustomer' ? 'forward' : `forward to ${state}`,
      states: upTo(state),
    })),
  { name: 'undo', states: UNDO },
  { name: 'failed', states: FAILED_END },
  { name: 'cancelled', states: CANCELLED_END },
  { name: 'escalated', states: ESCALATED },
];

type Ledger = Pick<Ending, 'payment' | 'stock'> & Pick<Ending, 'error'>;

const COMPLETED: Ending = { path: FORWARD, status: 'COMPLETED', payment: 'CAPTURED', stock: 'SOLD' };

function failed(at: (typeof FORWARD)[number], ledger: Ledger): Ending {
  return { path: [...upTo(at), ...UNDO, ...FAILED_END], status: 'FAILED', ...ledger };
}

function cancelled(at: (typeof FORWARD)[number], ledger: Ledger): Ending {
  return { path: [...upTo(at), ...UNDO, ...CANCELLED_END], status: 'CANCELLED', ...ledger };
}

function escalated(path: string[], ledger: Ledger, retried: Ending): Ending {
  return { path: [...path, ...ESCALATED], status: 'NEEDS_ATTENTION', ...ledger, retried };
}

/** Every attempt does this. */
function always(step: Step): Plan {
  return { steps: [], rest: step };
}

/** The first attempts do this, and then all is well. */
function first(step: Step, times = 1): Plan {
  return { steps: Array.from({ length: times }, () => step), rest: { kind: 'pass' } };
}

function throws(error: string): Step {
  return { kind: 'throw', error };
}

/** A crash as the service reports it, which no retrier names. Throttling has scenarios of its own. */
const LAMBDA_DOWN = 'Lambda.Unknown';
const INTERNAL = { error: 'INTERNAL' } as const;
const DECLINED = { error: 'PAYMENT_DECLINED' } as const;
const NOTHING = { payment: 'NONE', stock: 'NONE' } as const;
const CLOSED = { payment: 'VOIDED', stock: 'NONE' } as const;
const HELD = { payment: 'AUTHORIZED', stock: 'RESERVED' } as const;
const VOIDED_AND_RELEASED = { payment: 'VOIDED', stock: 'RELEASED' } as const;
const REFUNDED_AND_RELEASED = { payment: 'REFUNDED', stock: 'RELEASED' } as const;

const GOOD: Approach = { fixture: 'sample-order' };
const CAPTURE_DECLINED: Approach = { fixture: 'capture-declined' };
const CANCELLED_AT_CAPTURE: Approach = { fixture: 'sample-order', cancelAt: 'CapturePayment' };
const RELEASE_FAILS: Approach = { ...CAPTURE_DECLINED, faults: { ReleaseInventory: always(throws(LAMBDA_DOWN)) } };
const COMPLETE_FAILS: Approach = { ...GOOD, faults: { CompleteOrder: always(throws('DynamoDb.DynamoDbException')) } };

const UNDONE_AFTER_DECLINE = failed('CapturePayment', { ...DECLINED, ...VOIDED_AND_RELEASED });
const RETRY_FAILS: Ending = {
  path: ['ValidateOrder', ...UNDO, ...FAILED_END],
  status: 'FAILED',
  ...DECLINED,
  ...VOIDED_AND_RELEASED,
};
const RETRY_CANCELS: Ending = {
  path: ['ValidateOrder', ...UNDO, ...CANCELLED_END],
  status: 'CANCELLED',
  ...VOIDED_AND_RELEASED,
};
const TO_CAPTURE = upTo('CapturePayment');
const RELEASE_STUCK = escalated(
  [...TO_CAPTURE, ...UNDO],
  { ...DECLINED, payment: 'VOIDED', stock: 'RESERVED' },
  RETRY_FAILS,
);
const UNCLAIMED = escalated(['ValidateOrder'], NOTHING, COMPLETED);

/** What each Task of the state machine has to withstand, and how the order ends. A Task without a row fails the test. */
export const MATRIX: Record<string, StateRow> = {
  ValidateOrder: {
    approach: GOOD,
    once: COMPLETED,
    permanently: UNCLAIMED,
    lostPermanently: UNCLAIMED,
    late: UNCLAIMED,
    business: [
      {
        name: 'OrderNotMine',
        approach: { ...GOOD, given: 'completed by another' },
        ends: { ...COMPLETED, path: ['ValidateOrder', 'OrderSuperseded'] },
      },
      {
        name: 'OrderNotFound',
        approach: { ...GOOD, given: 'missing' },
        ends: { path: ['ValidateOrder', 'OrderMissing'], status: 'none', ...NOTHING },
      },
      {
        name: 'OrderInvalid',
        approach: { ...GOOD, given: 'total is wrong' },
        ends: failed('ValidateOrder', { error: 'VALIDATION_FAILED', ...CLOSED }),
      },
      {
        name: 'OrderCancelRequested',
        approach: { ...GOOD, given: 'cancelled' },
        ends: cancelled('ValidateOrder', CLOSED),
      },
      {
        name: 'OrderUndoing',
        approach: { ...GOOD, given: 'died while undoing' },
        ends: failed('ValidateOrder', { ...INTERNAL, ...CLOSED }),
      },
    ],
  },

  AuthorizePayment: {
    approach: GOOD,
    once: COMPLETED,
    permanently: failed('AuthorizePayment', { ...INTERNAL, ...CLOSED }),
    lostPermanently: failed('AuthorizePayment', { ...INTERNAL, ...CLOSED }),
    late: failed('AuthorizePayment', { ...INTERNAL, ...CLOSED }),
    isUndone: true,
    business: [
      {
        name: 'PaymentDeclined (tok_declined)',
        approach: { fixture: 'declined' },
        ends: failed('AuthorizePayment', { ...DECLINED, ...CLOSED }),
      },
      {
        name: 'PaymentDeclined (tok_insufficient_funds)',
        approach: { fixture: 'insufficient-funds' },
        ends: failed('AuthorizePayment', { ...DECLINED, ...CLOSED }),
      },
      {
        name: 'PaymentUnavailable once (tok_unavailable_once)',
        approach: { fixture: 'unavailable-once' },
        ends: COMPLETED,
      },
      {
        name: 'PaymentUnavailable permanently',
        plan: always(throws('PaymentUnavailable')),
        ends: failed('AuthorizePayment', { error: 'PAYMENT_UNAVAILABLE', ...CLOSED }),
      },
      {
        name: 'a lost answer of the provider (tok_authorized_then_timeout)',
        approach: { fixture: 'authorized-then-timeout' },
        ends: COMPLETED,
      },
      {
        name: 'PaymentClosed',
        approach: { ...GOOD, given: 'payment closed' },
        ends: failed('AuthorizePayment', { ...INTERNAL, ...CLOSED }),
      },
    ],
  },

  ReserveInventory: {
    approach: GOOD,
    once: COMPLETED,
    permanently: failed('ReserveInventory', { ...INTERNAL, ...CLOSED }),
    lostPermanently: failed('ReserveInventory', { ...INTERNAL, ...VOIDED_AND_RELEASED }),
    late: failed('ReserveInventory', { ...INTERNAL, ...CLOSED }),
    isUndone: true,
    business: [
      {
        name: 'OutOfStock',
        approach: { fixture: 'out-of-stock', available: 5 },
        ends: failed('ReserveInventory', { error: 'OUT_OF_STOCK', ...CLOSED }),
      },
      {
        name: 'OrderClosed',
        plan: always(throws('OrderClosed')),
        ends: failed('ReserveInventory', { ...INTERNAL, ...CLOSED }),
      },
      { name: 'TransactionConflict a few times', plan: first(throws('TransactionConflict'), 5), ends: COMPLETED },
    ],
  },

  CapturePayment: {
    approach: GOOD,
    once: COMPLETED,
    permanently: failed('CapturePayment', { ...INTERNAL, ...VOIDED_AND_RELEASED }),
    lostPermanently: failed('CapturePayment', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
    late: failed('CapturePayment', { ...INTERNAL, ...VOIDED_AND_RELEASED }),
    isUndone: true,
    business: [
      { name: 'PaymentDeclined (tok_capture_declined)', approach: CAPTURE_DECLINED, ends: UNDONE_AFTER_DECLINE },
      {
        name: 'a lost answer of the provider (tok_captured_then_timeout)',
        approach: { fixture: 'captured-then-timeout' },
        ends: COMPLETED,
      },
      {
        name: 'PaymentUnavailable permanently',
        plan: always(throws('PaymentUnavailable')),
        ends: failed('CapturePayment', { error: 'PAYMENT_UNAVAILABLE', ...VOIDED_AND_RELEASED }),
      },
      {
        name: 'PaymentClosed',
        plan: always(throws('PaymentClosed')),
        ends: failed('CapturePayment', { ...INTERNAL, ...VOIDED_AND_RELEASED }),
      },
      {
        name: 'OrderCancelRequested',
        approach: CANCELLED_AT_CAPTURE,
        ends: cancelled('CapturePayment', VOIDED_AND_RELEASED),
      },
      {
        name: 'OrderClosed',
        plan: always(throws('OrderClosed')),
        ends: failed('CapturePayment', { ...INTERNAL, ...VOIDED_AND_RELEASED }),
      },
    ],
  },

  CompleteOrder: {
    approach: GOOD,
    once: COMPLETED,
    permanently: failed('CompleteOrder', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
    lostPermanently: { ...COMPLETED, path: [...upTo('CompleteOrder'), 'BeginUndo', 'NotifyCustomer'] },
    late: failed('CompleteOrder', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
    isUndone: true,
    business: [
      {
        name: 'a transaction conflict a few times',
        plan: first(throws('DynamoDb.TransactionCanceledException'), 5),
        ends: COMPLETED,
      },
      {
        name: 'a transaction conflict 25 times',
        plan: first(throws('DynamoDb.TransactionCanceledException'), 25),
        ends: COMPLETED,
      },
      {
        name: 'a refused transaction',
        plan: always(throws('DynamoDb.TransactionCanceledException')),
        ends: failed('CompleteOrder', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
      },
    ],
  },

  NotifyCustomer: {
    approach: GOOD,
    once: COMPLETED,
    permanently: { ...COMPLETED, path: [...FORWARD, 'NotificationPostponed'], notificationLeftDue: true },
    lostPermanently: { ...COMPLETED, path: [...FORWARD, 'NotificationPostponed'] },
    late: { ...COMPLETED, path: [...FORWARD, 'NotificationPostponed'] },
    business: [],
  },

  BeginUndo: {
    approach: CAPTURE_DECLINED,
    once: UNDONE_AFTER_DECLINE,
    permanently: escalated([...TO_CAPTURE, 'BeginUndo'], HELD, UNDONE_AFTER_DECLINE),
    lostPermanently: escalated([...TO_CAPTURE, 'BeginUndo'], { ...DECLINED, ...HELD }, RETRY_FAILS),
    late: escalated([...TO_CAPTURE, 'BeginUndo'], HELD, UNDONE_AFTER_DECLINE),
    business: [
      {
        name: 'an order that was completed after all',
        approach: { ...GOOD, faults: { CompleteOrder: always({ kind: 'lose', by: { kind: 'exit' } }) } },
        ends: { ...COMPLETED, path: [...upTo('CompleteOrder'), 'BeginUndo', 'NotifyCustomer'] },
      },
    ],
    failsTimes: [4, 8],
  },

  ReleaseInventory: {
    approach: CAPTURE_DECLINED,
    once: UNDONE_AFTER_DECLINE,
    permanently: RELEASE_STUCK,
    lostPermanently: { ...RELEASE_STUCK, stock: 'RELEASED' },
    late: { ...RELEASE_STUCK, stock: 'RELEASED' },
    business: [
      {
        name: 'TransactionConflict a few times',
        plan: first(throws('TransactionConflict'), 5),
        ends: UNDONE_AFTER_DECLINE,
      },
    ],
    failsTimes: [4, 8],
  },

  RefundPayment: {
    approach: CAPTURE_DECLINED,
    once: UNDONE_AFTER_DECLINE,
    permanently: escalated(
      [...TO_CAPTURE, 'BeginUndo', 'ReleaseInventory', 'RefundPayment'],
      { ...DECLINED, payment: 'AUTHORIZED', stock: 'RELEASED' },
      RETRY_FAILS,
    ),
    lostPermanently: escalated(
      [...TO_CAPTURE, 'BeginUndo', 'ReleaseInventory', 'RefundPayment'],
      { ...DECLINED, ...VOIDED_AND_RELEASED },
      RETRY_FAILS,
    ),
    late: escalated(
      [...TO_CAPTURE, 'BeginUndo', 'ReleaseInventory', 'RefundPayment'],
      { ...DECLINED, ...VOIDED_AND_RELEASED },
      RETRY_FAILS,
    ),
    business: [
      {
        name: 'PaymentUnavailable a few times, for a captured payment',
        approach: COMPLETE_FAILS,
        plan: first(throws('PaymentUnavailable'), 5),
        ends: failed('CompleteOrder', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
      },
      {
        name: 'a lost answer, for a captured payment',
        approach: COMPLETE_FAILS,
        plan: first({ kind: 'lose', by: throws(LAMBDA_DOWN) as Extract<Step, { kind: 'throw' }> }),
        ends: failed('CompleteOrder', { ...INTERNAL, ...REFUNDED_AND_RELEASED }),
      },
      {
        name: 'PaymentUnavailable permanently (tok_refund_unavailable)',
        approach: { ...COMPLETE_FAILS, fixture: 'refund-unavailable' },
        ends: escalated(
          [...upTo('CompleteOrder'), 'BeginUndo', 'ReleaseInventory', 'RefundPayment'],
          { ...INTERNAL, payment: 'CAPTURED', stock: 'RELEASED' },
          { path: RETRY_FAILS.path, status: 'FAILED', ...INTERNAL, ...REFUNDED_AND_RELEASED },
        ),
      },
    ],
    failsTimes: [3, 5],
  },

  MarkOrderFailed: {
    approach: CAPTURE_DECLINED,
    once: UNDONE_AFTER_DECLINE,
    lostOnce: { ...UNDONE_AFTER_DECLINE, path: [...TO_CAPTURE, ...UNDO, 'MarkOrderFailed', 'NotifyCustomer'] },
    permanently: escalated(
      [...TO_CAPTURE, ...UNDO, 'MarkOrderFailed'],
      { ...DECLINED, ...VOIDED_AND_RELEASED },
      RETRY_FAILS,
    ),
    lostPermanently: {
      ...UNDONE_AFTER_DECLINE,
      path: [...TO_CAPTURE, ...UNDO, 'MarkOrderFailed', 'MarkNeedsAttention', 'NotifyCustomer'],
    },
    late: escalated([...TO_CAPTURE, ...UNDO, 'MarkOrderFailed'], { ...DECLINED, ...VOIDED_AND_RELEASED }, RETRY_FAILS),
    business: [],
    failsTimes: [4, 8],
  },

  MarkOrderCancelled: {
    approach: CANCELLED_AT_CAPTURE,
    once: cancelled('CapturePayment', VOIDED_AND_RELEASED),
    lostOnce: {
      ...cancelled('CapturePayment', VOIDED_AND_RELEASED),
      path: [...TO_CAPTURE, ...UNDO, 'MarkOrderCancelled', 'NotifyCustomer'],
    },
    permanently: escalated([...TO_CAPTURE, ...UNDO, 'MarkOrderCancelled'], VOIDED_AND_RELEASED, RETRY_CANCELS),
    lostPermanently: {
      ...cancelled('CapturePayment', VOIDED_AND_RELEASED),
      path: [...TO_CAPTURE, ...UNDO, 'MarkOrderCancelled', 'MarkNeedsAttention', 'NotifyCustomer'],
    },
    late: escalated([...TO_CAPTURE, ...UNDO, 'MarkOrderCancelled'], VOIDED_AND_RELEASED, RETRY_CANCELS),
    business: [],
    failsTimes: [4, 8],
  },

  MarkNeedsAttention: {
    approach: RELEASE_FAILS,
    once: RELEASE_STUCK,
    lostOnce: { ...RELEASE_STUCK, path: [...TO_CAPTURE, ...UNDO, 'MarkNeedsAttention', 'NotifyCustomer'] },
    permanently: {
      ...RELEASE_STUCK,
      path: [...TO_CAPTURE, ...UNDO, 'MarkNeedsAttention', 'OrderNeedsAttention'],
      escalatedByRule: true,
    },
    lostPermanently: {
      ...RELEASE_STUCK,
      path: [...TO_CAPTURE, ...UNDO, 'MarkNeedsAttention', 'OrderNeedsAttention'],
      notificationLeftDue: true,
    },
    late: {
      ...RELEASE_STUCK,
      path: [...TO_CAPTURE, ...UNDO, 'MarkNeedsAttention', 'OrderNeedsAttention'],
      notificationLeftDue: true,
    },
    business: [],
  },

  NotifyCustomerOfFailure: {
    approach: { fixture: 'declined' },
    once: failed('AuthorizePayment', { ...DECLINED, ...CLOSED }),
    permanently: { ...failed('AuthorizePayment', { ...DECLINED, ...CLOSED }), notificationLeftDue: true },
    lostPermanently: failed('AuthorizePayment', { ...DECLINED, ...CLOSED }),
    late: failed('AuthorizePayment', { ...DECLINED, ...CLOSED }),
    business: [],
  },

  NotifyCustomerOfCancellation: {
    approach: { ...GOOD, given: 'cancelled' },
    once: cancelled('ValidateOrder', CLOSED),
    permanently: { ...cancelled('ValidateOrder', CLOSED), notificationLeftDue: true },
    lostPermanently: cancelled('ValidateOrder', CLOSED),
    late: cancelled('ValidateOrder', CLOSED),
    business: [],
  },

  NotifyOperations: {
    approach: RELEASE_FAILS,
    once: RELEASE_STUCK,
    permanently: { ...RELEASE_STUCK, notificationLeftDue: true },
    lostPermanently: RELEASE_STUCK,
    late: RELEASE_STUCK,
    business: [],
  },
};

/** Every run of the matrix for the Tasks of a definition. A Task without a row has none, which the test finds. */
export function scenarios(definition: Definition): Scenario[] {
  return taskStates(definition).flatMap((state) => {
    const row = MATRIX[state];
    return row ? [...commonScenarios(definition, state, row), ...businessScenarios(definition, state, row)] : [];
  });
}

function commonScenarios(definition: Definition, state: string, row: StateRow): Scenario[] {
  const { approach, once, permanently, lostPermanently, late, lostOnce = once, isUndone, failsTimes = [] } = row;
  const { transient, throttle } = errorsOf(definition, state);
  const lost = (by: Extract<Step, { kind: 'lose' }>['by']): Step => ({ kind: 'lose', by });
  const failing = { kind: 'throw', error: transient } as const;
  const attempts = (error: string) => attemptsFor(stateOf(definition, state), error);
  const scenario = (fault: string, plan: Plan, ends: Ending, more: Partial<Scenario> = {}): Scenario => ({
    state,
    fault,
    approach,
    plan,
    ends,
    ...more,
  });
  return [
    scenario('a transient error, once', first(failing), once, { attempts: 2 }),
    scenario('a transient error, permanently', always(failing), permanently, { attempts: attempts(transient) }),
    scenario('a crash', first({ kind: 'exit' }), once, { attempts: 2 }),
    scenario('a timeout', first({ kind: 'hang' }), once, { timeoutSeconds: 8 }),
    scenario('a throttle, once', first(throws(throttle)), once, { attempts: 2 }),
    scenario('a throttle, permanently', always(throws(throttle)), permanently, { attempts: attempts(throttle) }),
    scenario('success and a lost answer, once', first(lost(failing)), lostOnce, { attempts: 2 }),
    scenario('success and a crash', first(lost({ kind: 'exit' })), lostOnce, { attempts: 2 }),
    scenario('success and a timeout', first(lost({ kind: 'hang' })), lostOnce, { timeoutSeconds: 8 }),
    scenario('success and a lost answer, permanently', always(lost(failing)), lostPermanently, {
      attempts: attempts(transient),
    }),
    scenario('timeouts and a late effect', always({ kind: 'late' }), late, {
      timeoutSeconds: 1,
      notificationsMayRepeat: true,
    }),
    ...(isUndone
      ? [
          scenario('timeouts and an effect in the middle of the undo', always({ kind: 'late' }), late, {
            timeoutSeconds: 1,
            landsAfter: 'ReleaseInventory',
          }),
        ]
      : []),
    ...failsTimes.map((times) =>
      scenario(`${times} transient errors before it heals`, first(failing, times), once, { attempts: times + 1 }),
    ),
  ];
}

function businessScenarios(definition: Definition, state: string, row: StateRow): Scenario[] {
  return row.business.map(({ name, plan, approach = row.approach, ends }) => ({
    state,
    fault: name,
    approach,
    ...(plan && { plan }),
    ends,
    ...attemptsOfPlan(definition, state, plan),
  }));
}

function attemptsOfPlan(definition: Definition, state: string, plan: Plan | undefined): Pick<Scenario, 'attempts'> {
  if (plan?.rest.kind === 'throw') return { attempts: attemptsFor(stateOf(definition, state), plan.rest.error) };
  return plan ? { attempts: plan.steps.length + 1 } : {};
}

/** The names that a failure of the service itself and a throttle have for this Task's integration. */
function errorsOf(definition: Definition, state: string): { transient: string; throttle: string } {
  switch (stateOf(definition, state).Resource) {
    case 'arn:aws:states:::dynamodb:updateItem':
      return {
        transient: 'DynamoDB.InternalServerErrorException',
        throttle: 'DynamoDB.ProvisionedThroughputExceededException',
      };
    case 'arn:aws:states:::aws-sdk:dynamodb:transactWriteItems':
      return { transient: 'DynamoDb.InternalServerErrorException', throttle: 'DynamoDb.ThrottlingException' };
    default:
      return { transient: LAMBDA_DOWN, throttle: 'Lambda.TooManyRequestsException' };
  }
}

function stateOf({ States }: Definition, name: string) {
  const state = States[name];
  if (!state) throw new Error(`there is no state ${name}`);
  return state;
}
