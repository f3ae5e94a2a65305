import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { parse } from 'yaml';
import { statesOf } from '../../functions/shared/orders/execution-states.ts';
import { consoleLink } from '../../storefront/src/desk/graph/console-link.ts';
import { type DrawnNode, layOut } from '../../storefront/src/desk/graph/drawing.ts';
import {
  type Attempt,
  type Execution,
  type Moment,
  momentsOf,
  pictureAt,
  type StateVisit,
  unknownStates,
} from '../../storefront/src/desk/graph/replay.ts';
import { attemptsInWords, duration, lookInWords, momentInWords } from '../../storefront/src/desk/graph/replay-words.ts';
import { type Definition, END, graphOf, START } from '../../storefront/src/desk/graph/workflow-graph.ts';
import { MATRIX } from '../workflow/faults/scenarios.ts';

const file = join(__dirname, '../../statemachine/process-order.asl.yaml');
const definition = parse(readFileSync(file, 'utf8')) as Definition;
const graph = graphOf(definition);
const drawing = layOut(graph);

const START_TIME = Date.parse('2026-01-01T12:00:00.000Z');
const atSecond = (seconds: number) => new Date(START_TIME + seconds * 1000).toISOString();

const UNDO = ['BeginUndo', 'ReleaseInventory', 'RefundPayment', 'HowDidTheUndoEnd'];
const FORWARD = ['ValidateOrder', 'AuthorizePayment', 'ReserveInventory', 'CapturePayment'];

/** An execution that went along these states, a second in each. `caught` met an error that led on. */
function execution(
  status: Execution['status'],
  path: readonly string[],
  { caught = {}, attempts = {} }: { caught?: Record<string, string>; attempts?: Record<string, Attempt[]> } = {},
): Execution {
  const states = path.map((name, index): StateVisit => {
    const error = caught[name];
    const next = path[index + 1];
    const isLast = next === undefined;
    const once: Attempt = {
      startedAt: atSecond(index),
      endedAt: atSecond(index + 1),
      ...(error !== undefined && { error }),
    };
    return {
      name,
      status:
        isLast && status !== 'SUCCEEDED'
          ? status === 'TIMED_OUT'
            ? 'ABORTED'
            : status
          : error
            ? 'CAUGHT'
            : 'SUCCEEDED',
      enteredAt: atSecond(index),
      attempts: attempts[name] ?? (definition.States[name]?.Type === 'Task' ? [once] : []),
      ...(isLast ? {} : { exitedAt: atSecond(index + 1), next }),
      ...(error !== undefined && { error }),
    };
  });
  return {
    name: 'order',
    status,
    startedAt: atSecond(0),
    arn: 'arn:aws:states:eu-central-1:123456789012:execution:process-order:order',
    states,
    ...(status !== 'RUNNING' && { endedAt: atSecond(path.length) }),
  };
}

const atTheEnd = (of: Execution) => pictureAt(of, momentsOf(of).at(-1) as Moment, drawing.edges);
const litStates = (of: Execution) => [...atTheEnd(of).states.keys()];

/** The lit edges from state to state, in no order. */
function litEdges(of: Execution): string[] {
  const { edges } = atTheEnd(of);
  return drawing.edges.filter(({ id }) => edges.has(id)).map(({ from, to }) => `${from} -> ${to}`);
}

describe('the graph of the workflow', () => {
  test('every state of the definition is drawn once', () => {
    const drawn = drawing.nodes.map(({ id }) => id).filter((id) => id !== START && id !== END);
    expect(drawn.sort()).toEqual(Object.keys(definition.States).sort());
  });

  test('every transition of the definition is an edge, and there is no other', () => {
    const transitions = Object.entries(definition.States).flatMap(([from, state]) => [
      ...(state.Next === undefined ? [] : [`${from} next ${state.Next}`]),
      ...(state.End ? [`${from} next ${END}`] : []),
      ...(state.Default === undefined ? [] : [`${from} choice ${state.Default}`]),
      ...(state.Choices ?? []).map(({ Next }) => `${from} choice ${Next}`),
      ...(state.Catch ?? []).map(({ Next }) => `${from} catch ${Next}`),
    ]);
    const expected = new Set([...transitions, `${START} next ${definition.StartAt}`]);
    expect(new Set(drawing.edges.map(({ id }) => id))).toEqual(expected);
    expect(drawing.edges).toHaveLength(expected.size);
  });

  test('the catchers of a state that lead to the same one share an edge, which names all their errors', () => {
    const shared = drawing.edges.find(({ id }) => id === 'AuthorizePayment catch BeginUndo');
    expect(shared?.when).toEqual(['PaymentDeclined', 'PaymentUnavailable', 'States.ALL']);
  });

  test('no state covers another one, and none is outside the drawing', () => {
    const areApart = (a: DrawnNode, b: DrawnNode) =>
      a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    for (const [index, node] of drawing.nodes.entries()) {
      expect(node.x >= 0 && node.y >= 0).toBe(true);
      expect(node.x + node.width <= drawing.width && node.y + node.height <= drawing.height).toBe(true);
      for (const other of drawing.nodes.slice(index + 1)) {
        expect({ node: node.id, other: other.id, areApart: areApart(node, other) }).toMatchObject({ areApart: true });
      }
    }
  });

  test('every edge begins at the border of its state and ends at that of the next one', () => {
    const nodes = new Map(drawing.nodes.map((node) => [node.id, node]));
    const touches = (id: string, [x = Number.NaN, y = Number.NaN]: number[]) => {
      const node = nodes.get(id);
      return (
        node !== undefined &&
        x >= node.x - 1 &&
        x <= node.x + node.width + 1 &&
        y >= node.y - 1 &&
        y <= node.y + node.height + 1
      );
    };
    for (const { id, from, to, path } of drawing.edges) {
      const points = (path.match(/-?[\d.]+,-?[\d.]+/g) ?? []).map((point) => point.split(',').map(Number));
      expect({ id, begins: touches(from, points[0] ?? []), ends: touches(to, points.at(-1) ?? []) }).toEqual({
        id,
        begins: true,
        ends: true,
      });
    }
  });

  test('a definition with a state that holds others is refused, because nothing here draws it', () => {
    const withMap: Definition = { StartAt: 'All', States: { All: { Type: 'Map', End: true } } };
    expect(() => graphOf(withMap)).toThrow('All is a Map');
  });

  test('a definition that leads nowhere is refused', () => {
    const astray: Definition = { StartAt: 'A', States: { A: { Type: 'Task', Next: 'B' } } };
    expect(() => graphOf(astray)).toThrow('A leads to B, which is no state');
  });
});

describe('the picture of an execution', () => {
  test('a failed order lights its states in order, and the edges between them alone', () => {
    const path = [
      'ValidateOrder',
      'AuthorizePayment',
      ...UNDO,
      'MarkOrderFailed',
      'NotifyCustomerOfFailure',
      'OrderFailed',
    ];
    const failed = execution('FAILED', path, { caught: { AuthorizePayment: 'PaymentDeclined' } });
    expect(atTheEnd(failed).path).toEqual(path);
    expect(litStates(failed)).toEqual(path);
    expect(litEdges(failed).sort()).toEqual(
      [`${START} -> ValidateOrder`, ...path.slice(1).map((to, index) => `${path[index]} -> ${to}`)].sort(),
    );
    const { states, edges } = atTheEnd(failed);
    expect(states.get('ValidateOrder')).toMatchObject({ look: 'SUCCEEDED' });
    expect(states.get('AuthorizePayment')).toMatchObject({ look: 'CAUGHT', error: 'PaymentDeclined', attempts: 1 });
    expect(states.get('OrderFailed')).toMatchObject({ look: 'FAILED' });
    // The notification succeeded, and a catcher leads to the same state.
    expect(edges.has('NotifyCustomerOfFailure next OrderFailed')).toBe(true);
    expect(edges.has('NotifyCustomerOfFailure catch OrderFailed')).toBe(false);
  });

  test('a cancelled order lights the choice that was made', () => {
    const path = [...FORWARD, ...UNDO, 'MarkOrderCancelled', 'NotifyCustomerOfCancellation', 'OrderCancelled'];
    const cancelled = execution('SUCCEEDED', path, { caught: { CapturePayment: 'OrderCancelRequested' } });
    expect(litStates(cancelled)).toEqual(path);
    const { edges } = atTheEnd(cancelled);
    expect(edges.has('HowDidTheUndoEnd choice MarkOrderCancelled')).toBe(true);
    expect(edges.has('HowDidTheUndoEnd choice MarkOrderFailed')).toBe(false);
  });

  test('an order that needs attention lights the way by the error, and not the planned one', () => {
    const path = [
      'ValidateOrder',
      ...UNDO.slice(0, 3),
      'MarkNeedsAttention',
      'NotifyOperations',
      'OrderNeedsAttention',
    ];
    const escalated = execution('FAILED', path, {
      caught: {
        ValidateOrder: 'OrderUndoing',
        ReleaseInventory: 'Lambda.Unknown',
        RefundPayment: 'PaymentUnavailable',
      },
    });
    expect(litStates(escalated)).toEqual(path);
    const { edges } = atTheEnd(escalated);
    expect(edges.has('ReleaseInventory catch RefundPayment')).toBe(true);
    expect(edges.has('ReleaseInventory next RefundPayment')).toBe(false);
    expect(edges.has('RefundPayment catch MarkNeedsAttention')).toBe(true);
  });

  test('a completed order lights the end', () => {
    const completed = execution('SUCCEEDED', [...FORWARD, 'CompleteOrder', 'NotifyCustomer']);
    expect(litEdges(completed)).toContain(`NotifyCustomer -> ${END}`);
  });

  test('every way of the fault matrix can be drawn: an edge leads from each state to the next', () => {
    const endings = Object.values(MATRIX).flatMap(({ once, permanently, lostPermanently, late, business }) => [
      once,
      permanently,
      lostPermanently,
      late,
      ...business.map(({ ends }) => ends),
    ]);
    const paths = endings.flatMap((ends) => [ends.path, ...(ends.retried ? [ends.retried.path] : [])]);
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) {
      const steps = path.slice(1).map((to, index) => `${path[index]} -> ${to}`);
      const edges = new Set(drawing.edges.map(({ from, to }) => `${from} -> ${to}`));
      expect(steps.filter((step) => !edges.has(step))).toEqual([]);
    }
  });

  test('attempts are counted, and what was waited between them', () => {
    const attempts: Attempt[] = [
      { startedAt: atSecond(1), endedAt: atSecond(2), error: 'PaymentUnavailable', retriedAfterSeconds: 4.5 },
      { startedAt: atSecond(6.5), endedAt: atSecond(7), error: 'PaymentUnavailable', retriedAfterSeconds: 8 },
      { startedAt: atSecond(15), endedAt: atSecond(15.2) },
    ];
    const retried = execution('SUCCEEDED', [...FORWARD, 'CompleteOrder', 'NotifyCustomer'], {
      attempts: { AuthorizePayment: attempts },
    });
    const look = atTheEnd(retried).states.get('AuthorizePayment');
    expect(look).toEqual({
      look: 'SUCCEEDED',
      attempts: 3,
      visits: 1,
      waitedSeconds: 12.5,
      error: 'PaymentUnavailable',
    });
    expect(look && lookInWords(look)).toBe('succeeded, 3 attempts, waited 13 s');
    expect(attemptsInWords(retried.states[1] as StateVisit)).toEqual([
      'Attempt 1 failed after 1 s with PaymentUnavailable, then a wait of 4.5 s.',
      'Attempt 2 failed after 0.5 s with PaymentUnavailable, then a wait of 8 s.',
      'Attempt 3 succeeded after 0.2 s.',
    ]);
  });

  test('a state that waits for its next attempt is not taken for one that runs', () => {
    const running = execution('RUNNING', ['ValidateOrder', 'AuthorizePayment'], {
      attempts: { AuthorizePayment: [{ startedAt: atSecond(1), endedAt: atSecond(2), error: 'PaymentUnavailable' }] },
    });
    expect(atTheEnd(running).states.get('AuthorizePayment')).toMatchObject({ look: 'WAITING', attempts: 1 });
    expect(litEdges(running)).toEqual([`${START} -> ValidateOrder`, 'ValidateOrder -> AuthorizePayment']);
  });

  test('a state that was entered again after a redrive has no edge from the one that failed', () => {
    const redriven = execution('SUCCEEDED', ['ValidateOrder', 'ValidateOrder', 'AuthorizePayment']);
    delete redriven.states[0]?.next;
    expect(atTheEnd(redriven).states.get('ValidateOrder')).toMatchObject({ visits: 2, attempts: 2 });
    expect(litEdges(redriven)).toEqual([`${START} -> ValidateOrder`, 'ValidateOrder -> AuthorizePayment']);
  });

  test('a state of an older definition is named, and lights nothing', () => {
    const old = execution('SUCCEEDED', ['ValidateOrder', 'CheckFraud', 'AuthorizePayment']);
    expect(unknownStates(old, drawing.nodes)).toEqual(['CheckFraud']);
    expect(litEdges(old)).toEqual([`${START} -> ValidateOrder`]);
  });
});

describe('the picture of a recorded history', () => {
  /** As the API tells the execution of a history that was recorded on the local cloud. */
  function recorded(name: string, status: Execution['status']): Execution {
    const events = JSON.parse(readFileSync(join(__dirname, `execution-histories/${name}.json`), 'utf8')) as {
      timestamp: string;
    }[];
    const states = statesOf(
      events.map((event) => ({ ...event, timestamp: new Date(event.timestamp) }) as HistoryEvent),
    );
    const startedAt = events[0]?.timestamp ?? '';
    return { name, status, startedAt, endedAt: events.at(-1)?.timestamp ?? '', arn: '', states };
  }

  test.each([
    ['declined', 'FAILED'],
    ['needs-attention', 'FAILED'],
    ['unavailable-once', 'SUCCEEDED'],
    ['aborted', 'ABORTED'],
  ] as const)('%s: an edge is lit for every step of the history, and no other state is', (name, status) => {
    const of = recorded(name, status);
    const path = of.states.map((visit) => visit.name);
    expect(path.length).toBeGreaterThan(0);
    expect(litStates(of)).toEqual(path);
    expect(unknownStates(of, drawing.nodes)).toEqual([]);
    const steps = path.slice(1).map((to, index) => `${path[index]} -> ${to}`);
    const end = status === 'SUCCEEDED' && path.at(-1) === 'NotifyCustomer' ? [`NotifyCustomer -> ${END}`] : [];
    expect(litEdges(of).sort()).toEqual([`${START} -> ${path[0]}`, ...steps, ...end].sort());
  });

  test('an attempt that failed once is counted, and the state succeeded', () => {
    const { states } = atTheEnd(recorded('unavailable-once', 'SUCCEEDED'));
    expect(states.get('AuthorizePayment')).toMatchObject({
      look: 'SUCCEEDED',
      attempts: 2,
      error: 'PaymentUnavailable',
    });
  });
});

describe('the replay', () => {
  const declined = execution(
    'FAILED',
    ['ValidateOrder', 'AuthorizePayment', ...UNDO, 'MarkOrderFailed', 'NotifyCustomerOfFailure', 'OrderFailed'],
    {
      caught: { AuthorizePayment: 'PaymentDeclined' },
      attempts: {
        AuthorizePayment: [
          { startedAt: atSecond(1), endedAt: atSecond(1.4), error: 'PaymentUnavailable', retriedAfterSeconds: 5 },
          { startedAt: atSecond(6.4), endedAt: atSecond(6.6), error: 'PaymentDeclined' },
        ],
      },
    },
  );
  const moments = momentsOf(declined);
  const picture = (step: number) => pictureAt(declined, moments[step] as Moment, drawing.edges);

  test('it stops at the start, at every state, at every failed attempt that was repeated, and at the end', () => {
    expect(moments.map(({ kind }) => kind)).toEqual([
      'STARTED',
      'ENTERED',
      'ENTERED',
      'RETRIED',
      ...Array.from({ length: 7 }, () => 'ENTERED'),
      'ENDED',
    ]);
  });

  test('nothing is lit at the start', () => {
    expect(picture(0)).toEqual({ states: new Map(), edges: new Set(), path: [] });
  });

  test('a state runs while the replay is in it, and what comes later is not reached', () => {
    expect(picture(2).path).toEqual(['ValidateOrder', 'AuthorizePayment']);
    expect(picture(2).states.get('ValidateOrder')).toMatchObject({ look: 'SUCCEEDED' });
    expect(picture(2).states.get('AuthorizePayment')).toEqual({
      look: 'RUNNING',
      attempts: 1,
      visits: 1,
      waitedSeconds: 0,
    });
  });

  test('a failed attempt that is repeated shows as a wait, without what the next one will bring', () => {
    expect(picture(3).states.get('AuthorizePayment')).toEqual({
      look: 'WAITING',
      attempts: 1,
      visits: 1,
      waitedSeconds: 5,
      error: 'PaymentUnavailable',
    });
  });

  test('the error that led on shows when the next state begins', () => {
    expect(picture(4).states.get('AuthorizePayment')).toMatchObject({
      look: 'CAUGHT',
      attempts: 2,
      error: 'PaymentDeclined',
    });
    expect(picture(4).edges.has('AuthorizePayment catch BeginUndo')).toBe(true);
  });

  test('each moment says in words what has just happened', () => {
    const words = moments.map((moment) => momentInWords(declined, moment));
    expect(words.slice(0, 5)).toEqual([
      'The execution starts.',
      'ValidateOrder begins.',
      'ValidateOrder succeeded. AuthorizePayment begins.',
      'AuthorizePayment failed with PaymentUnavailable. It waits 5 s for attempt 2.',
      'AuthorizePayment failed with PaymentDeclined, and the workflow has a way for that. BeginUndo begins.',
    ]);
    expect(words.at(-1)).toBe('OrderFailed ended the execution with an error. The execution ended as failed.');
  });

  test('the last moment of a running execution is now', () => {
    const running = execution('RUNNING', ['ValidateOrder', 'AuthorizePayment'], {
      attempts: {
        AuthorizePayment: [
          { startedAt: atSecond(1), endedAt: atSecond(2), error: 'PaymentUnavailable', retriedAfterSeconds: 1 },
          { startedAt: atSecond(3) },
        ],
      },
    });
    const last = momentsOf(running).at(-1) as Moment;
    expect(last).toEqual({ kind: 'NOW' });
    expect(momentInWords(running, last)).toBe('AuthorizePayment is running. The execution goes on.');
    expect(pictureAt(running, last, drawing.edges).states.get('AuthorizePayment')).toMatchObject({
      look: 'RUNNING',
      attempts: 2,
    });
  });
});

test.each([
  [0.05, '0.05 s'],
  [2.44, '2.4 s'],
  [59.6, '1 min'],
  [61, '1 min 1 s'],
  [900, '15 min'],
])('%s seconds are written as a person says it', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

describe('the link to the console', () => {
  const arn = (region: string, account: string, partition = 'aws') =>
    `arn:${partition}:states:${region}:${account}:execution:process-order:0d5c`;

  test('it leads to the execution in its region', () => {
    expect(consoleLink(arn('eu-central-1', '123456789012'))).toBe(
      'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/arn:aws:states:eu-central-1:123456789012:execution:process-order:0d5c',
    );
  });

  test('another partition has another console', () => {
    expect(consoleLink(arn('cn-north-1', '123456789012', 'aws-cn'))).toContain('cn-north-1.console.amazonaws.cn/');
  });

  test('an execution of the local cloud has none, and neither has a text that is no ARN', () => {
    expect(consoleLink(arn('us-east-1', '000000000000'))).toBeUndefined();
    expect(consoleLink('javascript:alert(1)')).toBeUndefined();
  });
});
