import { useEffect, useRef } from 'preact/hooks';
import type { Drawing, DrawnEdge, DrawnNode } from './drawing.ts';
import { type Look, NOT_REACHED, type Picture, type StateLook } from './replay.ts';
import { lookInWords } from './replay-words.ts';
import { END, START } from './workflow-graph.ts';

/** The colour repeats what this sign and the words below the name say. */
const SIGNS: Readonly<Record<Look, string>> = {
  NOT_REACHED: '',
  RUNNING: '▶',
  WAITING: '…',
  SUCCEEDED: '✓',
  CAUGHT: '↷',
  FAILED: '✕',
  ABORTED: '■',
};

const SHORT: Readonly<Record<Look, string>> = {
  NOT_REACHED: '',
  RUNNING: 'running',
  WAITING: 'waiting',
  SUCCEEDED: 'succeeded',
  CAUGHT: 'failed, caught',
  FAILED: 'failed',
  ABORTED: 'stopped',
};

interface GraphViewProps {
  drawing: Drawing;
  picture: Picture;
  /** The state that the replay is in. It is kept in view. */
  current: string | undefined;
  selected: string | undefined;
  onSelect: (state: string) => void;
}

/**
 * The workflow as a graph, with what an execution did in it. The whole graph is one stop of the tab key: up and down go
 * through its states, Enter selects one.
 */
export function WorkflowGraphView({ drawing, picture, current, selected, onSelect }: GraphViewProps) {
  const states = drawing.nodes.filter(({ id }) => id !== START && id !== END);
  const elements = useRef(new Map<string, SVGGElement>());
  const stop = selected ?? picture.path.at(-1) ?? states[0]?.id;
  const shown = useRef(current);

  useEffect(() => {
    // Not at the first drawing: the page stays where the person looks.
    if (current !== undefined && shown.current !== current) {
      elements.current.get(current)?.scrollIntoView({ block: 'nearest', inline: 'center' });
    }
    shown.current = current;
  }, [current]);

  function onKeyDown(event: KeyboardEvent, state: string): void {
    const index = states.findIndex(({ id }) => id === state);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      const next = states[(index + step + states.length) % states.length];
      if (next) elements.current.get(next.id)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') onSelect(state);
    else return;
    event.preventDefault();
  }

  return (
    <div class="graph-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of SVG. */}
      <svg
        class="graph"
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        role="group"
        aria-label="Graph of the workflow"
      >
        {/* What the execution went along is drawn last, over the other edges. */}
        {[...drawing.edges]
          .sort((a, b) => Number(picture.edges.has(a.id)) - Number(picture.edges.has(b.id)))
          .map((edge) => (
            <Edge key={edge.id} edge={edge} isTaken={picture.edges.has(edge.id)} />
          ))}
        {drawing.nodes.map((node) =>
          node.kind === 'start' || node.kind === 'end' ? (
            <Dot key={node.id} node={node} isReached={isReached(node, drawing, picture)} />
          ) : (
            // biome-ignore lint/a11y/useSemanticElements: there is no button element in SVG.
            <g
              key={node.id}
              ref={(element) => {
                if (element) elements.current.set(node.id, element);
                else elements.current.delete(node.id);
              }}
              role="button"
              tabIndex={node.id === stop ? 0 : -1}
              aria-pressed={node.id === selected}
              aria-label={`${node.id}: ${lookInWords(picture.states.get(node.id) ?? NOT_REACHED)}`}
              class={classOf(node, picture.states.get(node.id), node.id === current)}
              onClick={() => onSelect(node.id)}
              onKeyDown={(event) => onKeyDown(event, node.id)}
            >
              <State node={node} look={picture.states.get(node.id) ?? NOT_REACHED} path={picture.path} />
            </g>
          ),
        )}
      </svg>
    </div>
  );
}

function classOf({ kind }: DrawnNode, look: StateLook | undefined, isCurrent: boolean): string {
  const happened = (look?.look ?? 'NOT_REACHED').toLowerCase().replace('_', '-');
  return `graph-state graph-${kind} graph-${happened}${isCurrent ? ' graph-current' : ''}`;
}

function isReached({ id, kind }: DrawnNode, { edges }: Drawing, picture: Picture): boolean {
  return edges.some((edge) => (kind === 'start' ? edge.from : edge.to) === id && picture.edges.has(edge.id));
}

function Edge({ edge: { kind, path, head }, isTaken }: { edge: DrawnEdge; isTaken: boolean }) {
  return (
    <g class={`graph-edge graph-edge-${kind}${isTaken ? ' graph-edge-taken' : ''}`}>
      <path class="graph-line" d={path} />
      <path class="graph-head" d={head} />
    </g>
  );
}

function Dot({ node: { x, y, width, height, kind }, isReached }: { node: DrawnNode; isReached: boolean }) {
  return (
    <circle
      class={`graph-dot graph-dot-${kind}${isReached ? ' graph-dot-reached' : ''}`}
      cx={x + width / 2}
      cy={y + height / 2}
      r={width / 2}
    />
  );
}

function State({ node, look, path }: { node: DrawnNode; look: StateLook; path: readonly string[] }) {
  const { id, kind, x, y, width, height } = node;
  const places = path.flatMap((name, index) => (name === id ? [index + 1] : []));
  const below = [SHORT[look.look], ...(look.attempts > 1 ? [`${look.attempts} attempts`] : [])]
    .filter(Boolean)
    .join(', ');
  const middle = x + width / 2;
  // A choice has slanted sides, an end round ones.
  const slant = 14;
  return (
    <>
      {kind === 'choice' ? (
        <path
          class="graph-box"
          d={`M${x + slant},${y} H${x + width - slant} L${x + width},${y + height / 2} L${x + width - slant},${y + height} H${x + slant} L${x},${y + height / 2} Z`}
        />
      ) : (
        <rect class="graph-box" x={x} y={y} width={width} height={height} rx={kind === 'step' ? 6 : height / 2} />
      )}
      <text class="graph-name" x={middle} y={below ? y + 20 : y + height / 2 + 4}>
        {id}
      </text>
      {below && (
        <text class="graph-below" x={middle} y={y + 36}>
          {below}
        </text>
      )}
      {places.length > 0 && (
        <text class="graph-place" x={x + 12} y={y + height / 2 + 4}>
          {places.join(',')}
        </text>
      )}
      <text class="graph-sign" x={x + width - 14} y={y + height / 2 + 5}>
        {SIGNS[look.look]}
      </text>
    </>
  );
}
