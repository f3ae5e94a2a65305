import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type MetricKind } from '../../functions/shared/runtime/metric-names.ts';
import { COMPOSITE_ALARM, checkAlarms, METRIC_ALARM, readingOf, sectionOf, widgetsOf } from './monitoring-rules.ts';
import { flatten, type Json, resourcesOf, root, type Template, template } from './template.ts';
import { resource } from './template-rules.ts';
import { translate } from './tools.ts';

type Fields = { [key: string]: Json };

const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** A document without its line breaks. */
const prose = (path: string) => read(path).replaceAll(/\s+/g, ' ');
const whole = flatten(template);
const alarmsOf = (of: Template) => [...resourcesOf(METRIC_ALARM, of), ...resourcesOf(COMPOSITE_ALARM, of)];
const found = (of: Template) => checkAlarms(flatten(of)).map(({ rule, state }) => `${rule} ${state}`);

test('every alarm and widget reads metrics that exist, of resources of the template', () => {
  expect(checkAlarms(whole)).toEqual([]);
  expect(alarmsOf(whole).length).toBeGreaterThan(40);
  expect(widgetsOf(resource(whole, 'Dashboard').Properties).length).toBeGreaterThan(10);
});

test('SAM gives the API the name of the stack, which its metrics have', () => {
  const { info } = resource(translate(), 'Api').Properties.Body as { info: Fields };
  expect(info.title).toEqual({ Ref: 'AWS::StackName' });
});

describe('names', () => {
  const code = globSync('functions/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('metric-names.ts'))
    .map((path) => read(path).replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gm, ''))
    .join('\n');

  /** The names that no place in the code emits: as an argument of measure, or as a name in a table of them. */
  const unwritten = (names: readonly string[]) =>
    names.filter((name) => !new RegExp(`'${name}'|^\\s*${name}: `, 'm').test(code));

  test('are all written by a function', () => {
    expect(unwritten(Object.keys(METRICS))).toEqual([]);
    expect(unwritten(['OrdersLost'])).toEqual(['OrdersLost']);
  });

  test('are the only way to a metric', () => {
    expect(code.match(/\.addMetric\(/g)).toHaveLength(2);
  });

  test('are all explained in docs/metrics.md, which says how many there are', () => {
    const document = read('docs/metrics.md');
    expect(Object.keys(METRICS).filter((name) => !document.includes(`| \`${name}\` |`))).toEqual([]);
    const kinds: MetricKind[] = Object.values(METRICS);
    const plain = kinds.filter(({ by, total }) => by === undefined || total).length;
    expect(document).toContain(`${plain} metrics without a dimension of their own`);
  });
});

describe('the runbook', () => {
  const runbook = read('docs/runbook.md');
  const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, heading = '']) => heading);

  /** What alarms and sections lack of each other. */
  function faults(of: Template, sections: readonly string[]): string[] {
    const named = alarmsOf(flatten(of)).map(([id, { Properties }]) => [id, sectionOf(Properties)] as const);
    return [
      ...named
        .filter(([, section]) => !sections.some((heading) => heading.toLowerCase() === section))
        .map(([id]) => id),
      ...sections.filter((heading) => !named.some(([, section]) => section === heading.toLowerCase())),
    ];
  }

  test('has a section for every alarm, and an alarm for every section', () => {
    expect(faults(template, headings)).toEqual([]);
    expect(new Set(headings).size).toBe(headings.length);
  });

  test('says in every section what it means, what to look at, what to do and when to wake somebody', () => {
    const sections = runbook.split(/^### /m).slice(1);
    const incomplete = sections.filter(
      (section) => !['**Means:**', '**Look:**', '**Do:**', '**Wake:**'].every((part) => section.includes(part)),
    );
    expect(incomplete.map((section) => section.split('\n')[0])).toEqual([]);
  });

  test('without a section of an alarm, or with one of none, is at fault', () => {
    expect(faults(template, headings.slice(1))).toEqual([expect.stringContaining('Alarm')]);
    expect(faults(template, [...headings, 'LostAlarm'])).toEqual(['LostAlarm']);
    const copy = structuredClone(template);
    const { Properties } = resource(copy, 'ApiSlowAlarm');
    Properties.AlarmDescription = String(Properties.AlarmDescription).replace(/ Runbook: .*/, '');
    expect(faults(copy, headings)).toEqual(['ApiSlowAlarm', 'ApiSlowAlarm']);
  });
});

describe('the objectives', () => {
  const burning = (id: string) => resource(whole, id).Properties;
  const periodOf = (properties: Fields) =>
    (properties.Metrics as { MetricStat?: { Period: number } }[])[0]?.MetricStat?.Period;

  test.each([
    ['Fast', 0.0144, 3600, 300],
    ['Slow', 0.006, 21600, 1800],
  ])('%s: 0.1 % times its rate, and the short window is a twelfth of the long one', (speed, rate, long, short) => {
    for (const kind of ['Api', 'Order']) {
      expect(burning(`${kind}${speed}LongAlarm`).Threshold).toBe(rate);
      expect(burning(`${kind}${speed}ShortAlarm`).Threshold).toBe(rate);
      expect(periodOf(burning(`${kind}${speed}LongAlarm`))).toBe(long);
      expect(periodOf(burning(`${kind}${speed}ShortAlarm`))).toBe(short);
    }
  });

  test('the document and the code have the same seconds', () => {
    const seconds = read('functions/publish-order-events/measure-orders.ts').match(/OBJECTIVE_SECONDS = (\d+)/)?.[1];
    expect(read('docs/service-objectives.md')).toContain(`within ${seconds} seconds`);
  });
});

test('the costs name what alarms cost: ten cents for each metric, fifty for each composite', () => {
  const metrics = resourcesOf(METRIC_ALARM, whole)
    // The band of an anomaly is two metrics more.
    .map(([, { Properties }]) => readingOf(Properties).metrics.length + (Properties.ThresholdMetricId ? 2 : 0))
    .reduce((sum, count) => sum + count, 0);
  const composites = resourcesOf(COMPOSITE_ALARM, whole).length;
  const usd = (metrics * 0.1 + composites * 0.5).toFixed(2);
  const sentence = `${resourcesOf(METRIC_ALARM, whole).length} alarms on ${metrics} metrics and ${composites} composite alarms: ${usd} USD per month`;
  expect(prose('docs/metrics.md')).toContain(sentence);
  expect(prose('docs/deploy.md')).toContain(sentence);
});

/* Each rule is shown to fail on a copy with one thing wrong. */

const metricOf = (of: Template, alarm: string, index = 0) =>
  (resource(of, alarm).Properties.Metrics as { MetricStat: { Metric: Fields }; Expression: string }[])[index] as {
    MetricStat: { Metric: Fields };
    Expression: string;
  };
const passed = (of: Template) => resource(of, 'Monitoring').Properties.Parameters as Fields;
const replaceInRule = (of: Template, alarm: string, part: string, other: string) => {
  const rule = resource(of, alarm).Properties.AlarmRule as Fields;
  rule['Fn::Sub'] = String(rule['Fn::Sub']).replace(part, other);
};
const rows = (of: Template, widget: number) =>
  widgetsOf(resource(of, 'Dashboard').Properties)[widget]?.properties.metrics as Json[][];

test.each<[string, string, (of: Template) => void]>([
  [
    'a metric of AWS that is misspelt',
    'alarm ApiErrorsAlarm',
    (of) => {
      resource(of, 'ApiErrorsAlarm').Properties.MetricName = '5xxError';
    },
  ],
  [
    'a metric that no function writes',
    'alarm BreakerOpenAlarm',
    (of) => {
      resource(of, 'BreakerOpenAlarm').Properties.MetricName = 'BreakersOpen';
    },
  ],
  [
    'a metric in an expression that no function writes',
    'alarm OrderFastLongAlarm',
    (of) => {
      metricOf(of, 'OrderFastLongAlarm').MetricStat.Metric.MetricName = 'OrdersCreated';
    },
  ],
  [
    'a dimension too many',
    'alarm ReconcileSilentAlarm',
    (of) => {
      (resource(of, 'ReconcileSilentAlarm').Properties.Dimensions as Json[]).push({ Name: 'reason', Value: 'x' });
    },
  ],
  [
    'a metric that there is by its dimension only',
    'alarm NoOrdersAlarm',
    (of) => {
      metricOf(of, 'NoOrdersAlarm').MetricStat.Metric.MetricName = 'OrdersFailed';
    },
  ],
  [
    'a wrong name of a dimension',
    'alarm FunctionsSlowAlarm',
    (of) => {
      metricOf(of, 'FunctionsSlowAlarm').MetricStat.Metric.Dimensions = [{ Name: 'Function', Value: 'auth' }];
    },
  ],
  [
    'a wrong stage',
    'alarm ApiSlowAlarm',
    (of) => {
      (resource(of, 'ApiSlowAlarm').Properties.Dimensions as Fields[])[1] = { Name: 'Stage', Value: 'prod' };
    },
  ],
  [
    'an ARN in the place of a name',
    'alarm PipeFailedAlarm',
    (of) => {
      passed(of).OrderPipeName = { 'Fn::GetAtt': ['OrderPipe', 'Arn'] };
    },
  ],
  [
    'an index that the table does not have',
    'alarm OrdersTableThrottledAlarm',
    (of) => {
      passed(of).OrdersTableName = { Ref: 'ProductsTable' };
    },
  ],
  [
    'an id in an expression that is none',
    'alarm PipeStoppedAlarm',
    (of) => {
      metricOf(of, 'PipeStoppedAlarm', 2).Expression = 'IF(waiting > 0 AND received == 0, 1, 0)';
    },
  ],
  [
    'more metrics than an alarm may have',
    'alarm TablesFailingAlarm',
    (of) => {
      const metrics = resource(of, 'TablesFailingAlarm').Properties.Metrics as Json[];
      metrics.push(structuredClone(metrics[0] as Json));
    },
  ],
  [
    'a dead-letter queue without an alarm',
    'dead-letters EventsDlq',
    (of) => {
      passed(of).EventsDlqName = { 'Fn::GetAtt': ['OrderDlq', 'QueueName'] };
    },
  ],
  [
    'an alarm without a section',
    'alarm TopicsFailingAlarm',
    (of) => {
      const { Properties } = resource(of, 'TopicsFailingAlarm');
      Properties.AlarmDescription = String(Properties.AlarmDescription).replace(/ Runbook: .*/, '');
    },
  ],
  [
    'an alarm that tells nobody and is part of none that does',
    'alarm ApiFastLongAlarm',
    (of) => {
      replaceInRule(of, 'ApiObjectiveAlarm', 'ApiFastLongAlarm', 'ApiSlowLongAlarm');
    },
  ],
  [
    'a composite alarm of what is no alarm',
    'alarm CustomersAffectedAlarm',
    (of) => {
      replaceInRule(of, 'CustomersAffectedAlarm', 'BreakerOpenAlarm', 'OrderQueue');
    },
  ],
  [
    'a function without an alarm on its errors',
    'function-errors CheckImageFunction',
    (of) => {
      passed(of).CheckImageFunctionName = { Ref: 'ReconcileFunction' };
    },
  ],
  [
    'a Timeout that the alarm does not know',
    'function-duration PaymentFunction',
    (of) => {
      resource(of, 'PaymentFunction').Properties.Timeout = 25;
    },
  ],
  [
    'a widget of a metric that nobody writes',
    'widget Dashboard',
    (of) => {
      (rows(of, 4)[0] as Json[])[1] = 'OrdersCreated';
    },
  ],
  [
    'a widget with a wrong dimension',
    'widget Dashboard',
    (of) => {
      (rows(of, 3)[0] as Json[])[2] = 'Queue';
    },
  ],
  [
    'a widget that searches for a metric that nobody writes',
    'widget Dashboard',
    (of) => {
      const [row] = rows(of, 6);
      const options = (row as Fields[])[0]?.expression as Fields;
      options['Fn::Sub'] = String(options['Fn::Sub']).replace('OrderValue', 'OrderValues');
    },
  ],
  [
    'two widgets at one place',
    'widget Dashboard',
    (of) => {
      const [, second] = widgetsOf(resource(of, 'Dashboard').Properties);
      if (second) second.x = 0;
    },
  ],
])('%s is found', (_what, finding, change) => {
  const copy = structuredClone(template);
  change(copy);
  expect(found(copy)).toContain(finding);
});
