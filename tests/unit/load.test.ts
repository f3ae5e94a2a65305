import { readFileSync } from 'node:fs';
import { arrivalTimes, atTimes } from '../bench/load/arrivals.ts';
import { statusOf } from '../bench/load/cloud-usage.ts';
import { emptyChainTemplate, happyPath, type WorkflowDefinition } from '../bench/load/empty-chain-template.ts';
import { type LastRun, loadDocument } from '../bench/load/load-document.ts';
import { sharesOfProfile, sharesOfStacks } from '../bench/load/profiles.ts';
import { compare, median, percentilesOf, type Round, roundOf } from '../bench/load/rounds.ts';
import { callsOf } from '../bench/load/traced-calls.ts';
import { isFlat } from '../soak/flat.ts';

describe('arrivals', () => {
  test('come at the rate on average, in order, and the same for the same seed', () => {
    const times = arrivalTimes(10_000, 5, 1);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((times.at(-1) ?? 0) / 10_000).toBeGreaterThan(190);
    expect((times.at(-1) ?? 0) / 10_000).toBeLessThan(210);
    expect(arrivalTimes(10_000, 5, 1)).toEqual(times);
    expect(arrivalTimes(10, 5, 2)).not.toEqual(times.slice(0, 10));
  });

  test('have gaps of a Poisson process, whose deviation is their mean', () => {
    const times = arrivalTimes(10_000, 10, 3);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - 100) ** 2, 0) / gaps.length);
    expect(deviation).toBeGreaterThan(95);
    expect(deviation).toBeLessThan(105);
  });

  test('wait for no answer', async () => {
    const all = Promise.withResolvers<void>();
    let started = 0;
    const arrive = async (dueAt: number) => {
      started += 1;
      if (started === 3) all.resolve();
      // The first would never be answered if the others waited for it.
      await all.promise;
      return dueAt;
    };
    const [first = 0, second, third] = await atTimes([0, 5, 10], arrive);
    expect([second, third]).toEqual([first + 5, first + 10]);
  });

  test('that fail are told at the end', async () => {
    await expect(atTimes([0, 1], () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  });
});

describe('a round', () => {
  test('has percentiles to three figures', () => {
    const milliseconds = Array.from({ length: 1000 }, (_, index) => index + 1);
    const { p50, p95, p99, max } = percentilesOf(milliseconds);
    expect([p50, p95, p99, max].map((one) => Math.round(one / 10) * 10)).toEqual([500, 950, 990, 1000]);
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
  });

  test('takes what ended before it was due, by another clock, for nothing', () => {
    expect(percentilesOf([-3])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 });
  });

  test('has no percentiles of nothing', () => {
    expect(() => percentilesOf([])).toThrow('percentiles of nothing');
  });

  test('counts from the first that was due to the last end', () => {
    const passages = [
      { dueAt: 1000, endedAt: 3000 },
      { dueAt: 1500, endedAt: 2000 },
    ];
    expect(roundOf(passages)).toMatchObject({ count: 2, perSecond: 1, latency: { max: 2000 } });
  });
});

describe('orders beside the empty chain', () => {
  const round = (perSecond: number, p95: number): Round => ({
    count: 10,
    perSecond,
    latency: { p50: p95, p95, p99: p95, max: p95 },
  });

  test('are compared round by round, by the median', () => {
    // The machine was slower in the second round, for both.
    const compared = compare(
      [round(8, 150), round(4, 300), round(1, 900)],
      [round(10, 100), round(5, 200), round(10, 100)],
    );
    expect(compared).toEqual({ throughput: 0.8, p95: 1.5, meetsThroughput: true, meetsP95: true });
  });

  test.each([
    [0.6, 2, true, true],
    [0.599, 2.001, false, false],
  ])('at %d of the throughput and %d times the p95 meet the bars: %s, %s', (throughput, p95, fast, prompt) => {
    expect(compare([round(100 * throughput, 1000 * p95)], [round(100, 1000)])).toMatchObject({
      meetsThroughput: fast,
      meetsP95: prompt,
    });
  });

  test('want the same number of rounds', () => {
    expect(() => compare([round(1, 1)], [])).toThrow('1 rounds beside 0');
    expect(() => compare([], [])).toThrow('the median of nothing');
  });

  test('have the median between two', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });
});

describe('the empty chain', () => {
  const invoke = (FunctionName: string, next: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName },
    ...next,
  });
  const workflow: WorkflowDefinition = {
    StartAt: 'Authorize',
    States: {
      Authorize: invoke('payment', { Next: 'Capture' }),
      Capture: invoke('payment', { Next: 'Complete' }),
      Complete: { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:updateItem', Next: 'Notify' },
      Notify: invoke('notify', { End: true }),
      Undo: invoke('payment', { End: true }),
    },
  };

  test('follows the path of an order that succeeds', () => {
    expect(happyPath(workflow)).toEqual([
      { name: 'Authorize', functionName: 'payment' },
      { name: 'Capture', functionName: 'payment' },
      { name: 'Complete' },
      { name: 'Notify', functionName: 'notify' },
    ]);
  });

  test.each<[string, WorkflowDefinition]>([
    ['a choice', { StartAt: 'A', States: { A: { Type: 'Choice' } } }],
    ['a circle', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'A' } } }],
    ['a state that is missing', { StartAt: 'A', States: {} }],
  ])('cannot follow %s', (_, definition) => {
    expect(() => happyPath(definition)).toThrow('cannot be followed at A');
  });

  test('has as many states and invocations, one function for each of the order, and the same dispatch', () => {
    const template = emptyChainTemplate({
      stackName: 'empty',
      workflow,
      dispatch: '{"StateMachineArn": "arn:orders"}',
      orderWorkflowArn: 'arn:orders',
    }) as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
    const resources = Object.values(template.Resources);
    const definition = JSON.parse(String(template.Resources.Workflow?.Properties.DefinitionString));
    expect(Object.keys(definition.States)).toEqual(['Authorize', 'Capture', 'Complete', 'Notify']);
    const types = Object.values<{ Type: string }>(definition.States).map(({ Type }) => Type);
    expect(types).toEqual(['Task', 'Task', 'Pass', 'Task']);
    // Payment, notify, and the one behind the API.
    expect(resources.filter(({ Type }) => Type === 'AWS::Lambda::Function')).toHaveLength(3);
    expect(template.Resources.Dispatch?.Properties.DefinitionString).toBe(`{"StateMachineArn": "\${WorkflowArn}"}`);
  });
});

describe('a profile', () => {
  test('gives the time of a library to the file of the emulator that called it', () => {
    const stacks = [
      'main (local/start_ministack.py:9);handle (/x/site-packages/ministack/app.py:1);put (/x/site-packages/ministack/services/dynamodb.py:7);dumps (/usr/lib/python3/json/encoder.py:3) 3',
      'loop (/usr/lib/python3/asyncio/events.py:1) 1',
      '',
    ].join('\n');
    expect(sharesOfStacks(stacks)).toEqual([
      { of: 'ministack/services/dynamodb.py', share: 75 },
      { of: 'Python and its libraries', share: 25 },
    ]);
  });

  test('of a worker leaves out what is idle', () => {
    const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
    const nodes = [
      frame(1, '(idle)', ''),
      frame(2, '(garbage collector)', ''),
      frame(3, 'a', 'file:///tmp/code/handler.js'),
      frame(4, 'read', 'node:net'),
    ];
    expect(sharesOfProfile({ nodes, samples: [1, 1, 1, 3, 3, 2, 4] })).toEqual([
      { of: "the function's bundle", share: 50 },
      { of: '(garbage collector)', share: 25 },
      { of: 'Node.js', share: 25 },
    ]);
  });

  test('knows parent and processor time of a process whose name has a parenthesis', () => {
    const stat = '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 100 1000 10';
    expect(statusOf(stat)).toEqual({ parent: 7, cpuSeconds: 3 });
  });
});

test('calls of services are counted wherever they are in a trace', () => {
  const call = (name: string, operation: string) => ({ name, namespace: 'aws', aws: { operation } });
  const datagram = (segment: object) => `{"format":"json","version":1}\n${JSON.stringify(segment)}`;
  const nested = { name: '## handler', subsegments: [call('DynamoDB', 'Query'), call('SQS', 'SendMessage')] };
  expect(callsOf([datagram(nested), datagram(call('DynamoDB', 'Query')), datagram({ name: '## deliver' })])).toEqual({
    'DynamoDB Query': 2,
    'SQS SendMessage': 1,
  });
});

describe('a soak', () => {
  test.each([
    [[100, 100, 100], true],
    [[100, 400, 124], true],
    [[100, 110, 120, 130, 140, 150], false],
    [[200, 100, 90], true],
  ])('of %j stays flat: %s', (series, flat) => {
    expect(isFlat(series, 1.25)).toBe(flat);
  });

  test('of two values tells nothing', () => {
    expect(() => isFlat([1, 2], 2)).toThrow('2 values tell no growth');
  });
});

test('docs/load.md is what the last run makes it', () => {
  const run = JSON.parse(readFileSync('tests/bench/load/last-run.json', 'utf8')) as LastRun;
  expect(loadDocument(run)).toBe(readFileSync('docs/load.md', 'utf8'));
  // The bars are decided from the rounds, and not written into the file.
  expect(compare(run.closed.orders, run.closed.empty)).toEqual(run.comparison);
});
