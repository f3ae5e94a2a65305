import { readFileSync, writeFileSync } from 'node:fs';
import { calibrationOf } from './calibration.ts';
import { readDeployment } from './deployment.ts';
import { simulate } from './scenarios.ts';
const c = calibrationOf(JSON.parse(readFileSync('tests/bench/cost/measured.json', 'utf8')), 'tests/bench/cost/measured.json');
const t=Date.now();
const r = simulate(readDeployment(), c, (l) => console.log(((Date.now()-t)/1000).toFixed(1), l));
writeFileSync('tests/bench/simulate/results.json', JSON.stringify(r, null, 2));
writeFileSync('tests/bench/simulate/calibration.json', JSON.stringify(c, null, 2)+'\n');
