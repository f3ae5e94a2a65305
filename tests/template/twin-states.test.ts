import { PROCESS_ORDER, readDefinition } from '../support/workflow-definition.ts';
import { differences } from '../workflow/faults/machine-copy.ts';
import type { Retrier, State, StateMachine } from './asl.ts';

/**
 * States that are alike have to be written out one by one, because the States Language shares nothing between states
 * and CloudFormation expands no YAML anchors. Here they are held equal but for what has to differ.
 */
const { States } = readDefinition<StateMachine>(PROCESS_ORDER);

function state(name: string): State {
  const found = States[name];
  if (!found) throw new Error(`there is no state ${name}`);
  return found;
}

const between = (one: string, other: string) => differences(state(one), state(other)).sort();

const VALUES = 'Arguments.ExpressionAttributeValues';

describe('these differ only in', () => {
  test('what they write: MarkOrderFailed and MarkOrderCancelled', () => {
    expect(between('MarkOrderFailed', 'MarkOrderCancelled')).toEqual([
      `${VALUES}.:entry.L.0.M.detail`,
      `${VALUES}.:entry.L.0.M.status.S`,
      `${VALUES}.:outcome.S`,
      'Catch.1.Assign.trouble',
      'Comment',
      'Next',
    ]);
  });

  test('what they write, from where, and what follows a failure: MarkOrderFailed and MarkNeedsAttention', () => {
    expect(between('MarkOrderFailed', 'MarkNeedsAttention')).toEqual([
      'Arguments.ConditionExpression',
      `${VALUES}.:entry.L.0.M.detail.S`,
      `${VALUES}.:entry.L.0.M.status.S`,
      `${VALUES}.:outcome.S`,
      `${VALUES}.:payment`,
      `${VALUES}.:pending`,
      'Arguments.UpdateExpression',
      'Catch.1.Assign',
      'Catch.1.Next',
      'Comment',
      'Next',
    ]);
  });

  test.each(['NotifyCustomerOfCancellation', 'NotifyOperations'])(
    'where they end: NotifyCustomerOfFailure and %s',
    (name) => {
      expect(between('NotifyCustomerOfFailure', name)).toEqual(['Catch.0.Next', 'Comment', 'Next']);
    },
  );

  test('where they end: NotifyCustomer and the other three', () => {
    expect(between('NotifyCustomer', 'NotifyCustomerOfFailure')).toEqual(['Catch.0.Next', 'Comment', 'End', 'Next']);
  });
});

describe('this is written alike wherever it stands', () => {
  const tasks = Object.entries(States).filter(([, { Type }]) => Type === 'Task');
  const argumentsOf = ({ Arguments }: State) => Arguments as Record<string, unknown>;

  /** Every different form of something, so that one form is the only right answer. */
  const forms = (values: unknown[]) => [...new Set(values.map((value) => JSON.stringify(value)))];

  test('the key of the order', () => {
    const updates = tasks.filter(([, { Resource }]) => Resource?.endsWith('dynamodb:updateItem'));
    expect(updates.map(([name]) => name)).toEqual([
      'BeginUndo',
      'MarkOrderFailed',
      'MarkOrderCancelled',
      'MarkNeedsAttention',
    ]);
    expect(forms(updates.map(([, task]) => argumentsOf(task).Key))).toHaveLength(1);
  });

  test('what a function is told about the order and the execution', () => {
    const payloads = tasks
      .filter(([, { Resource }]) => Resource?.endsWith('lambda:invoke'))
      .map(([, task]) => argumentsOf(task).Payload as Record<string, unknown>);
    expect(payloads).toHaveLength(10);
    expect(forms(payloads.map(({ operation: _, ...who }) => who))).toHaveLength(1);
  });

  test('the operation, which only functions with several have', () => {
    const operations = tasks
      .filter(([, { Resource }]) => Resource?.endsWith('lambda:invoke'))
      .map(([name, task]) => [name, (argumentsOf(task).Payload as Record<string, unknown>).operation]);
    expect(Object.fromEntries(operations.filter(([, operation]) => operation !== undefined))).toEqual({
      AuthorizePayment: 'authorize',
      ReserveInventory: 'reserve',
      CapturePayment: 'capture',
      ReleaseInventory: 'release',
      RefundPayment: 'refund',
    });
  });

  /** What each Task calls, and how often and how long it retries an error that it does not know. */
  const RETRIES: Record<string, [seconds: number, attempts: number]> = {
    'lambda:invoke ValidateFunctionArn': [30, 5],
    'lambda:invoke PaymentFunctionArn': [30, 5],
    'lambda:invoke InventoryFunctionArn': [20, 8],
    'lambda:invoke NotifyFunctionArn': [30, 5],
    'dynamodb:updateItem OrdersTable': [20, 8],
    'aws-sdk:dynamodb:transactWriteItems': [10, 8],
  };

  const called = (task: State) => {
    const { FunctionName, TableName } = argumentsOf(task);
    const name = String(FunctionName ?? TableName ?? '').replace(/^\$\{(\w+)\}$/, '$1');
    return `${task.Resource?.replace('arn:aws:states:::', '')} ${name}`.trim();
  };

  test.each(tasks)('how an unknown error is retried: %s', (_name, task) => {
    const [seconds, attempts] = RETRIES[called(task)] ?? [];
    expect(task.Retry?.at(-1)).toEqual({
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 1,
      BackoffRate: 2,
      MaxDelaySeconds: seconds,
      MaxAttempts: attempts,
      JitterStrategy: 'FULL',
    });
  });

  test('how an unavailable payment provider is retried', () => {
    const retriers = tasks.flatMap(([, { Retry = [] }]) =>
      Retry.filter(({ ErrorEquals }: Retrier) => ErrorEquals.includes('PaymentUnavailable')),
    );
    expect(retriers).toHaveLength(3);
    expect(forms(retriers)).toHaveLength(1);
  });

  test('the failures that two states share', () => {
    const failures = tasks.flatMap(([name, { Catch = [] }]) =>
      Catch.flatMap(({ Assign }) =>
        Assign?.failure ? [[name, Assign.failure as Record<string, string>] as const] : [],
      ),
    );
    for (const [name, { state: where }] of failures) expect(where).toBe(name);
    const messages = Map.groupBy(failures, ([, { code }]) => code ?? '');
    for (const [, alike] of messages) expect(forms(alike.map(([, { message }]) => message))).toHaveLength(1);
  });
});
