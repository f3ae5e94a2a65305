import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { awsEnvironment, localAwsSettings } from '../../local/aws-environment.ts';
import { shellText } from '../../local/shell-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENDPOINT = 'http://127.0.0.1:4999';

/** What a user may have set for their own accounts, each in a way that breaks or misleads a local command. */
const HOSTILE = {
  AWS_PROFILE: 'production',
  AWS_DEFAULT_PROFILE: 'production',
  AWS_REGION: 'eu-north-1',
  AWS_DEFAULT_REGION: 'eu-north-1',
  AWS_ACCESS_KEY_ID: 'AKIAREAL',
  AWS_SECRET_ACCESS_KEY: 'real',
  AWS_SESSION_TOKEN: 'real',
  AWS_CONFIG_FILE: '/home/me/.aws/config',
  AWS_SHARED_CREDENTIALS_FILE: '/home/me/.aws/credentials',
  AWS_ENDPOINT_URL: 'https://example.com',
  AWS_ENDPOINT_URL_DYNAMODB: 'https://example.com',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_RETRY_MODE: 'nonsense',
  AWS_CA_BUNDLE: '/nowhere.pem',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere',
  AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/admin',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/',
  SAM_CLI_POLL_DELAY: '600',
  BOTO_CONFIG: '/nowhere',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  NO_PROXY: 'intranet.example.com',
  API_KEY: 'real',
};

test("nothing of the user's own AWS settings reaches a command of the local cloud", () => {
  const made = awsEnvironment(ENDPOINT, { ...HOSTILE, PATH: '/usr/bin', HOME: '/home/me' });
  const ofTheTools = Object.fromEntries(Object.entries(made).filter(([name]) => /^(AWS|SAM_CLI|BOTO)_/.test(name)));
  expect(ofTheTools).toEqual({
    AWS_ENDPOINT_URL: ENDPOINT,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    SAM_CLI_TELEMETRY: '0',
  });
  expect(made).toMatchObject({ PATH: '/usr/bin', HOME: '/home/me' });
});

test("the user's proxy is not asked for the local cloud, and still is for what it was for", () => {
  const made = awsEnvironment(ENDPOINT, HOSTILE);
  expect(made.HTTP_PROXY).toBe(HOSTILE.HTTP_PROXY);
  for (const name of ['NO_PROXY', 'no_proxy']) {
    expect(made[name]?.split(',')).toEqual(['127.0.0.1', 'localhost', 'host.docker.internal', 'intranet.example.com']);
  }
});

test.each(['sh', 'bash'])('a %s that reads .local/shell has the local settings, and none of the others', (shell) => {
  const file = join(temporaryFolder('shell'), 'shell');
  const stack = { endpoint: ENDPOINT, apiUrl: `${ENDPOINT}/x/api`, apiKey: "a'$(b)", stackName: 'order-processing' };
  writeFileSync(file, shellText(stack));
  const script = `. '${file}'; . '${file}'; "${process.execPath}" -p 'JSON.stringify(process.env)'`;
  const env = { ...HOSTILE, PATH: process.env.PATH };
  const read = JSON.parse(
    execFileSync(shell, ['-ec', script], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  ) as NodeJS.ProcessEnv;
  expect(read).toMatchObject({ ...localAwsSettings(ENDPOINT, HOSTILE), API_URL: stack.apiUrl, API_KEY: stack.apiKey });
  const left = Object.keys(HOSTILE).filter((name) => name in read && !(name in localAwsSettings(ENDPOINT, {})));
  expect(left.sort()).toEqual(['API_KEY', 'HTTPS_PROXY', 'HTTP_PROXY', 'http_proxy']);
  expect(read.PATH).toBe(`${resolve('local/bin')}:${process.env.PATH}`);
});

test('sam is the one that npm start installs, and says so where it is missing', () => {
  const shim = readFileSync('local/bin/sam', 'utf8');
  const folder = temporaryFolder('sam');
  execFileSync('mkdir', ['-p', `${folder}/local/bin`]);
  writeFileSync(`${folder}/local/bin/sam`, shim, { mode: 0o755 });
  expect(() => execFileSync(`${folder}/local/bin/sam`, ['--version'], { stdio: 'pipe', encoding: 'utf8' })).toThrow(
    'The SAM CLI is not installed in this folder yet: `npm start` installs it.',
  );
});
