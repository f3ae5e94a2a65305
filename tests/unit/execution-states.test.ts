import { readFileSync } from 'node:fs';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { statesOf } from '../../functions/shared/orders/execution-states.ts';

/*
 * The histories in execution-histories are those of orders on the local cloud. AWS writes some events that are not in
 * them: TaskStarted between TaskScheduled and the result, TaskTimedOut in place of a TaskFailed with States.Timeout,
 * EvaluationFailed for an expression, and nothing after ExecutionAborted. The tests below them have those.
 */
function recorded(name: string): HistoryEvent[] {
  const path = `tests/unit/execution-histories/${name}.json`;
  const events = JSON.parse(readFileSync(path, 'utf8')) as (Omit<HistoryEvent, 'timestamp'> & { timestamp: string })[];
  return events.map((event) => ({ ...event, timestamp: new Date(event.timestamp) }));
}

type Told = [type: string, second: number, details?: { name?: string; error?: string; cause?: string }];

/** Events as AWS names them; a second is counted from the beginning. */
function history(...told: Told[]): HistoryEvent[] {
  return told.map(([type, second, details = {}], index) => {
    const named = type.replace(/^\w+(?=State(Entered|Exited)$)/, '');
    return {
      id: index + 1,
      type,
      timestamp: new Date(Date.UTC(2026, 0, 1) + second * 1000),
      [`${named.charAt(0).toLowerCase()}${named.slice(1)}EventDetails`]: details,
    } as unknown as HistoryEvent;
  });
}
const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const wayOf = (events: HistoryEvent[]) =>
  statesOf(events).map(({ name, status, error, attempts }) => [name, status, error, attempts.length]);

describe('a recorded history of', () => {
  test('a declined order shows the way through the undo to its Fail state', () => {
    expect(wayOf(recorded('declined'))).toEqual([
      ['ValidateOrder', 'SUCCEEDED', undefined, 1],
      ['AuthorizePayment', 'CAUGHT', 'PaymentDeclined', 1],
      ['BeginUndo', 'SUCCEEDED', undefined, 1],
      ['ReleaseInventory', 'SUCCEEDED', undefined, 1],
      ['RefundPayment', 'SUCCEEDED', undefined, 1],
      ['HowDidTheUndoEnd', 'SUCCEEDED', undefined, 0],
      ['MarkOrderFailed', 'SUCCEEDED', undefined, 1],
      ['NotifyCustomerOfFailure', 'SUCCEEDED', undefined, 1],
      ['OrderFailed', 'FAILED', 'OrderFailed', 0],
    ]);
  });

  test('every state names the one that was entered next, and the last names none', () => {
    const visits = statesOf(recorded('declined'));
    expect(visits.map(({ next }) => next)).toEqual([...visits.slice(1).map(({ name }) => name), undefined]);
  });

  test('an order whose payment was unavailable once shows the attempt that failed and how long was waited', () => {
    const visit = statesOf(recorded('unavailable-once')).find(({ name }) => name === 'AuthorizePayment');
    expect(visit).toEqual({
      name: 'AuthorizePayment',
      status: 'SUCCEEDED',
      enteredAt: '2026-11-21T14:04:25.020Z',
      exitedAt: expect.any(String),
      attempts: [
        {
          startedAt: '2026-11-21T14:04:25.020Z',
          endedAt: '2026-11-21T14:04:25.366Z',
          error: 'PaymentUnavailable',
          retriedAfterSeconds: 0.19,
        },
        { startedAt: '2026-11-21T14:04:25.556Z', endedAt: expect.any(String) },
      ],
      next: 'ReserveInventory',
    });
  });

  test('a cancel whose refund never succeeded shows every retry, and the one that was caught', () => {
    const visits = statesOf(recorded('needs-attention'));
    expect(visits.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'ValidateOrder CAUGHT',
      'BeginUndo SUCCEEDED',
      'ReleaseInventory SUCCEEDED',
      'RefundPayment CAUGHT',
      'MarkNeedsAttention SUCCEEDED',
      'NotifyOperations SUCCEEDED',
      'OrderNeedsAttention FAILED',
    ]);
    const refund = visits.find(({ name }) => name === 'RefundPayment');
    expect(refund?.attempts.map(({ error }) => error)).toEqual(Array(10).fill('PaymentUnavailable'));
    expect(refund?.attempts.map(({ retriedAfterSeconds }) => retriedAfterSeconds !== undefined)).toEqual([
      ...Array(9).fill(true),
      false,
    ]);
  });

  test('an execution that was stopped ends in the state where it was, whatever its work still reported', () => {
    expect(statesOf(recorded('aborted'))).toEqual([
      expect.objectContaining({ name: 'ValidateOrder', status: 'SUCCEEDED' }),
      { name: 'AuthorizePayment', status: 'ABORTED', enteredAt: expect.any(String), attempts: [expect.anything()] },
    ]);
  });

  test.each(['declined', 'unavailable-once', 'needs-attention', 'aborted'])('%s never shows a cause', (name) => {
    const events = recorded(name);
    const shown = JSON.stringify(statesOf(events));
    const causes = [...JSON.stringify(events).matchAll(/"cause":"((?:[^"\\]|\\.)*)"/g)].map(([, cause]) => cause ?? '');
    expect(causes.length).toBeGreaterThan(name === 'unavailable-once' ? 0 : 1);
    expect(causes.filter((cause) => shown.includes(cause))).toEqual([]);
    expect(shown).not.toMatch(/cause|input|output/);
  });
});

describe("an event as AWS writes it, and the emulator doesn't:", () => {
  test('the start of an attempt begins no second one', () => {
    const events = history(
      ['ExecutionStarted', 0],
      ['TaskStateEntered', 0, { name: 'A' }],
      ['TaskScheduled', 1],
      ['TaskStarted', 2],
      ['TaskSucceeded', 3],
      ['TaskStateExited', 3, { name: 'A' }],
      ['ExecutionSucceeded', 3],
    );
    expect(statesOf(events)).toEqual([
      {
        name: 'A',
        status: 'SUCCEEDED',
        enteredAt: at(0),
        exitedAt: at(3),
        attempts: [{ startedAt: at(1), endedAt: at(3) }],
      },
    ]);
  });

  test.each([
    ['TaskTimedOut', 'States.Timeout'],
    ['TaskSubmitFailed', 'Lambda.TooManyRequestsException'],
    ['TaskStartFailed', 'Lambda.Unknown'],
    ['LambdaFunctionFailed', 'OutOfStock'],
    ['LambdaFunctionTimedOut', 'States.Timeout'],
    ['LambdaFunctionScheduleFailed', 'Lambda.ServiceException'],
    ['LambdaFunctionStartFailed', 'Lambda.SdkClientException'],
    ['ActivityTimedOut', 'States.HeartbeatTimeout'],
    ['EvaluationFailed', 'States.QueryEvaluationError'],
  ])('%s fails the attempt, which is retried after the time between', (type, error) => {
    const events = history(
      ['TaskStateEntered', 0, { name: 'A' }],
      ['TaskScheduled', 0],
      [type, 4, { error, cause: 'anything' }],
      ['TaskScheduled', 6.5],
    );
    expect(statesOf(events)).toEqual([
      {
        name: 'A',
        status: 'RUNNING',
        enteredAt: at(0),
        attempts: [{ startedAt: at(0), endedAt: at(4), error, retriedAfterSeconds: 2.5 }, { startedAt: at(6.5) }],
      },
    ]);
  });

  test('an expression that fails before any work is an attempt too, and a Catch may lead on', () => {
    const events = history(
      ['TaskStateEntered', 0, { name: 'A' }],
      ['EvaluationFailed', 1, { error: 'States.QueryEvaluationError' }],
      ['TaskStateExited', 1, { name: 'A' }],
      ['TaskStateEntered', 1, { name: 'B' }],
    );
    expect(wayOf(events)).toEqual([
      ['A', 'CAUGHT', 'States.QueryEvaluationError', 1],
      ['B', 'RUNNING', undefined, 0],
    ]);
  });

  test('an expression that fails after the work succeeded makes its attempt one that failed', () => {
    const events = history(
      ['TaskStateEntered', 0, { name: 'A' }],
      ['TaskScheduled', 0],
      ['TaskSucceeded', 1],
      ['EvaluationFailed', 1, { error: 'States.QueryEvaluationError' }],
      ['ExecutionFailed', 1, { error: 'States.QueryEvaluationError' }],
    );
    expect(wayOf(events)).toEqual([['A', 'FAILED', 'States.QueryEvaluationError', 1]]);
  });

  test('an execution that timed out leaves its state ABORTED', () => {
    const events = history(['TaskStateEntered', 0, { name: 'A' }], ['TaskScheduled', 0], ['ExecutionTimedOut', 9]);
    expect(statesOf(events)).toEqual([
      { name: 'A', status: 'ABORTED', enteredAt: at(0), attempts: [{ startedAt: at(0) }] },
    ]);
  });

  test.each([
    ['goes on with its work', []],
    ['is entered again', [['TaskStateEntered', 60, { name: 'A' }] as Told]],
  ])('after a redrive the state that failed %s', (how, entered) => {
    const events = history(
      ['TaskStateEntered', 0, { name: 'A' }],
      ['TaskScheduled', 0],
      ['TaskFailed', 1, { error: 'Lambda.Unknown' }],
      ['ExecutionFailed', 1, { error: 'Lambda.Unknown' }],
      ['ExecutionRedriven', 60],
      ...entered,
      ['TaskScheduled', 60],
      ['TaskSucceeded', 61],
      ['TaskStateExited', 61, { name: 'A' }],
      ['SucceedStateEntered', 61, { name: 'B' }],
    );
    const failed = { startedAt: at(0), endedAt: at(1), error: 'Lambda.Unknown' };
    const again = { startedAt: at(60), endedAt: at(61) };
    const b = { name: 'B', status: 'RUNNING', enteredAt: at(61), attempts: [] };
    const left = { name: 'A', status: 'SUCCEEDED', exitedAt: at(61), next: 'B' };
    expect(statesOf(events)).toEqual(
      how === 'is entered again'
        ? [
            { name: 'A', status: 'FAILED', enteredAt: at(0), attempts: [failed], error: 'Lambda.Unknown' },
            { ...left, enteredAt: at(60), attempts: [again] },
            b,
          ]
        : [{ ...left, enteredAt: at(0), attempts: [failed, again] }, b],
    );
  });

  test('a Wait state is a stay without attempts', () => {
    const events = history(
      ['WaitStateEntered', 0, { name: 'W' }],
      ['WaitStateExited', 30, { name: 'W' }],
      ['ChoiceStateEntered', 30, { name: 'C' }],
    );
    expect(statesOf(events)[0]).toEqual({
      name: 'W',
      status: 'SUCCEEDED',
      enteredAt: at(0),
      exitedAt: at(30),
      attempts: [],
      next: 'C',
    });
  });
});

test('an error whose text is no name is not shown', () => {
  const events = history(
    ['TaskStateEntered', 0, { name: 'A' }],
    ['TaskScheduled', 0],
    ['TaskFailed', 1, { error: 'Ada Lovelace, 12 St James Square' }],
    ['ExecutionFailed', 1, { error: 'ada@example.com' }],
  );
  expect(JSON.stringify(statesOf(events))).not.toMatch(/Ada|Square|example/);
  expect(wayOf(events)).toEqual([['A', 'FAILED', 'Unknown', 1]]);
});

test('a history without events has no states', () => {
  expect(statesOf([])).toEqual([]);
});
