/** What the bill needs of template.yaml, its nested stacks and the workflow. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { flatten, type Json, resourcesOf, type Template, template } from '../../template/template.ts';
import type { Standing } from './bill.ts';
import type { TableShape } from './measured-orders.ts';

type Key = { AttributeName: string };
type Projection = { ProjectionType: string; NonKeyAttributes?: string[] };

/** Keys and indexes of each table, by logical id. */
export function tableShapes(): Record<string, TableShape> {
  const names = (keys: Json | undefined) => (keys as Key[]).map(({ AttributeName }) => AttributeName);
  return Object.fromEntries(
    resourcesOf('AWS::DynamoDB::Table').map(([id, { Properties }]) => [
      id,
      {
        keys: names(Properties.KeySchema),
        indexes: (
          (Properties.GlobalSecondaryIndexes ?? []) as { IndexName: string; KeySchema: Json; Projection: Projection }[]
        ).map(({ IndexName, KeySchema, Projection }) => ({
          name: IndexName,
          keys: names(KeySchema),
          attributes: Projection.ProjectionType === 'ALL' ? ('all' as const) : (Projection.NonKeyAttributes ?? []),
        })),
      },
    ]),
  );
}

/** The states of process-order that write in a transaction by themselves. */
export function transactionalStates(): string[] {
  const { States } = parse(readFileSync('statemachine/process-order.asl.yaml', 'utf8')) as {
    States: Record<string, { Resource?: string }>;
  };
  return Object.entries(States)
    .filter(([, { Resource }]) => Resource?.endsWith(':transactWriteItems'))
    .map(([name]) => name);
}

/** What stands in the template and is paid for by the month. */
export function standingOf(from: Template = template): Standing {
  const all = Object.values(flatten(from).Resources);
  const count = (type: string) => all.filter(({ Type }) => Type === type).length;
  const mappings = all.flatMap(({ Properties = {} }) =>
    Object.values((Properties.Events ?? {}) as Record<string, { Type: string }>),
  );
  return {
    alarms: count('AWS::CloudWatch::Alarm'),
    compositeAlarms: count('AWS::CloudWatch::CompositeAlarm'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    secrets: count('AWS::SecretsManager::Secret'),
    polledQueues: count('AWS::Pipes::Pipe') + mappings.filter(({ Type }) => Type === 'SQS').length,
    scheduledRunsPerHour: all.reduce((sum, { Properties = {} }) => sum + runsPerHour(Properties.ScheduleExpression), 0),
  };
}

/** @throws Error for an expression that is not a rate */
function runsPerHour(expression: Json | undefined): number {
  if (expression === undefined) return 0;
  const [, count, unit = ''] = String(expression).match(/^rate\((\d+) (minute|hour|day)s?\)$/) ?? [];
  const hours = { minute: 1 / 60, hour: 1, day: 24 }[unit];
  if (hours === undefined) throw new Error(`${String(expression)} is not a rate`);
  return 1 / (Number(count) * hours);
}
