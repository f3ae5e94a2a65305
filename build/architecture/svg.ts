import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHIP_HEIGHT,
  chipRows,
  chipText,
  chipWidth,
  type Drawing,
  ICON,
  LINE_HEIGHT,
  LINE_SIZE,
  linesOf,
  NAME_SIZE,
  TITLE_HEIGHT,
  TITLE_SIZE,
  titleOf,
} from './layout.ts';

const FONT = 'Arial, Helvetica, sans-serif';
const HEADER = 92;
const MARGIN = 16;
const INK = '#232f3e';
const GREY = '#5a6b7b';
const FAILURE = '#c7131f';

/** Each table has a color, on its own box and on the chips of those who use it. */
const COLORS = ['#1f6fb2', '#8a4fbd', '#b5530a', '#23776b', '#9c2b63', '#5b6410'];

/** The picture as SVG, with everything in it. Text is in the reader's own sans-serif font. */
export function svgOf(drawing: Drawing): string {
  const { sections, boxes, arrows } = drawing;
  const width = drawing.width + 2 * MARGIN;
  const height = drawing.height + HEADER + MARGIN;
  const icons = [...new Set(boxes.map(({ icon }) => icon))];
  const tables = [...new Set(boxes.flatMap((box) => box.tables.map(({ table }) => table)))].sort();
  const colorOf = (table: string) => COLORS[tables.indexOf(table) % COLORS.length] ?? INK;

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="${FONT}" fill="${INK}" role="img" aria-label="The order processing application: its resources on AWS, and how an order goes through them">`,
    '<!-- Made by npm run docs:architecture from template.yaml. Icons: AWS Architecture Icons. -->',
    '<defs>',
    ...icons.map((icon) => symbolOf(icon)),
    arrowHead('tip', GREY),
    arrowHead('failed', FAILURE),
    '</defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(MARGIN, 36, 'An order, from the customer to the outcome', 24, { bold: true }),
    legend(tables, colorOf),
    `<g transform="translate(${MARGIN} ${HEADER})">`,
    ...sections.map(
      ({ x, y, width: w, height: h }) =>
        `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" rx="10" fill="#f6f8fa" stroke="#c3ccd5"/>`,
    ),
    ...arrows.map(({ points, failure }) => {
      const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('');
      const color = failure ? FAILURE : GREY;
      return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.6"${failure ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#${failure ? 'failed' : 'tip'})"/>`;
    }),
    // A title stays readable where an arrow goes through it.
    '<g stroke="#f6f8fa" stroke-width="5" paint-order="stroke">',
    ...sections.flatMap((section) =>
      titleOf(section).map((line, index) =>
        text(section.x + 12, section.y + 22 + index * TITLE_HEIGHT, line, TITLE_SIZE, { bold: true, color: GREY }),
      ),
    ),
    '</g>',
    ...boxes.map((box) => boxPart(box, colorOf)),
    ...arrows.flatMap(({ labels, failure }) =>
      labels.map(({ x, y, width: w, height: h, text: label }) => {
        const lines = label.split('\n');
        return `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" rx="3" fill="#fff" fill-opacity="0.85"/>${lines
          .map((line, index) =>
            text(x + w / 2, y + 11 + index * 13, line, 11, { middle: true, color: failure ? FAILURE : INK }),
          )
          .join('')}`;
      }),
    ),
    '</g>',
    '</svg>',
    '',
  ];
  return parts.join('\n');
}

function boxPart(box: Drawing['boxes'][number], colorOf: (table: string) => string): string {
  const { id, x, y, width, height, icon, name, description, resources } = box;
  const outside = id.startsWith('@');
  const isTable = icon.includes('DynamoDB');
  const middle = x + width / 2;
  let top = y + ICON + 22;
  const inner = [text(middle, top, name, NAME_SIZE, { bold: true, middle: true })];
  for (const line of linesOf(box)) {
    top += LINE_HEIGHT;
    inner.push(text(middle, top, line, LINE_SIZE, { color: GREY, middle: true }));
  }
  for (const row of chipRows(box)) {
    let at = middle - row.reduce((sum, { table }) => sum + chipWidth(table) + 4, -4) / 2;
    for (const { table, writes } of row) {
      const color = colorOf(table);
      const w = chipWidth(table);
      inner.push(
        `<rect x="${n(at)}" y="${n(top + 6)}" width="${w}" height="${CHIP_HEIGHT}" rx="9" fill="${writes ? color : '#fff'}" stroke="${color}"/>`,
        text(at + w / 2, top + 19, chipText(table), LINE_SIZE, { middle: true, color: writes ? '#fff' : color }),
      );
      at += w + 4;
    }
    top += CHIP_HEIGHT + 3;
  }
  return [
    `<g data-resources="${resources.join(' ')}"><title>${escaped(description || name)}</title>`,
    `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="6" fill="${outside ? 'none' : '#fff'}" stroke="${isTable ? colorOf(id) : '#c3ccd5'}"${isTable ? ' stroke-width="2.5"' : ''}${outside ? ' stroke-dasharray="3 3"' : ''}/>`,
    `<use href="#${idOf(icon)}" x="${n(middle - ICON / 2)}" y="${n(y + 6)}" width="${ICON}" height="${ICON}"/>`,
    ...inner,
    '</g>',
  ].join('');
}

function legend(tables: string[], colorOf: (table: string) => string): string {
  const y = 68;
  const parts = [text(MARGIN, y, 'Who uses a table has its name:', 14)];
  let x = MARGIN + 235;
  for (const [sample, writes] of [
    ['writes', true],
    ['only reads', false],
  ] as const) {
    const w = chipWidth(sample);
    const color = colorOf(tables[0] ?? '');
    parts.push(
      `<rect x="${x}" y="${y - 14}" width="${w}" height="${CHIP_HEIGHT}" rx="9" fill="${writes ? color : '#fff'}" stroke="${color}"/>`,
      text(x + w / 2, y - 1, sample, LINE_SIZE, { middle: true, color: writes ? '#fff' : color }),
    );
    x += w + 8;
  }
  x += 24;
  for (const [label, failure] of [
    ['what happens next', false],
    ['what is kept when it failed', true],
  ] as const) {
    const color = failure ? FAILURE : GREY;
    parts.push(
      `<path d="M${x} ${y - 5}h44" stroke="${color}" stroke-width="1.6"${failure ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#${failure ? 'failed' : 'tip'})"/>`,
      text(x + 56, y, label, 14),
    );
    x += 56 + label.length * 8 + 24;
  }
  parts.push(text(x, y, '→ name: what it calls or writes to, too far for an arrow', 14));
  return parts.join('');
}

/** An icon as a symbol. Its ids get its name in front, because ids are one room for a whole picture. */
function symbolOf(icon: string): string {
  const svg = readFileSync(join(process.cwd(), 'node_modules/aws-icons/icons', `${icon}.svg`), 'utf8');
  const viewBox = svg.match(/viewBox="([^"]+)"/)?.[1] ?? '0 0 64 64';
  const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
  const own = inner
    .replace(/\bid="([^"]+)"/g, `id="${idOf(icon)}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${idOf(icon)}-$1)`)
    .replace(/href="#([^"]+)"/g, `href="#${idOf(icon)}-$1"`)
    .replace(/\s*\n\s*/g, ' ');
  return `<symbol id="${idOf(icon)}" viewBox="${viewBox}">${own.trim()}</symbol>`;
}

const idOf = (icon: string) => icon.replace(/.*\//, '');

const arrowHead = (id: string, color: string) =>
  `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="${color}"/></marker>`;

function text(
  x: number,
  y: number,
  content: string,
  size: number,
  style: { bold?: boolean; middle?: boolean; color?: string } = {},
) {
  const { bold, middle, color } = style;
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}"${bold ? ' font-weight="bold"' : ''}${middle ? ' text-anchor="middle"' : ''}${color ? ` fill="${color}"` : ''}>${escaped(content)}</text>`;
}

const escaped = (content: string) => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const n = (length: number) => Math.round(length * 10) / 10;
