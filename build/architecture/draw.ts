/**
 * npm run docs:architecture: draws docs/architecture.svg from template.yaml and its nested stacks, and takes
 * docs/architecture.jpg of it in the Chromium of this machine.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { launchChromium } from '../../tests/support/chromium.ts';
import { template } from '../../tests/template/template.ts';
import { architectureOf } from './architecture.ts';
import { layOut } from './layout.ts';
import { svgOf } from './svg.ts';

/** Wide enough for every word to be read, and a third of a megabyte. */
const PICTURE_WIDTH = 2600;

const drawing = await layOut(architectureOf(template, readFileSync('template.yaml', 'utf8')));
const svg = svgOf(drawing);
writeFileSync('docs/architecture.svg', svg);

const [, , width = 1, height = 1] = (svg.match(/viewBox="([^"]+)"/)?.[1] ?? '').split(' ').map(Number);
const viewport = { width: PICTURE_WIDTH, height: Math.ceil((PICTURE_WIDTH * height) / width) };
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
  await page.screenshot({ path: 'docs/architecture.jpg', type: 'jpeg', quality: 82 });
} finally {
  await browser.close();
}
console.log(
  `docs/architecture.svg and docs/architecture.jpg: ${drawing.boxes.length} boxes, ${drawing.arrows.length} arrows`,
);
