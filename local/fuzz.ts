import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { freePort } from './free-port.ts';
import { build, startLocalCloud, stopLocalCloud } from './local-cloud.ts';
import { runs } from './processes.ts';
import { Failure, main, step } from './progress.mjs';
import { type Account, LOCAL_DIR, readStackFile, type Stack } from './stack-file.ts';

// npm run test:fuzz: schemathesis sends generated requests to every route of docs/openapi.yaml, as a customer and as an
// operator. It fails when an answer is a 5xx or is not in the document. It starts a local cloud of its own and
// stops it, because it changes products and leaves orders. It refuses while another runs in this folder.

/** For the customer and for the operator, so that both take three minutes at most, without the start of a cloud. */
const SECONDS = process.env.FUZZ_SECONDS ?? '75';

let startedCloud = false;
let running: ChildProcess | undefined;

main(async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      running?.kill('SIGTERM');
      (startedCloud ? stopLocalCloud() : Promise.resolve()).finally(() => process.exit(130));
    });
  }
  if (runs('ministack')) {
    throw new Failure(
      'A local cloud runs in this folder, and the fuzzer would spoil it: it starts one of its own. `npm stop` ends yours.',
    );
  }
  await build();
  startedCloud = true;
  await startLocalCloud(await freePort());
  let passed = 0;
  let failed = 0;
  try {
    const stack = readStackFile();
    for (const [who, account] of [
      ['customer', stack.customer],
      ['operator', stack.operator],
    ] as const) {
      console.log(`\nAs ${who}`);
      const found = await fuzz(who, stack, await logIn(stack, account));
      passed += found.passed;
      failed += found.failed;
    }
  } finally {
    if (startedCloud) await step('stopping the local cloud', stopLocalCloud);
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});

async function logIn({ apiUrl, apiKey }: Stack, { email, password }: Account): Promise<string> {
  const answer = await fetch(`${apiUrl}/auth`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'login', email, password }),
  });
  const { idToken } = (await answer.json()) as { idToken?: string };
  if (!idToken) throw new Failure(`${email} cannot sign in: ${answer.status}`);
  return idToken;
}

interface Report {
  operations: { total: number; tested: number };
  failures: unknown[];
  errors: unknown[];
}

/** How many routes have no finding, and how many findings there are. */
async function fuzz(who: string, { apiUrl, apiKey }: Stack, token: string) {
  const report = `${LOCAL_DIR}/fuzz-${who}.json`;
  rmSync(report, { force: true });
  const options = {
    url: apiUrl,
    phases: 'examples,coverage,fuzzing,stateful',
    'max-time': SECONDS,
    'request-timeout': '30',
    // Two threads sometimes break the parser of Python 3.11 ("AST constructor recursion depth mismatch").
    workers: '1',
    warnings: 'off',
    'generation-database': 'none',
    report: 'json',
    'report-json-path': report,
    ...(process.env.SEED && { seed: process.env.SEED }),
  };
  const status = await execute('.venv/schemathesis/bin/st', [
    ...['--config-file', 'tests/support/schemathesis.toml', 'run', 'docs/openapi.yaml', '--no-color', '--no-shrink'],
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ...['--header', `x-api-key: ${apiKey}`, '--header', `authorization: ${token}`],
  ]);
  const { operations, failures, errors } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const untested = operations.total - operations.tested;
  if (untested > 0) console.log(`${untested} routes were not tested`);
  const findings = failures.length + errors.length + untested;
  const failed = status === 0 ? findings : Math.max(1, findings);
  return { passed: Math.max(0, operations.tested - failed), failed };
}

function execute(command: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    running.on('error', reject);
    running.on('exit', (code) => resolve(code ?? 1));
  });
}
