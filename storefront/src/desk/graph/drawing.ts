import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import { END, type Graph, type GraphEdge, type GraphNode, START } from './workflow-graph.ts';

/** All lengths are in units of the drawing, with the origin at its upper left. */
export interface DrawnNode extends GraphNode {
  /** Of the upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DrawnEdge extends Omit<GraphEdge, 'when'> {
  when: readonly string[];
  /** What the `d` of an SVG path says: from the border of one node to that of the other. */
  path: string;
  /** The same for the head of its arrow. */
  head: string;
}

export interface Drawing {
  width: number;
  height: number;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
}

interface Point {
  x: number;
  y: number;
}

/** A name is set in bold type of 13 units. This is its average letter in a wide font, such as those of Linux. */
const LETTER = 8.9;
/** Room at both sides of a name, for its place on the way and the sign of what happened. */
const SIDES = 56;
/** Enough for what is written below the name, such as "failed, caught, 10 attempts". */
const LEAST_WIDTH = 172;
const HEIGHT = 46;
const DOT = 22;
const MARGIN = 12;

/**
 * Lays out a graph from top to bottom, with the way of success as one line where that is possible. It runs when the
 * page is built: the page gets positions, and neither the library nor the definition.
 */
export function layOut({ nodes, edges }: Graph): Drawing {
  const dagre = new DagreGraph({ multigraph: true });
  dagre.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 40, edgesep: 14, marginx: MARGIN, marginy: MARGIN });
  for (const { id } of nodes) {
    const isDot = id === START || id === END;
    dagre.setNode(id, {
      width: isDot ? DOT : Math.max(LEAST_WIDTH, Math.ceil(id.length * LETTER + SIDES)),
      height: isDot ? DOT : HEIGHT,
    });
  }
  // The heavier an edge, the shorter and straighter it is drawn.
  for (const { id, from, to, kind } of edges) dagre.setEdge(from, to, { weight: kind === 'next' ? 6 : 1 }, id);
  layout(dagre);

  const { width = 0, height = 0 } = dagre.graph() as { width?: number; height?: number };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node) => {
      // Dagre tells where the middle of a node is.
      const place = dagre.node(node.id) as Point & { width: number; height: number };
      return {
        ...node,
        x: round(place.x - place.width / 2),
        y: round(place.y - place.height / 2),
        width: place.width,
        height: place.height,
      };
    }),
    edges: edges.map((edge) => {
      const { points } = dagre.edge(edge.from, edge.to, edge.id) as { points: Point[] };
      return { ...edge, path: curveThrough(points), head: headAt(points) };
    }),
  };
}

/** A smooth line: it begins and ends at the outer points, and bends at the inner ones. */
function curveThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) throw new Error('an edge needs two points');
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? last;
    const end = next === last ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${place(point)} ${place(end)}`;
  });
  return [`M${place(first)}`, ...(bends.length > 0 ? bends : [`L${place(last)}`])].join(' ');
}

/** A triangle with its tip at the last point. */
function headAt(points: readonly Point[]): string {
  const [from, tip] = points.slice(-2);
  if (!from || !tip) throw new Error('an edge needs two points');
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const [along, across] = [(tip.x - from.x) / length, (tip.y - from.y) / length];
  const corner = (side: 1 | -1) => ({
    x: tip.x - 9 * along + side * 4 * across,
    y: tip.y - 9 * across - side * 4 * along,
  });
  return `M${place(tip)} L${place(corner(1))} L${place(corner(-1))} Z`;
}

const round = (length: number) => Math.round(length * 10) / 10;
const place = ({ x, y }: Point) => `${round(x)},${round(y)}`;
