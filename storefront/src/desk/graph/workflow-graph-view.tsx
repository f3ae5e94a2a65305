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

/** How far the sides of a choice go in. */
const SLANT = 14;

const SHORT: Readonly<Record<Look, string>> = {
  NOT_REACHED: '',
  RUNNING: 'running',
  WAITING: 'waiting',
  SUCCEEDED: 'succeeded',
  CAUGHT: 'failed, caught',
  FAILED: 'failed',
  ABORTED: 'stopped',
};

/** How much of the window the buttons take on a phone. */
const BUTTONS_PART = 0.3;

interface GraphViewProps {
  drawing: Drawing;
  picture: Picture;
  /** The state that the replay is in. */
  current: string | undefined;
  /** The page goes where the replay is. */
  isFollowed: boolean;
  selected: string | undefined;
  onSelect: (state: string) => void;
}

/**
 * The workflow as a graph, with what an execution did in it. The whole graph is one stop of the tab key: up and down go
 * through its states, Enter selects one.
 */
export function WorkflowGraphView({ drawing, picture, current, isFollowed, selected, onSelect }: GraphViewProps) {
  const states = drawing.nodes.filter(({ id }) => id !== START && id !== END);
  const elements = useRef(new Map<string, SVGGElement>());
  const stop = selected ?? picture.path.at(-1) ?? states[0]?.id;
  const frame = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const state = current === undefined ? undefined : elements.current.get(current);
    if (!frame.current || !state) return;
    // On a narrow screen the graph is wider than its frame.
    const [outside, inside] = [frame.current.getBoundingClientRect(), state.getBoundingClientRect()];
    frame.current.scrollLeft += inside.left + inside.width / 2 - outside.left - outside.width / 2;
    // The upper part of the window has the buttons of the replay, which stay there.
    const isSeen = inside.top > innerHeight * BUTTONS_PART && inside.bottom < innerHeight;
    if (isFollowed && !isSeen) scrollBy(0, inside.top - innerHeight * 0.6);
  }, [current, isFollowed]);

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
    <div ref={frame} class="graph-frame">
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
            <g key={node.id} class={classOf(node, picture.states.get(node.id), node.id === current)}>
              {/* biome-ignore lint/a11y/useSemanticElements: there is no button element in SVG. */}
              <g
                ref={(element) => {
                  if (element) elements.current.set(node.id, element);
                  else elements.current.delete(node.id);
                }}
                role="button"
                tabindex={node.id === stop ? 0 : -1}
                aria-pressed={node.id === selected}
                aria-label={`${node.id}: ${lookInWords(picture.states.get(node.id) ?? NOT_REACHED)}`}
                class="graph-button"
                onClick={() => onSelect(node.id)}
                onKeyDown={(event) => onKeyDown(event, node.id)}
              >
                <Box node={node} />
                <text
                  class="graph-name"
                  x={node.x + node.width / 2}
                  y={node.y + (picture.states.has(node.id) ? 20 : node.height / 2 + 4)}
                >
                  {node.id}
                </text>
              </g>
              <Signs node={node} look={picture.states.get(node.id)} path={picture.path} />
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

function Box({ node: { kind, x, y, width, height } }: { node: DrawnNode }) {
  // A choice has slanted sides, an end round ones.
  if (kind !== 'choice') {
    return <rect class="graph-box" x={x} y={y} width={width} height={height} rx={kind === 'step' ? 6 : height / 2} />;
  }
  const [left, right, middle] = [x + SLANT, x + width - SLANT, y + height / 2];
  return (
    <path
      class="graph-box"
      d={`M${left},${y} H${right} L${x + width},${middle} L${right},${y + height} H${left} L${x},${middle} Z`}
    />
  );
}

/** What happened, for the eye. The button's name says the same. */
function Signs({
  node: { id, x, y, width },
  look,
  path,
}: {
  node: DrawnNode;
  look: StateLook | undefined;
  path: readonly string[];
}) {
  if (!look) return null;
  const places = path.flatMap((name, index) => (name === id ? [index + 1] : []));
  // Beside the name, for which the drawing leaves room. The words below may need the whole width.
  const line = y + 20;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group of SVG is not focusable.
    <g class="graph-signs" aria-hidden="true">
      <text class="graph-below" x={x + width / 2} y={y + 36}>
        {SHORT[look.look]}
        {look.attempts > 1 && `, ${look.attempts} attempts`}
      </text>
      <text class="graph-place" x={x + 13} y={line}>
        {places.join()}
      </text>
      <text class="graph-sign" x={x + width - 14} y={line + 1}>
        {SIGNS[look.look]}
      </text>
    </g>
  );
}
