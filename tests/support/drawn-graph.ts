import type { Page } from 'playwright-core';

/** A state as a person sees it in the desk's graph. */
export interface DrawnState {
  name: string;
  /** The class that gives it its colour, such as `graph-caught`. */
  look: string;
  /** What a screen reader says. */
  label: string;
  /** Its places on the way, from 1. */
  places: number[];
}

export interface DrawnGraph {
  states: DrawnState[];
  /** The lines that are drawn as gone along, by the states that they touch; `start` and `end` are the dots. */
  ways: string[];
}

/** Reads the graph that a page shows: its shapes, and which of them each line that is lit begins and ends at. */
export async function drawnGraph(page: Page): Promise<DrawnGraph> {
  await page.locator('svg.graph').waitFor();
  return page.evaluate<DrawnGraph>(READ);
}

/** The states that the graph says an execution was in, by their numbers. */
export function drawnPath({ states }: DrawnGraph): string[] {
  const path: string[] = [];
  for (const { name, places } of states) for (const place of places) path[place - 1] = name;
  // A number that is missing is seen as undefined.
  return Array.from(path);
}

// Text, because the tests have no types of the DOM.
const READ = `(() => {
  const svg = document.querySelector('svg.graph');
  const looks = ['graph-not-reached', 'graph-running', 'graph-waiting', 'graph-succeeded', 'graph-caught', 'graph-failed', 'graph-aborted'];
  const shapes = [...svg.querySelectorAll('.graph-state')].map((group) => ({
    name: group.querySelector('.graph-name').textContent,
    box: group.querySelector('.graph-box').getBBox(),
  }));
  for (const end of ['start', 'end']) {
    const dot = svg.querySelector('.graph-dot-' + end);
    if (dot) shapes.push({ name: end, box: dot.getBBox() });
  }
  const distance = ({ x, y, width, height }, point) =>
    Math.hypot(Math.max(x - point.x, 0, point.x - x - width), Math.max(y - point.y, 0, point.y - y - height));
  const shapeAt = (point) => {
    const [nearest] = shapes.map(({ name, box }) => ({ name, far: distance(box, point) })).sort((a, b) => a.far - b.far);
    return nearest.far < 2 ? nearest.name : 'nothing';
  };
  return {
    states: [...svg.querySelectorAll('.graph-state')].map((group) => ({
      name: group.querySelector('.graph-name').textContent,
      look: [...group.classList].filter((name) => looks.includes(name)).join(' '),
      label: group.querySelector('.graph-button').getAttribute('aria-label'),
      places: (group.querySelector('.graph-place')?.textContent ?? '').split(',').filter(Boolean).map(Number),
    })),
    ways: [...svg.querySelectorAll('.graph-edge-taken .graph-line')].map((line) => {
      const [from, to] = [line.getPointAtLength(0), line.getPointAtLength(line.getTotalLength())];
      return shapeAt(from) + ' -> ' + shapeAt(to);
    }),
  };
})()`;
