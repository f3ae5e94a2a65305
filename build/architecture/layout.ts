import Elk, { type ElkEdgeSection, type ElkLabel, type ElkNode } from 'elkjs';
import type { Architecture, Arrow, Box, Section } from './architecture.ts';

/** All lengths are in units of the drawing, with the origin at its upper left. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Drawing {
  width: number;
  height: number;
  sections: (Section & Rectangle)[];
  boxes: (Box & Rectangle)[];
  arrows: (Arrow & { points: { x: number; y: number }[]; labels: (Rectangle & { text: string })[] })[];
}

export const NAME_SIZE = 13;
export const LINE_SIZE = 11;
export const LINE_HEIGHT = 14;
export const CHIP_HEIGHT = 18;
export const ICON = 38;
const PADDING = 8;
const LABEL_SIZE = 11;
/** A title is broken into lines of about so many letters. */
const TITLE_LETTERS = 26;
export const TITLE_HEIGHT = 18;
export const TITLE_SIZE = 14;
/** A label is broken into lines of about so many letters. */
const LABEL_LETTERS = 12;

/** How wide text is in a usual sans-serif font. No font is at hand here, so this is its average letter, and a bit more. */
export const widthOf = (text: string, size: number, bold = false) =>
  Math.ceil(text.length * size * (bold ? 0.59 : 0.54));

/** What a table is called on a chip. */
export const chipText = (table: string) => table.replace(/Table$/, '');

export const chipWidth = (table: string) => widthOf(chipText(table), LINE_SIZE) + 12;

const WIDEST_CHIPS = 150;

/** The chips of a box, in rows. */
export function chipRows({ tables }: Box): Box['tables'][] {
  const rows: Box['tables'][] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const chip of tables) {
    width += chipWidth(chip.table) + 4;
    if (width > WIDEST_CHIPS) {
      rows.push([]);
      width = chipWidth(chip.table);
    }
    rows.at(-1)?.push(chip);
  }
  return rows;
}

/** The lines below a name: routes or times, and what it calls far away. */
export const linesOf = ({ lines, calls }: Box) => [...lines, ...calls.map((name) => `→ ${name}`)];

function sizeOf(box: Box): { width: number; height: number } {
  const rows = chipRows(box);
  const lines = linesOf(box);
  const inner = Math.max(
    widthOf(box.name, NAME_SIZE, true),
    ...lines.map((line) => widthOf(line, LINE_SIZE)),
    ...rows.map((row) => row.reduce((sum, { table }) => sum + chipWidth(table) + 4, 0)),
  );
  return {
    width: Math.max(ICON, inner) + 2 * PADDING,
    height: ICON + 22 + lines.length * LINE_HEIGHT + rows.length * (CHIP_HEIGHT + 3) + 2 * PADDING,
  };
}

function broken(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The title of a section, in lines. */
export const titleOf = ({ number, title }: Section) => broken(`${number}. ${title}`, TITLE_LETTERS);

function labelsOf(label: string): ElkLabel[] {
  const lines = broken(label, LABEL_LETTERS);
  if (lines.length === 0) return [];
  const width = Math.max(...lines.map((line) => widthOf(line, LABEL_SIZE))) + 6;
  return [{ text: lines.join('\n'), width, height: lines.length * 13 + 2 }];
}

/**
 * Where the sections stand, each named by a resource in it: the story runs along the first row, and down from its end.
 * Others come at the end.
 */
const ROWS: readonly (readonly string[])[] = [
  ['Distribution', 'Api', 'CreateOrderFunction', 'OrderQueue', 'OrderPipe', 'ProcessOrder'],
  ['ProductsTable', 'GetOrderFunction', 'PublishOrderEventsFunction', 'ValidateFunction'],
  ['OperationsTable', 'ReconcileFunction', 'OrderDlqAlarm', 'NotifyFunction'],
];
/** The sections of these go from top to bottom, the others from left to right. */
const UPRIGHT: readonly string[] = ['OrderQueue', 'OrderPipe', 'ProcessOrder', 'ValidateFunction'];

const GAP = 96;
const TRACK = 9;
const STUB = 12;

type Side = 'NORTH' | 'EAST' | 'SOUTH' | 'WEST';
type Point = { x: number; y: number };

interface End {
  /** The box, or nothing when the arrow ends at the frame. */
  box: string | undefined;
  section: number;
  side: Side;
  /** Where it goes through the frame, in units of the whole drawing. */
  at: Point;
  /** The way between box and frame, from the box. */
  way: Point[];
}

interface Laid {
  section: Section;
  row: number;
  column: number;
  place: Rectangle;
  node: ElkNode;
}

/**
 * Lays out the picture: ELK lays out each section, with the places where arrows leave it, and arrows between sections
 * run in the room between them. The result depends on nothing but the architecture.
 */
export async function layOut({ sections, boxes, arrows }: Architecture): Promise<Drawing> {
  const numberOf = (id: string) => boxes.find(({ resources }) => resources.includes(id))?.section;
  const rows = ROWS.map((row) => row.flatMap((id) => numberOf(id) ?? []));
  const planned = new Set(rows.flat());
  rows.at(-1)?.push(...sections.map(({ number }) => number).filter((number) => !planned.has(number)));
  const positionOf = (number: number) => {
    const row = rows.findIndex((one) => one.includes(number));
    return { row, column: rows[row]?.indexOf(number) ?? 0 };
  };

  const sectionOf = new Map(boxes.map(({ id, section }) => [id, section]));
  const between = new Map<Arrow, [End, End]>();
  for (const arrow of arrows) {
    const [from, to] = [arrow.from, arrow.to].map((id) => {
      const number = sectionOf.get(id) ?? Number(id.replace('section ', ''));
      return {
        box: sectionOf.has(id) ? id : undefined,
        section: number,
        side: 'SOUTH' as Side,
        at: { x: 0, y: 0 },
        way: [] as Point[],
      };
    }) as [End, End];
    if (from.section === to.section) continue;
    const [a, b] = [positionOf(from.section), positionOf(to.section)];
    if (a.row < b.row) [from.side, to.side] = ['SOUTH', 'NORTH'];
    else if (a.row > b.row) [from.side, to.side] = ['NORTH', 'SOUTH'];
    else if (b.column === a.column + 1) [from.side, to.side] = ['EAST', 'WEST'];
    else if (b.column === a.column - 1) [from.side, to.side] = ['WEST', 'EAST'];
    between.set(arrow, [from, to]);
  }
  const ends = [...between.values()].flat();

  const elk = new Elk();
  const laid: Laid[] = [];
  for (const section of sections) {
    const inside = arrows.filter((arrow) => !between.has(arrow) && sectionOf.get(arrow.from) === section.number);
    const node = await layOutSection(
      elk,
      section,
      boxes.filter((box) => box.section === section.number),
      inside.map((arrow) => ({ arrow, index: arrows.indexOf(arrow) })),
      ends
        .map((end, index) => ({ end, index, leaves: index % 2 === 0 }))
        .filter(({ end }) => end.section === section.number),
    );
    laid.push({
      section,
      ...positionOf(section.number),
      node,
      place: { x: 0, y: 0, width: node.width ?? 0, height: node.height ?? 0 },
    });
  }

  // The rows: each is as high as its highest section, and stretched to the width of the widest row.
  const widths = rows.map((_, row) =>
    laid.filter((one) => one.row === row).reduce((sum, one) => sum + one.place.width, 0),
  );
  const width = Math.max(...rows.map((row, index) => (widths[index] ?? 0) + GAP * (row.length - 1)));
  let y = 0;
  const gutters: { top: number; tracks: number }[] = [];
  for (const [row, numbers] of rows.entries()) {
    const gap = numbers.length > 1 ? (width - (widths[row] ?? 0)) / (numbers.length - 1) : 0;
    let x = 0;
    for (const number of numbers) {
      const one = laid.find(({ section }) => section.number === number);
      if (!one) continue;
      Object.assign(one.place, { x, y });
      x += one.place.width + gap;
    }
    y += Math.max(...laid.filter((one) => one.row === row).map(({ place }) => place.height));
    gutters.push({ top: y, tracks: 0 });
    const crossing = [...between].filter(([, [from, to]]) => {
      const [low, high] = [positionOf(from.section).row, positionOf(to.section).row].sort() as [number, number];
      return low <= row && high > row;
    });
    const labels = Math.max(0, ...crossing.map(([{ label }]) => labelsOf(label)[0]?.height ?? 0));
    y += crossing.length * TRACK + labels + (crossing.length > 0 ? 3 * STUB : 0);
  }

  for (const { node, place, section } of laid) {
    for (const port of node.ports ?? []) {
      const end = ends[Number(port.id.replace('end ', ''))];
      if (end) end.at = { x: place.x + (port.x ?? 0), y: place.y + (port.y ?? 0) };
    }
    // An arrow to the whole section ends at its right corner.
    for (const end of ends) {
      const atFrame = end.box === undefined && end.section === section.number;
      if (atFrame)
        end.at = { x: place.x + place.width - 60, y: end.side === 'SOUTH' ? place.y + place.height : place.y };
    }
    for (const edge of node.edges ?? []) {
      if (!edge.id.startsWith('way ')) continue;
      const index = Number(edge.id.replace('way ', ''));
      const points = pointsOf(edge.sections, place);
      const end = ends[index];
      if (end) end.way = index % 2 === 0 ? points : points.reverse();
    }
  }

  /** A free x for going down through a row, as near as possible to where an arrow comes from. */
  const gapIn = (row: number, x: number, offset: number) => {
    const places = laid
      .filter((one) => one.row === row)
      .map(({ place }) => place)
      .sort((a, b) => a.x - b.x);
    const gaps = places.map((place, index) => {
      const next = places[index + 1];
      return next ? (place.x + place.width + next.x) / 2 : place.x + place.width + STUB;
    });
    const nearest = gaps.reduce((best, gap) => (Math.abs(gap - x) < Math.abs(best - x) ? gap : best), gaps[0] ?? x);
    return nearest + offset * TRACK;
  };

  // What leaves a box at one side may leave it anywhere there: from left to right as the arrows go on.
  const others = new Map([...between.values()].flatMap(([from, to]) => [[from, to] as const, [to, from] as const]));
  const goesTo = (end: End): number => {
    const other = others.get(end) ?? end;
    const [row, last] = [positionOf(end.section).row, positionOf(other.section).row];
    return Math.abs(last - row) > 1 ? gapIn(row + Math.sign(last - row), end.at.x, 0) : other.at.x;
  };
  for (const group of Map.groupBy(ends, ({ box, section, side }) => `${box} ${section} ${side}`).values()) {
    if (group[0]?.box === undefined || group[0].side === 'EAST' || group[0].side === 'WEST') continue;
    const exits = group.map(({ at, way }) => ({ at, way })).sort((one, two) => one.at.x - two.at.x);
    const sorted = [...group].sort((one, two) => goesTo(one) - goesTo(two));
    for (const [index, end] of sorted.entries()) Object.assign(end, exits[index]);
  }

  const used = new Map<number, number>();
  const ways = new Map<Arrow, { points: Point[]; label: Point }>();
  const fromTheRight = [...between].sort(([, [, a]], [, [, b]]) => b.at.x - a.at.x);
  for (const [arrow, [from, to]] of fromTheRight) {
    const middle: Point[] = [];
    const size = labelsOf(arrow.label)[0] ?? { width: 0, height: 0 };
    let label = { x: 0, y: 0 };
    if (from.side === 'EAST' || from.side === 'WEST') {
      const x = (from.at.x + to.at.x) / 2;
      middle.push({ x, y: from.at.y }, { x, y: to.at.y });
      label = { x: x - (size.width ?? 0) / 2, y: to.at.y - (size.height ?? 0) - 3 };
    } else {
      const down = from.side === 'SOUTH';
      const [first, last] = [positionOf(from.section).row, positionOf(to.section).row];
      let x = from.at.x;
      for (
        let row = down ? first : first - 1;
        down ? row < Math.max(last, first + 1) : row >= last;
        row += down ? 1 : -1
      ) {
        const gutter = gutters[row];
        if (!gutter) continue;
        gutter.tracks += 1;
        const track = gutter.top + STUB + gutter.tracks * TRACK;
        const isLast = down ? row >= last - 1 : row === last;
        const passed = used.get(row + 1) ?? 0;
        const next = isLast ? to.at.x : gapIn(row + (down ? 1 : 0), x, passed);
        if (!isLast) used.set(row + 1, passed + 1);
        middle.push({ x, y: track }, { x: next, y: track });
        x = next;
      }
      label = { x: to.at.x + 4, y: to.at.y - (size.height ?? 0) - STUB };
    }
    ways.set(arrow, { points: [...from.way, from.at, ...middle, to.at, ...[...to.way].reverse()], label });
  }

  return {
    width: Math.ceil(width) + 2 * STUB,
    height: Math.ceil(y),
    sections: laid.map(({ section, place }) => ({ ...section, ...place })),
    boxes: boxes.map((box) => {
      const { node, place } = laid.find(({ section }) => section.number === box.section) ?? {};
      const child = node?.children?.find(({ id }) => id === box.id);
      return {
        ...box,
        x: (place?.x ?? 0) + (child?.x ?? 0),
        y: (place?.y ?? 0) + (child?.y ?? 0),
        width: child?.width ?? 0,
        height: child?.height ?? 0,
      };
    }),
    arrows: arrows.map((arrow, index) => {
      const way = ways.get(arrow);
      if (way) {
        const labels = labelsOf(arrow.label).map(({ text = '', width = 0, height = 0 }) => ({
          text,
          width,
          height,
          ...way.label,
        }));
        return { ...arrow, points: way.points, labels };
      }
      const one = laid.find(({ section }) => section.number === sectionOf.get(arrow.from));
      const edge = one?.node.edges?.find(({ id }) => id === String(index));
      return {
        ...arrow,
        points: pointsOf(edge?.sections, one?.place),
        labels: (edge?.labels ?? []).map(({ text = '', x = 0, y = 0, width = 0, height = 0 }) => ({
          text,
          x: x + (one?.place.x ?? 0),
          y: y + (one?.place.y ?? 0),
          width,
          height,
        })),
      };
    }),
  };
}

/** One section with ELK. Its ports are where arrows to and from other sections go through the frame. */
async function layOutSection(
  elk: InstanceType<typeof Elk>,
  section: Section,
  boxes: Box[],
  arrows: { arrow: Arrow; index: number }[],
  ends: { end: End; index: number; leaves: boolean }[],
): Promise<ElkNode> {
  const { number } = section;
  const title = titleOf(section);
  const id = `section ${number}`;
  const node: ElkNode = {
    id,
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': boxes.some((box) => UPRIGHT.includes(box.id)) ? 'DOWN' : 'RIGHT',
      'elk.aspectRatio': '1.6',
      'elk.randomSeed': '1',
      'elk.padding': `[top=${title.length * TITLE_HEIGHT + 14},left=12,bottom=12,right=12]`,
      'elk.portConstraints': 'FIXED_SIDE',
      'elk.spacing.portPort': '70',
      'elk.spacing.nodeNode': '12',
      'elk.spacing.componentComponent': '12',
      'elk.spacing.edgeNode': '10',
      'elk.spacing.edgeEdge': '8',
      'elk.layered.spacing.nodeNodeBetweenLayers': '22',
      'elk.layered.spacing.edgeNodeBetweenLayers': '12',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.nodeSize.constraints': 'MINIMUM_SIZE PORTS',
      'elk.nodeSize.minimum': `(${Math.max(...title.map((line) => widthOf(line, TITLE_SIZE, true))) + 24}, 0)`,
    },
    ports: ends
      .filter(({ end }) => end.box)
      .map(({ end, index }) => ({
        id: `end ${index}`,
        width: 0,
        height: 0,
        layoutOptions: { 'elk.port.side': end.side },
      })),
    children: boxes.map((box) => ({ id: box.id, ...sizeOf(box) })),
    edges: [
      ...arrows.map(({ arrow: { from, to, label }, index }) => ({
        id: String(index),
        sources: [from],
        targets: [to],
        labels: labelsOf(label),
      })),
      ...ends.flatMap(({ end: { box }, index, leaves }) =>
        box === undefined
          ? []
          : [
              {
                id: `way ${index}`,
                sources: [leaves ? box : `end ${index}`],
                targets: [leaves ? `end ${index}` : box],
              },
            ],
      ),
    ],
  };
  const root = await elk.layout({ id: 'root', layoutOptions: { 'elk.algorithm': 'box' }, children: [node] });
  const [laidOut] = root.children ?? [];
  if (!laidOut) throw new Error(`section ${number} was not laid out`);
  return laidOut;
}

function pointsOf(sections: ElkEdgeSection[] | undefined, origin: Point = { x: 0, y: 0 }): Point[] {
  return (sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: x + origin.x, y: y + origin.y })),
  );
}
