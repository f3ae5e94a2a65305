import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validateAsl from 'asl-validator';
import { definitionText, parseDefinition } from '../support/workflow-definition.ts';
import {
  assignedAt,
  edgesOf,
  type Finding,
  functionOf,
  happyPath,
  inspect,
  longestPath,
  longestStay,
  type State,
  type StateMachine,
  type Surroundings,
  statesOf,
} from './asl.ts';
import { errorClasses, errorsMadeBy } from './error-classes.ts';
import { target, template } from './template.ts';

/** Errors that no state names, because only States.ALL is right for them. */
const LEFT_TO_CATCH_ALL: Record<string, string> = {
  MissingEnvironment: 'a deployment without its variables fails every order alike, and only an operator can mend it',
  UnknownPaymentProvider: 'as above: the parameter allows only providers that exist',
  'PaymentFunction.OrderNotFound': 'ValidateOrder has claimed the row, so that a missing one is no business of a step',
  'InventoryFunction.OrderNotFound': 'as above',
  'NotifyFunction.OrderNotFound': 'a notification never changes how an order ends, whatever its error',
  'InventoryFunction.TransactionConflict': 'two transactions met: transient, so the Retry on States.ALL tries again',
  'PaymentFunction.PaymentCaptured': 'refund() looks again when it meets it, so that it never leaves the function',
  'PaymentFunction.PaymentNotCaptured': 'as above',
};

/** The ends of the workflow that are no error of any code. */
const END_NAMES: Record<string, string> = {
  OrderFailed: 'a failed order that was undone, counted as a failed execution',
  OrderMissing: 'a message for an order that nobody wrote',
  OrderNeedsAttention: 'an undo that did not succeed',
};

/** Tasks that follow neither money nor stock and whose failure may end the execution. None: every Task has its Catch. */
const WITHOUT_CATCH_ALL: Record<string, string> = {};

/** Where a Task goes when it has failed permanently, as docs/protocol.md says under "refused, or failed permanently". */
const AFTER_PERMANENT_FAILURE: Record<string, string> = {
  ValidateOrder: 'MarkNeedsAttention',
  AuthorizePayment: 'BeginUndo',
  ReserveInventory: 'BeginUndo',
  CapturePayment: 'BeginUndo',
  CompleteOrder: 'BeginUndo',
  NotifyCustomer: 'NotificationPostponed',
  BeginUndo: 'MarkNeedsAttention',
  ReleaseInventory: 'RefundPayment',
  RefundPayment: 'MarkNeedsAttention',
  MarkOrderFailed: 'MarkNeedsAttention',
  MarkOrderCancelled: 'MarkNeedsAttention',
  MarkNeedsAttention: 'OrderNeedsAttention',
  NotifyCustomerOfFailure: 'OrderFailed',
  NotifyCustomerOfCancellation: 'OrderCancelled',
  NotifyOperations: 'OrderNeedsAttention',
};

/** The largest batch of the pipe, which is what the dispatch workflow's Map gets. */
const BATCH = 10;

/** The longest that AWS lets an Express execution run, in seconds. */
const EXPRESS_LIMIT = 300;

const classes = errorClasses();
const workflows = {
  ProcessOrder: readWorkflow('ProcessOrder'),
  DispatchOrders: readWorkflow('DispatchOrders'),
};
type WorkflowId = keyof typeof workflows;
const workflowIds = Object.keys(workflows) as WorkflowId[];

function readWorkflow(id: string) {
  const properties = template.Resources[id]?.Properties ?? {};
  const source = definitionText(String(properties.DefinitionUri));
  const substitutions = (properties.DefinitionSubstitutions ?? {}) as Record<string, never>;
  const functions: Record<string, { name: string; timeout: number; folder: string }> = {};
  for (const [placeholder, value] of Object.entries(substitutions)) {
    const name = target(value) ?? '';
    const resource = template.Resources[name];
    if (resource?.Type !== 'AWS::Serverless::Function') continue;
    const timeout = Number(resource.Properties.Timeout ?? template.Globals.Function.Timeout);
    functions[placeholder] = { name, timeout, folder: String(resource.Properties.CodeUri) };
  }
  const around: Surroundings = {
    substitutions: Object.keys(substitutions),
    functions,
    throws: Object.fromEntries(
      Object.values(functions).map(({ name, folder }) => [name, errorsMadeBy(folder, classes)]),
    ),
    leftToCatchAll: LEFT_TO_CATCH_ALL,
    endNames: END_NAMES,
    withoutCatchAll: WITHOUT_CATCH_ALL,
    mapItems: BATCH,
  };
  return { source, machine: parseDefinition<StateMachine>(source), around };
}

const show = (findings: readonly Finding[]) =>
  findings.map(({ rule, state, message }) => `${rule} | ${state}: ${message}`);

describe.each(workflowIds)('%s', (id) => {
  const { source, machine, around } = workflows[id];

  test('is a document that asl-validator accepts', () => {
    expect(validateAsl(machine as never)).toMatchObject({ isValid: true });
  });

  test('has nothing that would only fail while it runs', () => {
    expect(show(inspect(source, around))).toEqual([]);
  });

  test('calls functions whose Timeout is known', () => {
    const tasks = [...statesOf(machine)].filter(([, state]) => state.Resource?.includes('lambda'));
    expect(tasks.filter(([, task]) => functionOf(task, around) === undefined)).toEqual([]);
  });
});

describe('process-order', () => {
  const { machine, around } = workflows.ProcessOrder;

  test('enters six states when nothing fails, each a step of the business', () => {
    expect(happyPath(machine)).toEqual([
      'ValidateOrder',
      'AuthorizePayment',
      'ReserveInventory',
      'CapturePayment',
      'CompleteOrder',
      'NotifyCustomer',
    ]);
    expect(happyPath(machine).map((name) => machine.States[name]?.Type)).toEqual(Array(6).fill('Task'));
  });

  test('goes where the protocol says when a Task has failed permanently', () => {
    const tasks = Object.entries(machine.States).filter(([, state]) => state.Type === 'Task');
    const last = tasks.map(([name, task]) => [name, task.Catch?.at(-1)?.Next]);
    expect(Object.fromEntries(last)).toEqual(AFTER_PERMANENT_FAILURE);
  });

  test('undoes nothing before BeginUndo has closed the way forward', () => {
    const undo = ['ReleaseInventory', 'RefundPayment', 'MarkOrderFailed', 'MarkOrderCancelled'];
    const doors = Object.entries(machine.States).flatMap(([name, state]) =>
      edgesOf(state)
        .filter((edge) => undo.includes(edge.to) && ![...undo, 'HowDidTheUndoEnd'].includes(name))
        .map((edge) => `${name} -> ${edge.to}`),
    );
    expect(doors).toEqual(['BeginUndo -> ReleaseInventory']);
  });

  test('writes the sum of its longest way into its Comment', () => {
    const { seconds, path } = longestPath(machine, around);
    const written = machine.Comment?.match(/\d+(?=[\d s+,a-z]*: \d+ s\.)/g)?.map(Number);
    expect(written).toEqual(path.map((step) => step.seconds).filter((added) => added > 0));
    expect(machine.Comment).toContain(`: ${seconds} s.`);
    expect(machine.TimeoutSeconds).toBeGreaterThanOrEqual(seconds);
  });

  test('lets an order wait for its payment provider for at most 15 minutes', () => {
    for (const name of ['AuthorizePayment', 'CapturePayment', 'RefundPayment']) {
      const task = at(machine, name);
      const Retry = (task.Retry ?? []).filter((retrier) => retrier.ErrorEquals.includes('PaymentUnavailable'));
      const seconds = longestStay({ ...task, Retry }, around);
      expect({ name, seconds, bounded: Retry.length === 1 && seconds <= 15 * 60 }).toMatchObject({ bounded: true });
    }
  });

  test('ends every failed order as a failed execution', () => {
    const ends = Object.entries(machine.States).filter(([, { Type }]) => Type === 'Fail' || Type === 'Succeed');
    expect(Object.fromEntries(ends.map(([name, { Type }]) => [name, Type]))).toEqual({
      OrderSuperseded: 'Succeed',
      NotificationPostponed: 'Succeed',
      OrderCancelled: 'Succeed',
      OrderFailed: 'Fail',
      OrderMissing: 'Fail',
      OrderNeedsAttention: 'Fail',
    });
  });
});

describe('dispatch-orders', () => {
  const { machine, around } = workflows.DispatchOrders;

  test('is done with a full batch before AWS ends an Express execution', () => {
    expect(longestPath(machine, around).seconds).toBeLessThan(EXPRESS_LIMIT);
    expect(machine.TimeoutSeconds).toBeLessThan(EXPRESS_LIMIT);
  });

  test('names the execution after the order, so that a second delivery starts nothing', () => {
    const start = [...statesOf(machine)].find(([name]) => name === 'StartOrder')?.[1];
    expect(start?.Arguments).toMatchObject({ Name: '{% $states.input.body.orderId %}' });
  });
});

/* Every rule is shown to fail on a copy of the real definition with one thing wrong. */

type Mutation = [rule: string, wrong: string, state: string, of: WorkflowId, change: (machine: StateMachine) => void];

function at(machine: StateMachine, name: string): State {
  const state = [...statesOf(machine)].find(([found]) => found === name)?.[1];
  if (!state) throw new Error(`no state ${name} to change`);
  return state;
}

const MUTATIONS: Mutation[] = [
  ['language', 'JSONPath', '(machine)', 'ProcessOrder', (m) => delete m.QueryLanguage],
  [
    'unknown-next',
    'a Next that is misspelt',
    'ValidateOrder',
    'ProcessOrder',
    (m) => {
      at(m, 'ValidateOrder').Next = 'AuthorisePayment';
    },
  ],
  [
    'unknown-next',
    'a Catch that leads nowhere',
    'ReserveInventory',
    'ProcessOrder',
    (m) => {
      at(m, 'ReserveInventory').Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
    },
  ],
  [
    'unreachable',
    'a state that was left over',
    'Leftover',
    'ProcessOrder',
    (m) => {
      m.States.Leftover = { ...at(m, 'NotificationPostponed') };
    },
  ],
  [
    'unreachable',
    'a state in the Map that was left over',
    'Leftover',
    'DispatchOrders',
    (m) => {
      const processor = at(m, 'DispatchMessages').ItemProcessor as StateMachine;
      processor.States.Leftover = { ...at(m, 'OrderStarted') };
    },
  ],
  ['dead-end', 'no Next', 'AuthorizePayment', 'ProcessOrder', (m) => delete at(m, 'AuthorizePayment').Next],
  [
    'dead-end',
    'both End and Next',
    'AuthorizePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'AuthorizePayment').End = true;
    },
  ],
  [
    'dead-end',
    'a Choice without Default',
    'HowDidTheUndoEnd',
    'ProcessOrder',
    (m) => delete at(m, 'HowDidTheUndoEnd').Default,
  ],
  ['comment', 'no Comment', 'CapturePayment', 'ProcessOrder', (m) => delete at(m, 'CapturePayment').Comment],
  [
    'comment',
    'a Comment without a reason',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Comment = 'Captures the payment.';
    },
  ],
  [
    'comment',
    'a Comment that is no sentence',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Comment = 'captures the payment after the stock has been reserved for it';
    },
  ],
  [
    'comment',
    'a Comment copied from another state',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Comment = at(m, 'AuthorizePayment').Comment ?? '';
    },
  ],
  [
    'timeout',
    'no TimeoutSeconds',
    'CompleteOrder',
    'ProcessOrder',
    (m) => delete at(m, 'CompleteOrder').TimeoutSeconds,
  ],
  [
    'timeout',
    'a Task that gives up before its function',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').TimeoutSeconds = 23;
    },
  ],
  [
    'timeout',
    'a function that the template does not have',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Arguments = { FunctionName: placeholder('OrdersTable') };
    },
  ],
  ['retry', 'no Retry', 'BeginUndo', 'ProcessOrder', (m) => delete at(m, 'BeginUndo').Retry],
  [
    'retry',
    'a JitterStrategy that does not exist',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      for (const retrier of at(m, 'BeginUndo').Retry ?? []) retrier.JitterStrategy = 'RANDOM';
    },
  ],
  [
    'retry',
    'no MaxAttempts',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      for (const retrier of at(m, 'BeginUndo').Retry ?? []) delete retrier.MaxAttempts;
    },
  ],
  [
    'retry',
    'retries without end',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      for (const retrier of at(m, 'BeginUndo').Retry ?? []) retrier.MaxAttempts = 99999;
    },
  ],
  [
    'retry',
    'retries that do not slow down',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      for (const retrier of at(m, 'BeginUndo').Retry ?? []) retrier.BackoffRate = 1;
    },
  ],
  [
    'retry',
    'a Lambda transient that is not retried',
    'NotifyCustomer',
    'ProcessOrder',
    (m) => {
      at(m, 'NotifyCustomer').Retry = [
        {
          ErrorEquals: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
          IntervalSeconds: 1,
          BackoffRate: 2,
          MaxAttempts: 3,
          JitterStrategy: 'FULL',
        },
      ];
    },
  ],
  [
    'throttle',
    'a function whose throttling is retried like any error',
    'NotifyCustomer',
    'ProcessOrder',
    (m) => {
      at(m, 'NotifyCustomer').Retry?.shift();
    },
  ],
  [
    'throttle',
    'a table whose throttling is retried for seconds',
    'CompleteOrder',
    'ProcessOrder',
    (m) => {
      const [first] = at(m, 'CompleteOrder').Retry ?? [];
      if (first) first.MaxAttempts = 5;
    },
  ],
  [
    'retry',
    'States.ALL before a named error',
    'AuthorizePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'AuthorizePayment').Retry?.reverse();
    },
  ],
  [
    'catch',
    'only the step’s own errors',
    'AuthorizePayment',
    'ProcessOrder',
    (m) => at(m, 'AuthorizePayment').Catch?.pop(),
  ],
  ['catch', 'no Catch at all', 'RefundPayment', 'ProcessOrder', (m) => delete at(m, 'RefundPayment').Catch],
  [
    'catch',
    'States.ALL before a named error',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Catch?.reverse();
    },
  ],
  [
    'catch',
    'an error caught twice',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Catch?.unshift({ ErrorEquals: ['PaymentDeclined'], Next: 'BeginUndo' });
    },
  ],
  [
    'error-name',
    'an error that no class has',
    'ReserveInventory',
    'ProcessOrder',
    (m) => rename(m, 'OutOfStock', 'OutOfStockError'),
  ],
  [
    'error-name',
    'an error of another function',
    'ReserveInventory',
    'ProcessOrder',
    (m) => rename(m, 'OutOfStock', 'PaymentDeclined'),
  ],
  [
    'error-name',
    'the SDK prefix on an optimised integration',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      rename(m, 'DynamoDB.ConditionalCheckFailedException', 'DynamoDb.ConditionalCheckFailedException');
    },
  ],
  [
    'error-name',
    'the optimised prefix on an SDK integration',
    'CompleteOrder',
    'ProcessOrder',
    (m) => {
      at(m, 'CompleteOrder').Catch?.unshift({
        ErrorEquals: ['DynamoDB.TransactionCanceledException'],
        Next: 'BeginUndo',
      });
    },
  ],
  [
    'error-name',
    'a States error that does not exist',
    'NotifyCustomer',
    'ProcessOrder',
    (m) => {
      at(m, 'NotifyCustomer').Retry?.unshift({ ErrorEquals: ['States.TimeOut'], MaxAttempts: 0 });
    },
  ],
  [
    'error-name',
    'an end with a name of its own',
    'OrderFailed',
    'ProcessOrder',
    (m) => {
      at(m, 'OrderFailed').Error = 'OrderFailure';
    },
  ],
  [
    'error-name',
    'a start error without its service',
    'StartOrder',
    'DispatchOrders',
    (m) => {
      rename(m, 'StepFunctions.ExecutionAlreadyExistsException', 'Sfn.ExecutionAlreadyExistsException');
    },
  ],
  [
    'error-owner',
    'an error that nobody names any more',
    'InventoryFunction',
    'ProcessOrder',
    (m) => {
      rename(m, 'OutOfStock', 'States.Timeout');
    },
  ],
  [
    'expression',
    'JSONata that does not parse',
    'HowDidTheUndoEnd',
    'ProcessOrder',
    (m) => {
      condition(m, '{% $not($released %}');
    },
  ],
  [
    'expression',
    'an expression inside other text',
    'OrderNeedsAttention',
    'ProcessOrder',
    (m) => {
      at(m, 'OrderNeedsAttention').Cause = 'because {% $trouble %}';
    },
  ],
  [
    'expression',
    '$eval, which Step Functions does not have',
    'HowDidTheUndoEnd',
    'ProcessOrder',
    (m) => {
      condition(m, "{% $eval('true') %}");
    },
  ],
  [
    'expression',
    'a result where there is none yet',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Arguments = {
        FunctionName: placeholder('PaymentFunctionArn'),
        Payload: '{% $states.result %}',
      };
    },
  ],
  [
    'expression',
    'a result where the state failed',
    'CapturePayment',
    'ProcessOrder',
    (m) => {
      at(m, 'CapturePayment').Catch = [
        { ErrorEquals: ['States.ALL'], Assign: { failure: '{% $states.result %}' }, Next: 'BeginUndo' },
      ];
    },
  ],
  [
    'variable',
    'a misspelt variable',
    'HowDidTheUndoEnd',
    'ProcessOrder',
    (m) => condition(m, '{% $not($realeased) %}'),
  ],
  [
    'variable',
    'a Catch that forgets what its target reads',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      delete at(m, 'ReserveInventory').Catch?.at(-1)?.Assign;
    },
  ],
  [
    'variable',
    'an Assign of the state that failed',
    'BeginUndo',
    'ProcessOrder',
    (m) => {
      const task = at(m, 'ReserveInventory');
      const assign = task.Catch?.at(-1)?.Assign;
      if (assign) task.Assign = assign;
      delete task.Catch?.at(-1)?.Assign;
    },
  ],
  [
    'variable',
    'a variable that only one of two ways assigns',
    'MarkNeedsAttention',
    'ProcessOrder',
    (m) => {
      delete at(m, 'RefundPayment').Catch?.at(-1)?.Assign;
    },
  ],
  [
    'placeholder',
    'a placeholder that the template does not fill',
    '(machine)',
    'ProcessOrder',
    (m) => {
      at(m, 'BeginUndo').Arguments = { TableName: placeholder('OrderTable') };
    },
  ],
  [
    'placeholder',
    'a substitution that nothing uses',
    '(machine)',
    'DispatchOrders',
    (m) => {
      at(m, 'StartOrder').Arguments = { StateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:x' };
    },
  ],
  [
    'duration',
    'an execution that times out before its tasks',
    '(machine)',
    'ProcessOrder',
    (m) => {
      m.TimeoutSeconds = 3600;
    },
  ],
  [
    'duration',
    'a loop',
    '(machine)',
    'ProcessOrder',
    (m) => {
      at(m, 'NotifyOperations').Next = 'ValidateOrder';
    },
  ],
  [
    'duration',
    'a Map that takes its items one by one',
    '(machine)',
    'DispatchOrders',
    (m) => {
      at(m, 'DispatchMessages').MaxConcurrency = 1;
    },
  ],
];

const placeholder = (name: string) => `\${${name}}`;

/** Calls an error by another name wherever a Retry or Catch names it. */
function rename(machine: StateMachine, from: string, to: string): void {
  for (const [, state] of statesOf(machine)) {
    for (const entry of [...(state.Retry ?? []), ...(state.Catch ?? [])]) {
      if (entry.ErrorEquals) entry.ErrorEquals = entry.ErrorEquals.map((name) => (name === from ? to : name));
    }
  }
}

function condition(machine: StateMachine, text: string): void {
  const [first] = at(machine, 'HowDidTheUndoEnd').Choices ?? [];
  if (first) first.Condition = text;
}

describe('the rules report', () => {
  test.each(MUTATIONS)('%s: %s', (rule, _wrong, state, of, change) => {
    const { machine, around } = workflows[of];
    const changed = structuredClone(machine);
    change(changed);
    const reported = inspect(JSON.stringify(changed), around);
    expect(reported.map((finding) => ({ rule: finding.rule, state: finding.state }))).toContainEqual({ rule, state });
  });

  test('a Task that is excused from States.ALL and has it all the same', () => {
    const { source, around } = workflows.ProcessOrder;
    const reported = inspect(source, { ...around, withoutCatchAll: { NotifyCustomer: 'an excuse' } });
    expect(show(reported)).toEqual(['catch | NotifyCustomer: is excused from States.ALL and has it']);
  });

  test('an error that a function newly throws', () => {
    const { source, around } = workflows.ProcessOrder;
    const throws = { ...around.throws, ValidateFunction: [...(around.throws.ValidateFunction ?? []), 'OrderTooOld'] };
    const reported = inspect(source, { ...around, throws });
    expect(show(reported)).toEqual([
      'error-owner | ValidateFunction: throws OrderTooOld, which no Task that calls it names',
    ]);
  });

  test('no error as left to States.ALL that no function throws', () => {
    const { throws } = workflows.ProcessOrder.around;
    const thrown = Object.entries(throws).flatMap(([name, errors]) => errors.flatMap((e) => [e, `${name}.${e}`]));
    expect(Object.keys(LEFT_TO_CATCH_ALL).filter((left) => !thrown.includes(left))).toEqual([]);
  });

  test('every rule at least once', () => {
    const source = readFileSync(join(__dirname, 'asl.ts'), 'utf8');
    const rules = new Set([
      ...[...source.matchAll(/rule: '([\w-]+)'/g)].map((match) => match[1]),
      ...[...source.matchAll(/checkOrder\('([\w-]+)'/g)].map((match) => match[1]),
    ]);
    expect([...rules].filter((rule) => !MUTATIONS.some(([covered]) => covered === rule))).toEqual([]);
  });
});

describe('the walker', () => {
  const machine = (States: Record<string, State>): StateMachine => ({ StartAt: 'First', States });

  test('knows a variable after a join only when both ways assign it', () => {
    const joined = machine({
      First: { Type: 'Choice', Choices: [{ Next: 'Left' }], Default: 'Right' },
      Left: { Type: 'Pass', Assign: { both: 1, left: 1 }, Next: 'Last' },
      Right: { Type: 'Pass', Assign: { both: 2 }, Next: 'Last' },
      Last: { Type: 'Succeed' },
    });
    expect(assignedAt(joined).get('Last')).toEqual(new Set(['both']));
  });

  test('adds every attempt and every wait of a Task up', () => {
    const { seconds } = longestPath(
      machine({
        First: {
          Type: 'Task',
          TimeoutSeconds: 10,
          Retry: [
            { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxDelaySeconds: 6, MaxAttempts: 3 },
          ],
          End: true,
        },
      }),
      workflows.ProcessOrder.around,
    );
    expect(seconds).toBe(4 * 10 + 2 + 4 + 6);
  });
});
