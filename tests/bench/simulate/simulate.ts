/**
 * npm run simulate: what binds from 1 to 100,000 orders per second, in a flash sale and in a new account. It writes
 * docs/scaling.md and its plots, in about a minute, and needs no cloud.
 *
 * `-- --calibrate` first takes the counts of the last npm run cost, from tests/bench/cost/measured.json. `-- --document`
 * writes the page from the last results.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Measured } from '../cost/measured-orders.ts';
import { type Calibration, calibrationOf } from './calibration.ts';
import { readDeployment } from './deployment.ts';
import { plotsOf } from './plots.ts';
import { scalingDocument } from './scaling-document.ts';
import { type Results, simulate } from './scenarios.ts';

const MEASURED = 'tests/bench/cost/measured.json';
const CALIBRATION = 'tests/bench/simulate/calibration.json';
const RESULTS = 'tests/bench/simulate/results.json';

const { values: options } = parseArgs({ options: { calibrate: { type: 'boolean' }, document: { type: 'boolean' } } });
const read = <Content>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as Content;
const write = (path: string, content: object) => writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);

if (options.calibrate) write(CALIBRATION, calibrationOf(read<Measured>(MEASURED), MEASURED));
if (!options.document) {
  const began = performance.now();
  const tell = (line: string) => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  write(RESULTS, simulate(readDeployment(), read<Calibration>(CALIBRATION), tell));
}
const results = read<Results>(RESULTS);
for (const [name, svg] of Object.entries(await plotsOf(results))) writeFileSync(`docs/images/${name}`, svg);
writeFileSync('docs/scaling.md', scalingDocument(results));
console.log('docs/scaling.md and its plots are written.');
