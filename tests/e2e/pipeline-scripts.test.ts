import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { aws, stack } from '../support/stack.ts';

// The scripts that the workflows call, in the order in which a delivery calls them, on the local cloud. They package the
// local copy of the built template, because the emulator refuses some types (local/deploy.ts).

const PACKAGED = '.artifact/packaged.yaml';
const STAGE = 'order-processing-dev';
const run = promisify(execFile);
const cloudFormation = new CloudFormationClient(aws);
const s3 = new S3Client({ ...aws, forcePathStyle: true });
const bucket = `artefacts-${randomUUID()}`;

/** Runs a command as a job does. The output is in the error when it fails. */
function job(command: string, more: Record<string, string> = {}) {
  const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: stack.region };
  const address = { AWS_ENDPOINT_URL: stack.endpoint ?? '', AWS_DEFAULT_REGION: stack.region };
  const environment = { ...process.env, ...account, ...address, ...more };
  return run('bash', ['-c', command], { env: environment, maxBuffer: 2 ** 26 });
}

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(async () => {
  await cloudFormation.send(new DeleteStackCommand({ StackName: STAGE }));
});

test('what is packaged names only what was uploaded, and a stage is deployed from it', async () => {
  await job(`pipeline/package.sh ${bucket}`, { TEMPLATE: '.local/template.yaml' });
  const { Resources } = parse(readFileSync(PACKAGED, 'utf8'), { logLevel: 'silent' }) as {
    Resources: Record<string, { Type: string; Properties?: { CodeUri?: string } }>;
  };
  const code = Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::Serverless::Function' ? [Properties?.CodeUri ?? ''] : [],
  );
  expect(code.length).toBeGreaterThan(20);
  for (const uri of code) {
    const [, Key = ''] = uri.match(`^s3://${bucket}/(release/.+)$`) ?? [];
    expect([uri, (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).$metadata.httpStatusCode]).toEqual([
      uri,
      200,
    ]);
  }

  // SAM takes the address of a nested template from its client, and later accepts only one of AWS.
  const packaged = readFileSync(PACKAGED, 'utf8');
  writeFileSync(PACKAGED, packaged.replaceAll(`${stack.endpoint}/`, `https://s3.${stack.region}.amazonaws.com/`));
  await job(`pipeline/deploy.sh dev ${bucket}`);
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STAGE }));
  expect(Stacks?.[0]).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
  expect(Stacks?.[0]?.Parameters).toContainEqual({ ParameterKey: 'LogLevel', ParameterValue: 'DEBUG' });
  const { StackResourceSummaries = [] } = await cloudFormation.send(
    new ListStackResourcesCommand({ StackName: STAGE }),
  );
  expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId)).toContain(
    'CreateOrderFunctionAliaslive',
  );
}, 400_000);

test('the smoke test sees an order through on the stack that runs', async () => {
  const { stdout } = await job(`npm run smoke -- --stack ${stack.stackName}`);
  expect(stdout).toMatch(/GET \/products: \d+/);
  expect(stdout).toMatch(/POST \/orders: [0-9a-f-]{36} is COMPLETED, 89\.97 USD/);
}, 180_000);

test('the smoke test fails in one line when there is no such stack', async () => {
  await expect(job('npm run --silent smoke -- --stack nowhere')).rejects.toMatchObject({
    stderr: expect.stringContaining('nowhere'),
  });
}, 60_000);

test('the end-to-end tests run against a stack that is only named', async () => {
  const { stderr } = await job(`pipeline/end-to-end.sh ${stack.stackName}`);
  expect(stderr).toMatch(/Tests: +\d+ passed, \d+ total/);
}, 400_000);

test('nothing else is called by the jobs but what these tests run, npm test is made of, or has a test of its own', () => {
  const called = globSync('.github/workflows/*.yml').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/run: (.+)/g)].map(([, command = '']) =>
      command.replace(/ (?:--|").*/, ''),
    ),
  );
  expect([...new Set(called)].sort()).toEqual([
    'npm ci',
    'npm run seed',
    'npm run smoke',
    'npm run storefront:deploy',
    'npm run test:static',
    'npm run test:upgrade',
    'npm test',
    'pipeline/deploy.sh',
    'pipeline/end-to-end.sh',
    'pipeline/package.sh',
  ]);
});
