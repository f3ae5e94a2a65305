/** What is read of a state of an Amazon States Language definition. */
export interface StateDefinition {
  Type: string;
  Comment?: string;
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: { Condition?: string; Next: string }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}

export interface Definition {
  StartAt: string;
  States: Record<string, StateDefinition>;
}

export interface GraphNode {
  /** The state's name; START and END are no states. */
  id: string;
  kind: 'start' | 'end' | 'step' | 'choice' | 'succeed' | 'fail';
  /** Why the state is there, as the definition says. */
  comment?: string;
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  /** `next` when the state succeeded, `catch` when an error led on, `choice` when a condition did. */
  kind: 'next' | 'catch' | 'choice';
  /** The names of the errors, or the conditions; empty for `next` and for the default of a choice. */
  when: string[];
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** A name of a state may not hold these brackets, so no state has one of these two ids. */
export const START = '<start>';
export const END = '<end>';

const KINDS: Readonly<Record<string, GraphNode['kind']>> = {
  Task: 'step',
  Pass: 'step',
  Wait: 'step',
  Choice: 'choice',
  Succeed: 'succeed',
  Fail: 'fail',
};

/**
 * The graph of a workflow: every state once, and an edge for every transition. Transitions of one kind between the same
 * two states share an edge, as several catchers do.
 *
 * @throws Error when the definition has states that contain others (Map, Parallel), or leads to a state that it has not.
 */
export function graphOf({ StartAt, States }: Definition): Graph {
  const nodes: GraphNode[] = [{ id: START, kind: 'start' }];
  const edges = new Map<string, GraphEdge>();
  const connect = (from: string, to: string, kind: GraphEdge['kind'], when: readonly string[] = []) => {
    if (to !== END && !Object.hasOwn(States, to)) throw new Error(`${from} leads to ${to}, which is no state`);
    const id = `${from} ${kind} ${to}`;
    const edge = edges.get(id) ?? { id, from, to, kind, when: [] };
    edge.when.push(...when);
    edges.set(id, edge);
  };

  connect(START, StartAt, 'next');
  for (const [id, state] of Object.entries(States)) {
    const kind = KINDS[state.Type];
    if (!kind) throw new Error(`${id} is a ${state.Type}, and the graph has no drawing for that`);
    nodes.push({ id, kind, ...(state.Comment !== undefined && { comment: state.Comment.trim() }) });
    if (state.Next !== undefined) connect(id, state.Next, 'next');
    if (state.End) connect(id, END, 'next');
    for (const { Condition, Next } of state.Choices ?? []) connect(id, Next, 'choice', Condition ? [Condition] : []);
    if (state.Default !== undefined) connect(id, state.Default, 'choice');
    for (const { ErrorEquals, Next } of state.Catch ?? []) connect(id, Next, 'catch', ErrorEquals);
  }
  const all = [...edges.values()];
  if (all.some(({ to }) => to === END)) nodes.push({ id: END, kind: 'end' });
  return { nodes, edges: all };
}
