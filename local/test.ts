import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { findChromium, HOW_TO_GET_CHROMIUM } from '../tests/support/chromium.ts';
import { audit } from './audit.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { buildStorefront } from './build-storefront.ts';
import { samBuild } from './deploy.ts';
import { freePort } from './free-port.ts';
import { compileSchemas, isLocalCloudUp, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { DEFAULT_PORT, endpointOf } from './mini-stack.ts';
import { main, step } from './progress.mjs';
import { LOCAL_DIR } from './stack-file.ts';

// npm test: runs every check, the cheapest first, and prints how many passed and failed. A failure does not stop the
// other checks. The checks use the running local cloud. Without one, they start their own on a free port and stop it.

interface Count {
  passed: number;
  failed: number;
}

let startedCloud = false;
const running = new Set<ChildProcess>();

main(async () => {
  useOnlyLocalAws(endpointOf(DEFAULT_PORT));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      for (const child of running) child.kill('SIGTERM');
      (startedCloud ? stopLocalCloud() : Promise.resolve()).finally(() => process.exit(130));
    });
  }

  const counts: Count[] = [];
  counts.push(await check('compiling schemas', compileSchemas));
  counts.push(await check('types', () => tool('tsc', ['-p', '.'])));
  counts.push(await check('types of the storefront', () => tool('tsc', ['-p', 'storefront'])));
  counts.push(await check('lint', () => tool('biome', ['check'])));
  counts.push(await check('known vulnerabilities (npm audit)', checkVulnerabilities));
  counts.push(await jest('unit', []));
  const built = await check('building functions (sam build)', samBuild);
  counts.push(built, await check('building the storefront', buildStorefront));
  if (built.failed === 0) {
    const [template, cloud] = await Promise.all([jest('template', []), check('local cloud', provideCloud)]);
    counts.push(template, cloud);
    counts.push(await secondEngine());
    if (cloud.failed === 0) {
      counts.push(await browser());
      counts.push(await jest('cloud', ['--maxWorkers', '2']));
      counts.push(await jest('chaos', []));
    }
  }
  if (startedCloud) await step('stopping the local cloud', stopLocalCloud);

  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
});

async function provideCloud(): Promise<void> {
  if (await isLocalCloudUp()) {
    console.log('    using the running local cloud');
    return;
  }
  startedCloud = true;
  await startLocalCloud(await freePort());
}

async function checkVulnerabilities(): Promise<void> {
  const result = await audit();
  if (!result.answered) console.log(`    not checked: ${result.reason}`);
  else if (result.vulnerable.length > 0) throw new Error(`vulnerable packages: ${result.vulnerable.join(', ')}`);
}

/** Runs decisions and expressions on AWS's own DynamoDB Local, when this machine has Java to run it and Maven to install it. */
async function secondEngine(): Promise<Count> {
  const missing = ['java', 'mvn'].filter((program) => spawnSync(program, ['-version']).status !== 0);
  if (missing.length === 0) return jest('dynamodb-local', ['--maxWorkers', '2']);
  console.log(
    `\ndynamodb-local tests: left out, because there is no ${missing.join(' and no ')} (Debian: default-jre-headless, maven)`,
  );
  return { passed: 0, failed: 0 };
}

/** Looks at what people see, when this machine has a browser. */
async function browser(): Promise<Count> {
  if (findChromium() !== undefined) return jest('browser', ['--maxWorkers', '2']);
  console.log(`\nbrowser tests: left out, because ${HOW_TO_GET_CHROMIUM}`);
  return { passed: 0, failed: 0 };
}

/** A check that is no test. It counts only when it fails. */
async function check(title: string, work: () => Promise<unknown>): Promise<Count> {
  try {
    await step(title, work);
    return { passed: 0, failed: 0 };
  } catch (error) {
    console.error((error as Error).message);
    return { passed: 0, failed: 1 };
  }
}

async function jest(project: string, options: string[]): Promise<Count> {
  const report = `${LOCAL_DIR}/jest-${project}.json`;
  rmSync(report, { force: true });
  console.log(`\n${project} tests`);
  await tool('jest', ['--selectProjects', project, '--json', '--outputFile', report, ...options]).catch(() => {});
  try {
    const { success, numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    return { passed: numPassedTests, failed: success ? failed : Math.max(failed, 1) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** Runs a program of node_modules on this Node, and shows its output except for Jest's report on stdout. */
function tool(name: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(`node_modules/.bin/${name}`, args, {
      env: { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}` },
      stdio: ['ignore', name === 'jest' ? 'ignore' : 'inherit', 'inherit'],
    });
    running.add(child);
    child.on('error', reject);
    child.on('exit', (code) => {
      running.delete(child);
      if (code === 0) resolve();
      else reject(new Error(`${name} found something`));
    });
  });
}
