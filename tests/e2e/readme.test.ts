import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fenced } from '../support/fenced.ts';

/** The settings of somebody who works with AWS behind a proxy. Each would break a command that obeyed it. */
const HOSTILE = {
  AWS_PROFILE: 'production',
  AWS_REGION: 'eu-north-1',
  AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_RETRY_MODE: 'nonsense',
  AWS_SESSION_TOKEN: 'real',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  NODE_USE_ENV_PROXY: '1',
};

const run = async (command: string) => {
  const options = { env: { ...process.env, ...HOSTILE }, timeout: 170_000 };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `set -eo pipefail\n${command}`], options);
  return { stdout, stderr };
};

test('"Try it" of the README does what it says, under the hostile settings of a user', async () => {
  const [block = ''] = fenced(readFileSync('README.md', 'utf8'), '## Try it');
  const { stdout } = await run(block);
  const [declined = '', log = '', cancelled = ''] =
    /^(\[\n[\s\S]*?\n\])\n([\s\S]*)\n(\[\n[\s\S]*\n\])\n$/.exec(stdout)?.slice(1) ?? [];
  const statuses = (history: string) => [...history.matchAll(/status: '(\w+)'/g)].map(([, status]) => status);
  expect(statuses(declined)).toEqual(['PENDING', 'PROCESSING', 'FAILED']);
  expect(declined).toContain("detail: 'the payment was declined'");
  expect(log).toContain('"message": "ORDER_CREATED"');
  expect(log).toContain('"message": "PAYMENT_DECLINED"');
  expect(statuses(cancelled)[0]).toBe('PENDING');
  expect(statuses(cancelled).at(-1)).toBe('CANCELLED');
});

test('npm run seed puts what is missing, under the hostile settings of a user', async () => {
  expect((await run('npm run -s seed')).stdout).toMatch(
    /^Of \d+ sample products in order-processing-\S+, \d+ were missing and \d+ were changed/,
  );
});

const docker = spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;

(docker ? test : test.skip)(
  'a function runs in its container as the README says, under those settings too',
  async () => {
    const [block = ''] = fenced(readFileSync('README.md', 'utf8'), '## Test it');
    const { stdout } = await run(block);
    const answers = stdout.split('\n').filter((line) => line.startsWith('{"statusCode"'));
    expect(answers.map((line) => JSON.parse(line))).toMatchObject([{ statusCode: 202 }, { statusCode: 202 }]);
  },
  180_000,
);
