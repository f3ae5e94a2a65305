/** The plots of docs/scaling.md, drawn by Vega, which needs no browser for an SVG. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Results, share } from './scenarios.ts';

const CONFIG: NonNullable<TopLevelSpec['config']> = {
  background: 'white',
  font: 'sans-serif',
  view: { stroke: null },
  axis: { grid: true, gridColor: '#e5e5e5', labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' },
  legend: { labelFontSize: 12, titleFontSize: 12, labelLimit: 0, orient: 'top', columns: 2, title: null },
  // Distinct for colour-blind readers as well.
  range: { category: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'] },
};
const SIZE = { width: 640, height: 280 };

type Field = { field: string; type: 'quantitative' | 'nominal'; title: string; scale?: { type: 'log' } };

async function svgOf(title: string, values: object[], x: Field, y: Field, series: string): Promise<string> {
  const spec: TopLevelSpec = {
    ...SIZE,
    config: CONFIG,
    data: { values: values as Record<string, unknown>[] },
    mark: { type: 'line', point: true },
    encoding: { x, y, color: { field: series, type: 'nominal', sort: null } },
  };
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  // A page shows it as an image, in which roles and labels of parts are read by nobody.
  const plain = svg.replaceAll(/ (role|aria-[a-z]+)="[^"]*"/g, '');
  return `${plain.replace(/^(<svg[^>]*>)/, `$1<title>${title}</title>`)}\n`;
}

/** Each plot as an SVG, by the name of its file. The same results draw the same files. */
export async function plotsOf(results: Results): Promise<Record<string, string>> {
  const rate = (title: string): Field => ({ field: 'rate', type: 'quantitative', title, scale: { type: 'log' } });
  return {
    'scaling-ladder.svg': await svgOf(
      'Orders that are completed, by their rate',
      results.ladder.flatMap(({ ordersPerSecond, before, after }) => [
        { rate: ordersPerSecond, completed: share(before), how: 'with what the step before had' },
        { rate: ordersPerSecond, completed: share(after), how: 'after the changes of the step' },
      ]),
      rate('orders per second'),
      { field: 'completed', type: 'quantitative', title: 'completed within the two minutes, %' },
      'how',
    ),
    'scaling-one-product.svg': await svgOf(
      'Completed orders of one product, by their rate',
      results.oneProduct.map(({ rows, ordersPerSecond, completedPerSecond }) => ({
        rate: ordersPerSecond,
        completed: completedPerSecond,
        rows: rows === 1 ? '1 row, as built' : `${rows} rows`,
      })),
      { field: 'rate', type: 'quantitative', title: 'orders of one product per second' },
      { field: 'completed', type: 'quantitative', title: 'completed per second' },
      'rows',
    ),
    'scaling-flash-sale.svg': await svgOf(
      'Units sold in a flash sale, by time',
      results.flash.flatMap(({ name, soldIn }) =>
        soldIn.map((_, index) => ({
          second: (index + 1) * 5,
          sold: soldIn.slice(0, index + 1).reduce((sum, one) => sum + one, 0),
          name,
        })),
      ),
      { field: 'second', type: 'quantitative', title: 'seconds after the first buyer' },
      { field: 'sold', type: 'quantitative', title: 'units sold' },
      'name',
    ),
    'scaling-new-account.svg': await svgOf(
      'Orders of a new account, by their rate',
      results.newAccount.flatMap(({ ordersPerSecond, outcome }) => [
        { rate: ordersPerSecond, orders: share(outcome), how: 'completed, %' },
        {
          rate: ordersPerSecond,
          orders:
            Math.round((Object.values(outcome.refused).reduce((sum, one) => sum + one, 0) / outcome.entered) * 1000) /
            10,
          how: 'refused at the API, %',
        },
      ]),
      rate('orders per second'),
      { field: 'orders', type: 'quantitative', title: 'of the orders, %' },
      'how',
    ),
  };
}
