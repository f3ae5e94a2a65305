import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { findAwsCli } from '../support/aws-cli.ts';
import { aws, stack } from '../support/stack.ts';

// The commands of docs/deploy.md as they stand there, against the local cloud that runs.
// Each command of the AWS CLI takes a second or more, on a busy machine many.
jest.setTimeout(300_000);

const DOCUMENT = readFileSync('docs/deploy.md', 'utf8');

interface Block {
  section: string;
  code: string;
}

const blocks: Block[] = DOCUMENT.split(/^## /m).flatMap((section) =>
  [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code = '']) => ({
    section: section.split('\n')[0] ?? '',
    code,
  })),
);

/** The only block of a section that has this text. */
function block(section: string, text: string): string {
  const [found, ...others] = blocks.filter((one) => one.section === section && one.code.includes(text));
  if (found === undefined || others.length > 0) throw new Error(`not one block with ${text} in ${section}`);
  return found.code;
}

const cli = findAwsCli();
/** Without an AWS CLI the commands cannot be run. */
const testCommands = cli === undefined ? test.skip : test;
if (cli === undefined) console.log('left out: there is no AWS CLI, and pip cannot install it');

/** The addresses of AWS in outputs, and what answers in their place here. */
const ADDRESSES = [
  [stack.outputs.ApiUrl, stack.apiUrl],
  [stack.outputs.StorefrontUrl, stack.storefrontUrl],
];

const HERE = `
curl() {
  local words=() word there here
  for word in "$@"; do
    while read -r there here; do word=\${word/#"$there"/$here}; done <<< '${ADDRESSES.map((pair) => pair.join(' ')).join('\n')}'
    words+=("$word")
  done
  command curl "\${words[@]}"
}
`;

/** Runs commands after the definitions of the document, with its stack's name replaced by that of the local one. */
function run(code: string, { name = stack.stackName }: { name?: string } = {}) {
  const definitions = block('After it', 'stack=').replace('order-processing-dev', name);
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -u${HERE}${definitions}${code}`], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${process.cwd()}/node_modules/.bin:${cli}:${process.env.PATH}`,
      AWS_ENDPOINT_URL: stack.endpoint,
      AWS_REGION: stack.region,
      AWS_DEFAULT_REGION: stack.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_PAGER: '',
    },
  });
  return { status, stdout, stderr };
}

/** npm may warn before it. */
const lastLine = (text: string) => text.trim().split('\n').at(-1);

test('every block is a whole piece of shell', () => {
  const broken = blocks.filter(({ code }) => spawnSync('bash', ['-n', '-c', code]).status !== 0);
  expect(broken).toEqual([]);
  expect(blocks.length).toBeGreaterThan(30);
});

test('every output and every resource that a block names exists', () => {
  const names = (pattern: RegExp) => [...new Set([...DOCUMENT.matchAll(pattern)].map(([, name = '']) => name))];
  const outputs = names(/\$\(output (\w+)/g);
  expect(outputs.filter((name) => !(name in stack.outputs))).toEqual([]);
  const template = readFileSync('template.yaml', 'utf8');
  const resources = names(/--logical-resource-id (\w+)/g);
  // SAM makes the rule of a schedule from the function's name and the event's.
  const exists = (name: string) => new RegExp(`^  ${name}:`, 'm').test(template) || name === 'ReconcileOrdersSchedule';
  expect(resources.filter((name) => !exists(name))).toEqual([]);
  expect([outputs.length > 10, resources.length > 3]).toEqual([true, true]);
});

testCommands('the key of the API', () => {
  const [code = ''] = blocks
    .filter(({ section }) => section === 'After it')
    .flatMap((one) => (one.code.startsWith('aws apigateway get-api-key') ? [one.code] : []));
  expect(run(code).stdout.trim()).toBe(stack.apiKey);
});

testCommands('the first operator signs in with a password of its own', () => {
  const email = `you-${randomUUID()}@example.com`;
  const mine = (code: string) => code.replaceAll('you@example.com', email);
  const made = run(mine(block('After it', 'admin-create-user')));
  expect([made.status, made.stderr]).toEqual([0, '']);

  // The emulator does not mail the first password, so that it is set here.
  const first = `Aa1-${randomUUID()}`;
  run(
    `aws cognito-idp admin-set-user-password --user-pool-id "$(output UserPoolId)" --username ${email} --password ${first} --no-permanent`,
  );
  const [definitions = '', change = ''] = mine(block('After it', 'auth() {')).split(
    /(?=^auth '\{"action":"newPassword)/m,
  );
  const challenged = JSON.parse(run(definitions.replace('<from the mail>', first)).stdout) as { session: string };
  const own = `Aa1-${randomUUID()}`;
  const functions = definitions.replace(/^auth '.*\n/m, '');
  const changed = run(functions + change.replace('<session>', challenged.session).replace('<your own>', own));
  const { idToken } = JSON.parse(changed.stdout) as { idToken: string };
  const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as object;
  expect(claims).toMatchObject({ email, 'cognito:groups': ['operators'] });
});

testCommands('the pages are published, and their address is printed', () => {
  const { status, stdout } = run(block('After it', 'storefront:deploy'));
  expect(status).toBe(0);
  expect(stdout).toContain(`The storefront is at ${stack.outputs.StorefrontUrl}, and the operators' desk at `);
  expect(stdout.trim().split('\n').at(-1)).toBe(stack.outputs.StorefrontUrl);
});

testCommands('the products are put', () => {
  const { status, stdout } = run(block('After it', 'npm run seed'));
  expect([status, stdout]).toEqual([0, expect.stringContaining(stack.productsTable)]);
});

testCommands('somebody else is told', () => {
  const address = `colleague-${randomUUID()}@example.com`;
  const { status, stdout } = run(block('After it', 'aws sns subscribe').replace('colleague@example.com', address));
  expect([status, stdout]).toEqual([0, expect.stringContaining(address)]);
});

testCommands('the costs per day are asked for with arguments that the AWS CLI accepts', () => {
  // The emulator has no Cost Explorer. With this option the AWS CLI checks the arguments and sends nothing.
  const unsent = 'aws() { command aws "$@" --generate-cli-skeleton output; }\n';
  const { status, stderr } = run(`${unsent}${block('What it costs', 'aws ce')}`);
  expect([status, stderr]).toEqual([0, '']);
  expect(run(`${unsent}aws ce get-cost-and-usage --granularity DAILY`).status).not.toBe(0);
});

test('the costs name as many alarms as there are', () => {
  const templates = ['stacks/monitoring/template.yaml', 'stacks/storefront/template.yaml'];
  const alarms = templates.flatMap((path) => readFileSync(path, 'utf8').match(/Type: AWS::CloudWatch::Alarm$/gm) ?? []);
  expect(DOCUMENT).toContain(`${alarms.length} alarms on `);
});

testCommands.each([
  ['-pool-id', 'CaseSensitive', /^False$/],
  ['-pool-id', 'EmailSendingAccount', /^DEVELOPER\tarn:/],
  ['simulate-principal-policy', 'sns:Publish', /^explicitDeny$/],
])('what only AWS shows in full is asked with %s %s, and answered here too', (_, text, answer) => {
  expect(run(block('First deployment: what only AWS can show', text)).stdout.trim()).toMatch(answer);
});

describe('teardown', () => {
  const command = block('Remove it', 'teardown').trim();
  const cloudFormation = new CloudFormationClient(aws);
  const s3 = new S3Client(aws);

  const bucket = { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Enabled' } } };
  const inner = { Resources: { Site: bucket } };
  const template = (url: string) => ({
    Parameters: { ProtectData: { Type: 'String' } },
    Conditions: { DataIsProtected: { 'Fn::Equals': [{ Ref: 'ProtectData' }, 'true'] } },
    Resources: {
      Images: { ...bucket, DeletionPolicy: { 'Fn::If': ['DataIsProtected', 'Retain', 'Delete'] } },
      Uploads: bucket,
      Storefront: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } },
    },
    Outputs: {
      Images: { Value: { Ref: 'Images' } },
      Uploads: { Value: { Ref: 'Uploads' } },
    },
  });

  /** A small stack like ours, with three versions of an object in each of its own buckets. */
  async function deploySmallStack(protectData: boolean): Promise<{ name: string; images: string; uploads: string }> {
    const name = `teardown-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await s3.send(new PutObjectCommand({ Bucket: name, Key: 'inner.json', Body: JSON.stringify(inner) }));
    const url = `https://s3.${stack.region}.amazonaws.com/${name}/inner.json`;
    await cloudFormation.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: JSON.stringify(template(url)),
        Parameters: [{ ParameterKey: 'ProtectData', ParameterValue: String(protectData) }],
      }),
    );
    const waited = await waitUntilStackCreateComplete(
      { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 2 },
      { StackName: name },
    );
    const { Outputs = [] } =
      (waited.reason as { Stacks: { Outputs?: { OutputKey: string; OutputValue: string }[] }[] }).Stacks[0] ?? {};
    const output = (key: string) => Outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '';
    for (const Bucket of [output('Images'), output('Uploads')]) {
      for (const Body of ['1', '2', '3']) await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body }));
    }
    return { name, images: output('Images'), uploads: output('Uploads') };
  }

  const exists = (Bucket: string) =>
    s3.send(new HeadBucketCommand({ Bucket })).then(
      () => true,
      () => false,
    );

  test('it asks first', async () => {
    const { name, uploads } = await deploySmallStack(false);
    const { status, stderr } = run(`${command} < /dev/null`, { name });
    expect([status, lastLine(stderr)]).toEqual([
      1,
      'Nobody is there to ask. Nothing was deleted; --yes deletes it unasked.',
    ]);
    expect(await exists(uploads)).toBe(true);
  });

  test('it empties the buckets with every version, keeps protected data and says so, and deletes the stack', async () => {
    const { name, images, uploads } = await deploySmallStack(true);
    const { status, stdout } = run(`${command} --yes`, { name });
    expect(stdout).toContain(`The stack ${name} has 4 resources.`);
    expect(stdout).toContain(`is emptied and deleted: ${uploads} (AWS::S3::Bucket)`);
    expect(stdout).toContain(`is kept: ${images} (AWS::S3::Bucket)`);
    const deleted = [...stdout.matchAll(/^ {4}(\d+) versions of objects deleted/gm)].map(([, count]) => count);
    expect(deleted.toSorted()).toEqual(['0', '3']);
    expect(stdout).toContain(`Deleted: ${name}.`);
    expect(status).toBe(0);
    expect([await exists(images), await exists(uploads)]).toEqual([true, false]);
    const again = run(`${command} --yes`, { name });
    expect([again.status, lastLine(again.stderr)]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^The stack ${name} cannot be read|^There is no stack ${name}`)),
    ]);
  });

  test('it deletes everything of a stack that does not protect its data', async () => {
    const { name, images, uploads } = await deploySmallStack(false);
    const { status, stdout } = run(`${command} --yes`, { name });
    expect(stdout).not.toContain('is kept');
    expect(status).toBe(0);
    expect([await exists(images), await exists(uploads)]).toEqual([false, false]);
  });
});
