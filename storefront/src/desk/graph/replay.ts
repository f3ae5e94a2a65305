import type { components } from '../../api/openapi.generated.d.ts';
import type { DrawnEdge } from './drawing.ts';
import { END, START } from './workflow-graph.ts';

/** One execution as the API tells it. All times are ISO 8601, UTC. */
export type Execution = components['schemas']['Execution'];
/** One stay of an execution in a state. */
export type StateVisit = components['schemas']['StateVisit'];
/** One try of a state's work. */
export type Attempt = components['schemas']['Attempt'];

/**
 * What a replay stops at:
 * - STARTED: nothing has happened yet.
 * - ENTERED: the execution is in the state of this visit, and the state before has its result.
 * - RETRIED: this attempt of the visit failed, and the next one is waited for.
 * - NOW: all that is known of an execution that goes on.
 * - ENDED: all of it.
 */
export type Moment =
  | { kind: 'STARTED'; at: string }
  | { kind: 'NOW' }
  | { kind: 'ENDED'; at: string | undefined }
  | { kind: 'ENTERED'; at: string; visit: number }
  | { kind: 'RETRIED'; at: string; visit: number; attempt: number };

/** The moments of an execution, in their order. The first is its start, and the last is everything. */
export function momentsOf(execution: Execution): Moment[] {
  const moments: Moment[] = [{ kind: 'STARTED', at: execution.startedAt }];
  execution.states.forEach(({ enteredAt, attempts }, visit) => {
    moments.push({ kind: 'ENTERED', at: enteredAt, visit });
    attempts.slice(0, -1).forEach(({ startedAt, endedAt }, attempt) => {
      moments.push({ kind: 'RETRIED', at: endedAt ?? startedAt, visit, attempt });
    });
  });
  moments.push(execution.status === 'RUNNING' ? { kind: 'NOW' } : { kind: 'ENDED', at: execution.endedAt });
  return moments;
}

/** WAITING: an attempt failed, and the next one is waited for. The others are as the API says. */
export type Look = 'NOT_REACHED' | 'WAITING' | StateVisit['status'];

/** What a state looks like at one moment. */
export interface StateLook {
  look: Look;
  /** How often its work was tried, over all visits. More than one means that it was retried. */
  attempts: number;
  /** How often it was entered. */
  visits: number;
  /** The time between its attempts. */
  waitedSeconds: number;
  /** The name of the last error that it met. */
  error?: string;
}

/** What the whole graph looks like at one moment. */
export interface Picture {
  /** States that are not in it are not reached. */
  states: ReadonlyMap<string, StateLook>;
  /** The ids of the edges that the execution went along. */
  edges: ReadonlySet<string>;
  /** The states that were entered, in order. */
  path: readonly string[];
}

export const NOT_REACHED: StateLook = { look: 'NOT_REACHED', attempts: 0, visits: 0, waitedSeconds: 0 };

/** What the graph looks like at a moment of an execution. */
export function pictureAt(
  execution: Execution,
  moment: Moment,
  edges: readonly Pick<DrawnEdge, 'id' | 'from' | 'to' | 'kind'>[],
): Picture {
  const visits = visitsUntil(execution, moment);
  const states = new Map<string, StateLook>();
  const taken = new Set<string>();
  const take = (from: string, to: string | undefined, kinds: readonly DrawnEdge['kind'][]) => {
    const edge = edges.find((one) => one.from === from && one.to === to && kinds.includes(one.kind));
    if (edge) taken.add(edge.id);
  };

  visits.forEach((visit, index) => {
    const before = states.get(visit.name) ?? NOT_REACHED;
    const error = visit.error ?? visit.attempts.findLast((attempt) => attempt.error !== undefined)?.error;
    states.set(visit.name, {
      look: lookOf(visit),
      attempts: before.attempts + visit.attempts.length,
      visits: before.visits + 1,
      waitedSeconds: before.waitedSeconds + waitedIn(visit),
      ...(error !== undefined && { error }),
    });
    if (index === 0) take(START, visit.name, ['next']);
    const next = visits[index + 1];
    // After a redrive, the state before did not lead to the one that follows.
    if (next && visit.next === next.name)
      take(visit.name, next.name, visit.status === 'CAUGHT' ? ['catch'] : ['next', 'choice']);
  });
  const last = visits.at(-1);
  if (moment.kind === 'ENDED' && last?.status === 'SUCCEEDED') take(last.name, END, ['next']);
  return { states, edges: taken, path: visits.map(({ name }) => name) };
}

/** The states that an execution was in and that a graph does not have, as after a change of the workflow. */
export function unknownStates(execution: Execution, nodes: readonly { id: string }[]): string[] {
  const names = new Set(execution.states.map(({ name }) => name));
  return [...names].filter((name) => !nodes.some(({ id }) => id === name));
}

/** The visits up to a moment. The one that the moment is in knows only what had happened by then. */
function visitsUntil({ states }: Execution, moment: Moment): StateVisit[] {
  if (moment.kind === 'STARTED') return [];
  if (moment.kind === 'NOW' || moment.kind === 'ENDED') return states;
  const current = states[moment.visit];
  if (!current) return [];
  const { name, enteredAt, attempts } = current;
  const known =
    moment.kind === 'RETRIED'
      ? attempts.slice(0, moment.attempt + 1)
      : attempts.slice(0, 1).map(({ startedAt }) => ({ startedAt }));
  return [...states.slice(0, moment.visit), { name, enteredAt, status: 'RUNNING', attempts: known }];
}

function lookOf({ status, attempts }: StateVisit): Look {
  return status === 'RUNNING' && attempts.at(-1)?.error !== undefined ? 'WAITING' : status;
}

function waitedIn({ attempts }: StateVisit): number {
  return attempts.reduce((sum, { retriedAfterSeconds = 0 }) => sum + retriedAfterSeconds, 0);
}
