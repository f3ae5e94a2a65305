import type { Definition } from './machine-copy.ts';
import { type Approach, type Ending, LEGS, type Scenario, scenarios } from './scenarios.ts';

/** The scenarios of the fault matrix as the Markdown of docs/workflow.md: a table for each Task. */
export function scenarioTable(definition: Definition): string {
  const byState = Map.groupBy(scenarios(definition), ({ state }) => state);
  return [...byState].map(([state, ofState]) => section(state, ofState)).join('\n\n');
}

const HEAD = `| When it meets | started by | the execution goes | the order ends | money | goods |
|---|---|---|---|---|---|`;

function section(state: string, ofState: Scenario[]): string {
  const alike = Map.groupBy(ofState, ({ approach, ends }) => JSON.stringify([approach, ends]));
  const rows = [...alike.values()].flatMap((group) => {
    const [one] = group;
    return one ? rowsOf(group.map(({ fault }) => fault).join('; '), input(one.approach), one.ends) : [];
  });
  return [`### ${state}`, '', HEAD, ...rows].join('\n');
}

function rowsOf(fault: string, startedBy: string, ends: Ending): string[] {
  const row = [fault, startedBy, route(ends.path), outcome(ends), ends.payment, ends.stock];
  const line = `| ${row.join(' | ')} |`;
  return ends.retried ? [line, ...rowsOf('↳ then healed and retried', '', ends.retried)] : [line];
}

function input({ fixture, given, cancelAt, faults = {}, available }: Approach): string {
  const more = [
    given,
    cancelAt && `cancelled during ${cancelAt}`,
    available !== undefined && `${available} in stock`,
    ...Object.entries(faults).map(
      ([state, { rest }]) => `${state} ${rest.kind === 'lose' ? 'succeeds and never answers' : 'fails permanently'}`,
    ),
  ].filter((part) => typeof part === 'string');
  return [`[${fixture}](../events/create-order/${fixture}.json)`, ...more].join(', ');
}

function outcome({ status, error, escalatedByRule, notificationLeftDue }: Ending): string {
  return [
    status === 'none' ? 'no order' : `**${status}**`,
    error && `\`${error}\``,
    escalatedByRule && 'escalated by the rule on ended executions',
    notificationLeftDue && 'notification sent by reconcile',
  ]
    .filter((part) => typeof part === 'string')
    .join(', ');
}

/** The path with its usual legs named, as the document explains them. */
function route(path: readonly string[]): string {
  const parts: string[] = [];
  for (let index = 0; index < path.length; ) {
    const leg = LEGS.find(({ states }) => states.every((state, offset) => path[index + offset] === state));
    parts.push(leg ? `*${leg.name}*` : (path[index] ?? ''));
    index += leg?.states.length ?? 1;
  }
  return parts.join(' → ');
}
