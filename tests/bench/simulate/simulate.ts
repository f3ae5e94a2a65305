/**
 * npm run simulate: what binds from 1 to 100,000 orders per second, in a flash sale and in a new account. It writes
 * docs/scaling.md and its plots, in about a minute, and needs no cloud.
 *
 * `-- --calibrate` first takes the counts of the last npm run cost and, where there is one, the processor time of the last
 * npm run load. `-- --document` writes the page from the last results.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Measured } from '../cost/measured-orders.ts';
import { type Calibration, calibrationOf, type LoadRun } from './calibration.ts';
import { readDeployment } from './deployment.ts';
import { plotsOf } from './plots.ts';
import { scalingDocument } from './scaling-document.ts';
import { type Results, simulate } from './scenarios.ts';

const MEASURED = 'tests/bench/cost/measured.json';
const LOAD = 'tests/bench/load/last-run.json';
const CALIBRATION = 'tests/bench/simulate/calibration.json';
const RESULTS = 'tests/bench/simulate/results.json';

const { values: options } = parseArgs({ options: { calibrate: { type: 'boolean' }, document: { type: 'boolean' } } });
const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content;
/** As Biome formats it: a list of numbers is one line. */
const write = (path: string, content: object) =>
  writeFileSync(
    path,
    `${JSON.stringify(content, null, 2).replaceAll(/\[[\d.,\s]+\]/g, (list) => list.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`,
  );

if (options.calibrate) {
  const load = existsSync(LOAD) ? { run: read<LoadRun>(LOAD), source: LOAD } : undefined;
  write(CALIBRATION, calibrationOf(read<Measured>(MEASURED), MEASURED, load));
}
if (!options.document) {
  const began = performance.now();
  const tell = (line: string) =>
    console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  write(RESULTS, simulate(readDeployment(), read<Calibration>(CALIBRATION), tell));
}
const results = read<Results>(RESULTS);
for (const [name, svg] of Object.entries(await plotsOf(results))) writeFileSync(`docs/images/${name}`, svg);
writeFileSync('docs/scaling.md', scalingDocument(results));
console.log('docs/scaling.md and its plots are written.');
