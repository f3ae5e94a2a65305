/**
 * What holds for every alarm and widget. Pure, as is template-rules.ts: a template goes in, findings come out. What an
 * alarm or a widget names has to exist, because CloudWatch takes every name and then has no data for it.
 */
import { METRICS, type MetricKind } from '../../functions/shared/runtime/metric-names.ts';
import type { Finding } from './asl.ts';
import { AWS_METRICS, isOfTemplate } from './aws-metrics.ts';
import { type Json, list, objectsIn, resourcesOf, type Template, target } from './template.ts';

export const METRIC_ALARM = 'AWS::CloudWatch::Alarm';
export const COMPOSITE_ALARM = 'AWS::CloudWatch::CompositeAlarm';

type Fields = { [key: string]: Json };

/** A metric that an alarm or a widget reads. */
export interface Metric {
  namespace: Json;
  name: string;
  dimensions: Readonly<Record<string, Json>>;
}

/** A set of metrics and what is calculated from them. Names in an expression are ids of the same set. */
interface Reading {
  metrics: Metric[];
  ids: string[];
  expressions: string[];
}

/* ---------------------------------------------------------------- what is read */

/** What an alarm reads: one metric, or several and expressions. */
export function readingOf({ Namespace, MetricName, Dimensions, Metrics }: Fields): Reading {
  const named = (dimensions: Json | undefined) =>
    Object.fromEntries((list(dimensions) as { Name: string; Value: Json }[]).map(({ Name, Value }) => [Name, Value]));
  if (Metrics === undefined) {
    const metric = { namespace: Namespace ?? null, name: String(MetricName), dimensions: named(Dimensions) };
    return { metrics: [metric], ids: [], expressions: [] };
  }
  const queries = list(Metrics) as { Id: string; Expression?: string; MetricStat?: { Metric: Fields } }[];
  return {
    metrics: queries.flatMap(({ MetricStat }) => {
      if (!MetricStat) return [];
      const { Namespace: namespace = null, MetricName: name, Dimensions: dimensions } = MetricStat.Metric;
      return [{ namespace, name: String(name), dimensions: named(dimensions) }];
    }),
    ids: queries.map(({ Id }) => Id),
    expressions: queries.flatMap(({ Expression }) => Expression ?? []),
  };
}

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: { title: string; metrics: Json[][] };
}

/** The widgets of a dashboard, whose body is written as YAML. */
export function widgetsOf({ DashboardBody }: Fields): Widget[] {
  const { widgets } = (DashboardBody as Fields)['Fn::ToJsonString'] as unknown as { widgets: Widget[] };
  return widgets;
}

/** A search for metrics of any value of a dimension: `{namespace,dimension,…} MetricName="name"`. */
const SEARCH = /^SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"', '\w+', \d+\)$/;

/** What a widget reads. A row is `[namespace, name, dimension, value, …, { options }]` or `[{ expression }]`. */
function readingOfWidget({ properties }: Widget, ownNamespace: Json): Reading {
  const reading: Reading = { metrics: [], ids: [], expressions: [] };
  for (const row of properties.metrics) {
    const last = row.at(-1) as Fields | undefined;
    const hasOptions = typeof last === 'object' && last !== null && last.Ref === undefined && !('Fn::GetAtt' in last);
    const options = hasOptions ? last : {};
    if (options.id !== undefined) reading.ids.push(String(options.id));
    const cells = hasOptions ? row.slice(0, -1) : row;
    if (options.expression !== undefined) {
      const text = String((options.expression as Fields)['Fn::Sub'] ?? options.expression);
      const [, namespace, dimensions = '', name = ''] = text.match(SEARCH) ?? [];
      if (namespace === undefined) reading.expressions.push(text);
      // What is searched for has any value, so that the names of the dimensions are all there is to compare.
      else {
        const names = dimensions.split(',').map((dimension): [string, Json] => [dimension, ANY]);
        const isOwn = /^\$\{MetricNamespace\}$/.test(namespace);
        reading.metrics.push({
          namespace: isOwn ? ownNamespace : namespace,
          name,
          dimensions: Object.fromEntries(names),
        });
      }
      continue;
    }
    const [namespace = null, name, ...pairs] = cells;
    const dimensions: Record<string, Json> = {};
    for (let index = 0; index < pairs.length; index += 2) dimensions[String(pairs[index])] = pairs[index + 1] ?? null;
    reading.metrics.push({ namespace, name: String(name), dimensions });
  }
  return reading;
}

/** The value of a dimension that a search leaves open. */
const ANY = '*';

/* ---------------------------------------------------------------- whether it exists */

/** What is wrong with a metric: nothing when AWS or a function writes it about something of the template. */
function faultsOfMetric({ namespace, name, dimensions }: Metric, template: Template): string[] {
  const names = Object.keys(dimensions);
  const { POWERTOOLS_METRICS_NAMESPACE: ownNamespace, POWERTOOLS_SERVICE_NAME: service } = (
    template.Globals.Function.Environment as { Variables: Fields }
  ).Variables;
  if (JSON.stringify(namespace) === JSON.stringify(ownNamespace)) {
    const kind = (METRICS as Record<string, MetricKind>)[name];
    if (!kind) return [`no function writes ${name}`];
    const { service: ofService, ...own } = dimensions;
    const sets = [...(kind.by === undefined || kind.total ? [''] : []), ...(kind.by === undefined ? [] : [kind.by])];
    return [
      ...(ofService === service || ofService === ANY ? [] : [`${name} is of the service ${service} only`]),
      ...(sets.includes(Object.keys(own).join()) ? [] : [`${name} has no dimensions ${names.join(', ')}`]),
    ];
  }
  const sets = AWS_METRICS[String(namespace)]?.[name];
  if (!sets) return [`AWS has no metric ${name} in ${JSON.stringify(namespace)}`];
  if (!sets.some((set) => [...set].sort().join() === [...names].sort().join())) {
    return [`${name} has no dimensions ${names.join(', ')}`];
  }
  return Object.entries(dimensions)
    .filter(([dimension, value]) => !isOfTemplate(dimension, value, dimensions, template))
    .map(([dimension, value]) => `${dimension} ${JSON.stringify(value)} is that of nothing in the template`);
}

/** What is wrong with a reading: its metrics, and names in expressions that are no ids. */
function faultsOfReading({ metrics, ids, expressions }: Reading, template: Template): string[] {
  const unknown = expressions
    .flatMap((expression) => expression.match(/\b[a-z]\w*\b/g) ?? [])
    .filter((id) => !ids.includes(id));
  return [
    ...metrics.flatMap((metric) => faultsOfMetric(metric, template)),
    ...unknown.map((id) => `its expression has ${id}, which is no id`),
  ];
}

/* ---------------------------------------------------------------- the rules */

/** What every description has: what happened, what to do, and where more is. SNS mails it to the operators. */
const DESCRIPTION = /^[A-Z].{20,}\. What to do: .{20,} Runbook: docs\/runbook\.md#([a-z0-9-]+)\.$/;
/** The longest description that CloudWatch takes. */
const MAX_DESCRIPTION = 1024;
/** The most metrics, and the most expressions, that one alarm may have. */
const MOST_QUERIES = 10;

/** The section of the runbook that an alarm names. */
export function sectionOf({ AlarmDescription }: Fields): string | undefined {
  return String(AlarmDescription).match(DESCRIPTION)?.[1];
}

/** The alarms that a composite alarm is made of. */
function partsOf({ AlarmRule }: Fields): string[] {
  return [...String((AlarmRule as Fields)['Fn::Sub']).matchAll(/ALARM\("\$\{(\w+)\}"\)/g)].map(([, id = '']) => id);
}

/** An alarm on a metric without data never rings, and one without an action tells nobody. */
export function checkAlarms(template: Template): Finding[] {
  const findings: Finding[] = [];
  const composites = resourcesOf(COMPOSITE_ALARM, template);
  const inComposites = new Set(composites.flatMap(([, { Properties }]) => partsOf(Properties)));
  const alarms = resourcesOf(METRIC_ALARM, template);
  for (const [state, { Properties }] of [...alarms, ...composites]) {
    const report = (message: string) => findings.push({ rule: 'alarm', state, message });
    if (sectionOf(Properties) === undefined) report('does not say what happened, what to do and where more is');
    if (String(Properties.AlarmDescription).length > MAX_DESCRIPTION) report('says more than CloudWatch takes');
    const actions = list(Properties.AlarmActions);
    if (actions.length === 0 && !inComposites.has(state)) report('tells nobody');
    for (const action of actions) {
      if (template.Resources[target(action) ?? '']?.Type !== 'AWS::SNS::Topic')
        report('tells what is no topic of ours');
    }
  }
  for (const [state, { Properties }] of composites) {
    for (const part of partsOf(Properties)) {
      if (!/Alarm$/.test(template.Resources[part]?.Type ?? '')) {
        findings.push({ rule: 'alarm', state, message: `is made of ${part}, which is no alarm` });
      }
    }
  }
  for (const [state, { Properties }] of alarms) {
    const report = (message: string) => findings.push({ rule: 'alarm', state, message });
    if (Properties.TreatMissingData === undefined) report('does not say what missing data means');
    const reading = readingOf(Properties);
    if (reading.metrics.length > MOST_QUERIES || reading.expressions.length > MOST_QUERIES) {
      report(`has ${reading.metrics.length} metrics and ${reading.expressions.length} expressions`);
    }
    for (const fault of faultsOfReading(reading, template)) report(fault);
  }
  return [...findings, ...checkWidgets(template), ...checkDeadLetterQueues(template), ...checkFunctions(template)];
}

/** Every metric of a widget exists, and widgets stand side by side. */
function checkWidgets(template: Template): Finding[] {
  const own = (template.Globals.Function.Environment as { Variables: Fields }).Variables.POWERTOOLS_METRICS_NAMESPACE;
  return resourcesOf('AWS::CloudWatch::Dashboard', template).flatMap(([state, { Properties }]) => {
    const widgets = widgetsOf(Properties);
    return widgets.flatMap((widget, index) => {
      const overlapping = widgets
        .slice(0, index)
        .filter(
          ({ x, y, width, height }) =>
            widget.x < x + width &&
            x < widget.x + widget.width &&
            widget.y < y + height &&
            y < widget.y + widget.height,
        );
      return [
        ...faultsOfReading(readingOfWidget(widget, own ?? null), template),
        ...overlapping.map(({ properties }) => `lies on "${properties.title}"`),
        ...(widget.x + widget.width > 24 ? ['is beyond the right edge'] : []),
      ].map((message) => ({ rule: 'widget', state, message: `"${widget.properties.title}": ${message}` }));
    });
  });
}

/** Whatever a message ends in has an alarm that rings at the first one. */
function checkDeadLetterQueues(template: Template): Finding[] {
  const ends = [...objectsIn(template.Resources as unknown as Json)].flatMap(
    ({ deadLetterTargetArn, DeadLetterConfig, OnFailure }) => [
      target(deadLetterTargetArn),
      ...[...objectsIn(DeadLetterConfig)].map(({ Arn }) => target(Arn)),
      ...[...objectsIn(OnFailure)].map(({ Destination }) => target(Destination)),
    ],
  );
  const queues = [...new Set(ends)].filter((id) => template.Resources[id ?? '']?.Type === 'AWS::SQS::Queue');
  const watched = resourcesOf(METRIC_ALARM, template)
    .filter(([, { Properties }]) => Properties.Threshold === 0)
    .flatMap(([, { Properties }]) => readingOf(Properties).metrics)
    .filter(({ name }) => name === 'ApproximateNumberOfMessagesVisible')
    .map(({ dimensions }) => target(dimensions.QueueName));
  return queues
    .filter((id) => !watched.includes(id))
    .map((id) => ({ rule: 'dead-letters', state: String(id), message: 'has no alarm on its first message' }));
}

/**
 * Every function is in one alarm on errors, beside the one that takes a deployment back. What an alarm divides a duration
 * by is the function's Timeout.
 */
function checkFunctions(template: Template): Finding[] {
  const alarms = resourcesOf(METRIC_ALARM, template);
  const readings = alarms.map(([, { Properties }]) => Properties);
  const ofDeployments = new Set(
    [...objectsIn(template.Resources as unknown as Json)]
      .flatMap(({ DeploymentPreference }) => list((DeploymentPreference as Fields | undefined)?.Alarms))
      .map(target),
  );
  const errors = alarms
    .filter(([id]) => !ofDeployments.has(id))
    .flatMap(([, { Properties }]) => readingOf(Properties).metrics)
    .filter(({ name }) => name === 'Errors')
    .map(({ dimensions }) => target(dimensions.FunctionName));
  const findings = resourcesOf('AWS::Serverless::Function', template)
    .map(([id]): [string, number] => [id, errors.filter((watched) => watched === id).length])
    .filter(([, alarms]) => alarms !== 1)
    .map(([state, alarms]) => ({ rule: 'function-errors', state, message: `is in ${alarms} alarms on errors` }));
  for (const { Metrics } of readings) {
    const queries = (Metrics === undefined ? [] : list(Metrics)) as Fields[];
    for (const { Id, MetricStat } of queries) {
      const { MetricName, Dimensions } = ((MetricStat as Fields | undefined)?.Metric ?? {}) as Fields;
      if (MetricName !== 'Duration') continue;
      const state = String(target((list(Dimensions)[0] as Fields | undefined)?.Value));
      const timeout = Number(template.Resources[state]?.Properties.Timeout ?? template.Globals.Function.Timeout);
      if (!queries.some(({ Expression }) => Expression === `${Id} / ${timeout * 1000}`)) {
        findings.push({
          rule: 'function-duration',
          state,
          message: `is not compared with its Timeout of ${timeout} s`,
        });
      }
    }
  }
  return findings;
}
