import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  APIGatewayClient,
  GetAccountCommand,
  type PatchOperation,
  UpdateAccountCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { shellText } from '../../local/shell-file.ts';
import { claims, makeCustomer } from '../support/accounts.ts';
import { call } from '../support/api.ts';
import { findAwsCli } from '../support/aws-cli.ts';
import { commandBlock, commandBlocks, readDocument } from '../support/command-blocks.ts';
import { HOSTILE_SETTINGS } from '../support/hostile-settings.ts';
import { ONLY_ON_AWS } from '../support/only-on-aws.ts';
import { orderRequest, placeOrder, readOrder } from '../support/orders.ts';
import { aws, stack } from '../support/stack.ts';
import { totp } from '../support/totp.ts';
import { TreeCopy } from '../support/tree-copy.ts';
import { waitFor } from '../support/wait-for.ts';

// The commands of docs/deploy.md as they stand there, against the local cloud that runs.
// Each command of the AWS CLI takes a second or more, on a busy machine many.
jest.setTimeout(300_000);

const DOCUMENT = readDocument('docs/deploy.md');

const LOGS_ROLE = { RoleName: 'api-gateway-logs' };
const LOGS_POLICY = {
  ...LOGS_ROLE,
  PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs',
};
const OIDC_PROVIDER = 'arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com';

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

/**
 * The AWS CLI of version 1 sends what is for SQS to AWS, unless the command itself names another endpoint, as the
 * document says.
 */
const VERSION_1 = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n';

/** `sam deploy` takes the built template without the types that the emulator refuses: local/deploy.ts writes it. */
const LOCAL_TEMPLATE =
  'sam() { command sam "$@" --config-file "$PWD/samconfig.toml" --template-file .local/template.yaml; }\n';

/** What the document's `output` prints, known already: half of all calls of the AWS CLI would be for that alone. */
const OUTPUTS = `output() { case $1 in
${Object.entries(stack.outputs)
  .map(([name, value]) => `${name}) echo '${value}' ;;`)
  .join('\n')}
esac; }
`;

/**
 * Runs commands after the definitions of the document, with its stack's name replaced by that of the local one, in a
 * shell that has read what `npm start` writes for it, over the settings of a user that would lead elsewhere.
 */
function run(
  code: string,
  { name = stack.stackName, prepare = VERSION_1, outputs = OUTPUTS, cwd = process.cwd() } = {},
) {
  const definitions = commandBlock('docs/deploy.md', 'The names below are outputs of the stack').replace(
    'order-processing-dev',
    name,
  );
  const script = [shellText(stack), `set -u${HERE}${prepare}${definitions}${outputs}${code}`].join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    cwd,
    env: {
      ...process.env,
      ...HOSTILE_SETTINGS,
      PATH: `${process.cwd()}/node_modules/.bin:${cli}:${process.env.PATH}`,
    },
  });
  return { status, stdout, stderr };
}

/** npm may warn before it. */
const lastLine = (text: string) => text.trim().split('\n').at(-1);

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

testCommands('the names of the document are outputs of the stack', () => {
  const { ApiKeyId, UserPoolId } = stack.outputs;
  expect(run('output ApiKeyId && output UserPoolId', { outputs: '' })).toMatchObject({
    stdout: `${ApiKeyId}\n${UserPoolId}\n`,
    stderr: '',
  });
});

testCommands('the key of the API', () => {
  const { stdout } = run(commandBlock('docs/deploy.md', 'The key that the shop sends as `x-api-key`'));
  expect(stdout.trim()).toBe(stack.apiKey);
});

testCommands('the first operator signs in, has a second factor from then on, and its rights', () => {
  const email = `you-${randomUUID()}@example.com`;
  const made = run(commandBlock('docs/deploy.md', 'The first operator').replaceAll('you@example.com', email));
  expect([made.status, made.stderr]).toEqual([0, '']);

  // The emulator does not mail the first password, so that it is set here.
  const first = `Aa1-${randomUUID()}`;
  run(
    `aws cognito-idp admin-set-user-password --user-pool-id "$(output UserPoolId)" --username ${email} --password ${first} --no-permanent`,
  );
  const signIn = commandBlock('docs/deploy.md', '`login` in `POST /auth` then answers with a challenge and a session');
  const secondFactor = commandBlock(
    'docs/deploy.md',
    'With `ProtectData=true` the account has no rights before it has a second factor',
  );
  const lines = (signIn + secondFactor).trimEnd().split('\n');
  const [readKey = '', auth = ''] = lines.splice(0, 2);
  expect(run(`${readKey}\necho "$key"`).stdout.trim()).toBe(stack.apiKey);
  const definitions = `key=${stack.apiKey}\n${auth}\n`;
  expect(lines).toHaveLength(6);

  const own = `Aa1-${randomUUID()}`;
  const known: Record<string, string> = { '<from the mail>': first, '<your own>': own, 'you@example.com': email };
  /** Sends the next line of the document, with what the answers before it gave in the place of what it leaves open. */
  const next = (code?: string): Record<string, string> => {
    const line = Object.entries(known).reduce(
      (text, [open, value]) => text.replaceAll(open, value),
      lines.shift() ?? '',
    );
    const { stdout } = run(definitions + (code === undefined ? line : line.replace('123456', code)));
    const answer = JSON.parse(stdout.trim() || '{}') as Record<string, string>;
    for (const name of ['session', 'accessToken', 'idToken']) if (answer[name]) known[`<${name}>`] = answer[name];
    return answer;
  };
  expect(next()).toMatchObject({ session: expect.any(String) }); // login
  expect(claims(next().idToken ?? '')).toMatchObject({ email, 'cognito:groups': ['operators'] }); // newPassword
  const { secret = '' } = next(); // enrolMfa
  next(totp(secret)); // confirmMfa
  expect(next()).toMatchObject({ session: expect.any(String) }); // login
  expect(claims(next(totp(secret)).idToken ?? '')).toMatchObject({ email }); // mfa

  // Without ProtectData an operator has its rights also before. A customer never has them.
  const rights = definitions + commandBlock('docs/deploy.md', 'An operator without a second factor has no rights');
  expect(run(rights.replace('<idToken>', known['<idToken>'] ?? '')).stdout).toBe('200\n');
  expect(run(rights.replace('<idToken>', 'nobody')).stdout).toMatch(/^40[13]\n$/);
});

testCommands('the pages are published, and their address is printed', () => {
  const { status, stdout } = run(commandBlock('docs/deploy.md', "The shop and the operators' desk"));
  expect(status).toBe(0);
  expect(stdout).toContain(`The storefront is at ${stack.outputs.StorefrontUrl}, and the operators' desk at `);
  expect(stdout.trim().split('\n').at(-1)).toBe(stack.outputs.StorefrontUrl);
});

testCommands('the products are put', () => {
  const { status, stdout } = run(commandBlock('docs/deploy.md', 'Products, with their pictures'));
  expect([status, stdout]).toEqual([0, expect.stringContaining(stack.productsTable)]);
});

testCommands('somebody else is told', () => {
  const address = `colleague-${randomUUID()}@example.com`;
  const { status, stdout } = run(
    commandBlock('docs/deploy.md', 'Another one').replace('colleague@example.com', address),
  );
  expect([status, stdout]).toEqual([0, expect.stringContaining(address)]);
});

testCommands('the gateway gets a role for its logs', async () => {
  const apiGateway = new APIGatewayClient(aws);
  const iam = new IAMClient(aws);
  const before = await apiGateway.send(new GetAccountCommand({}));
  try {
    const { status, stdout } = run(commandBlock('docs/deploy.md', 'The access log of the API'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/"cloudwatchRoleArn": "arn:aws:iam::\d{12}:role\/api-gateway-logs"/);
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand(LOGS_ROLE));
    expect(AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual([LOGS_POLICY.PolicyArn]);
  } finally {
    const path = '/cloudwatchRoleArn';
    const restore: PatchOperation = before.cloudwatchRoleArn
      ? { op: 'replace', path, value: before.cloudwatchRoleArn }
      : { op: 'remove', path };
    await apiGateway.send(new UpdateAccountCommand({ patchOperations: [restore] }));
    await iam.send(new DetachRolePolicyCommand(LOGS_POLICY));
    await iam.send(new DeleteRoleCommand(LOGS_ROLE));
  }
});

testCommands('the alias of a function is moved to a version that is listed', async () => {
  const lambda = new LambdaClient(aws);
  const alias = { FunctionName: stack.functions.CreateOrderFunction, Name: 'live' };
  // To the version that it has: other tests may be placing orders.
  const { FunctionVersion } = await lambda.send(new GetAliasCommand(alias));
  const code = commandBlock('docs/deploy.md', 'Go back by hand');
  expect(code).toContain('\nversion=1 ');
  const { status, stdout } = run(code.replace('\nversion=1 ', `\nversion=${FunctionVersion} `));
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${FunctionVersion}\\t\\d{4}-`, 'm'));
  expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ Name: 'live', FunctionVersion });
});

testCommands('what failed first in a deployment is named with its reason', async () => {
  const cloudFormation = new CloudFormationClient(aws);
  const StackName = `failed-${randomUUID()}`;
  const address = `https://s3.${stack.region}.amazonaws.com/${StackName}/nowhere.json`;
  const Resources = { Inner: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: address } } };
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
  try {
    await waitFor('the rollback', async () => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return Stacks?.[0]?.StackStatus === 'ROLLBACK_COMPLETE';
    });
    const { status, stdout } = run(commandBlock('docs/deploy.md', 'What failed first is the cause'), {
      name: StackName,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^\\S+\\tInner\\t.*${address}\n$`));
  } finally {
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
  }
});

testCommands('the roles and the bucket of the pipeline are made, and printed', async () => {
  const StackName = 'order-processing-pipeline';
  const copy = new TreeCopy();
  try {
    // The emulator knows no identity provider of OpenID Connect, so that the copy names one that is there already.
    const { Resources } = parse(readFileSync('pipeline/template.yaml', 'utf8'), { logLevel: 'silent' }) as {
      Resources: { OidcProvider: object };
    };
    expect(Resources.OidcProvider).toMatchObject({ Type: 'AWS::IAM::OIDCProvider' });
    copy.change('pipeline/template.yaml', "    Default: ''\n", `    Default: ${OIDC_PROVIDER}\n`);
    const file = join(copy.folder, 'pipeline/template.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^ {2}OidcProvider:\n(?: {4}.*\n)+/m, ''));

    const { status, stdout } = run(commandBlock('docs/deploy.md', 'Once in the account, by hand'), {
      cwd: copy.folder,
    });
    expect(status).toBe(0);
    // The document tells which variable of GitHub has which of these.
    const printed = [...stdout.matchAll(/^(\w+)\t\S+$/gm)].map(([, name]) => name);
    const stages = ['dev', 'staging', 'prod'].flatMap((stage) => [
      `${stage}DeliveryRoleArn`,
      `${stage}ExecutionRoleArn`,
    ]);
    expect(printed).toEqual(expect.arrayContaining(['ArtefactBucketName', 'PackageRoleArn', ...stages]));
    const { StackResources = [] } = await new CloudFormationClient(aws).send(
      new DescribeStackResourcesCommand({ StackName }),
    );
    const made = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === 'ArtefactBucket');
    expect(stdout).toContain(`ArtefactBucketName\t${made?.PhysicalResourceId}\n`);
    // The stack keeps its bucket.
    const removed = run(
      `aws cloudformation delete-stack --stack-name ${StackName} && aws s3 rb s3://${made?.PhysicalResourceId}`,
    );
    expect(removed.status).toBe(0);
  } finally {
    copy.remove();
  }
});

testCommands('the pages are published again, also with a key of Stripe', () => {
  const { status, stdout } = run(
    commandBlock(
      'docs/deploy.md',
      'The distribution serves the pages, `/api/*` and `/images/*` at one address, the output `StorefrontUrl`',
    ),
  );
  expect([status, stdout.match(/^The storefront is at /gm)]).toEqual([
    0,
    ['The storefront is at ', 'The storefront is at '],
  ]);
});

testCommands('what AWS alone can answer has options that the AWS CLI accepts', () => {
  // With this option the AWS CLI checks the arguments and sends nothing.
  const prepare = 'aws() { command aws "$@" --generate-cli-skeleton output; }\ncurl() { :; }\n';
  const names = ONLY_ON_AWS.filter(({ document }) => document === 'docs/deploy.md').map(({ name }) => name);
  const codes = commandBlocks(DOCUMENT).flatMap(({ name, code }) => (names.includes(name) ? [code] : []));
  const outputs = 'output() { echo some-name; }\n';
  for (const code of codes) expect(run(outputs + code, { prepare })).toMatchObject({ status: 0, stderr: '' });
  expect(run('aws ce get-cost-and-usage --granularity DAILY', { prepare }).status).not.toBe(0);
});

describe('what only AWS shows in full is answered here too', () => {
  testCommands.each([
    [commandBlock('docs/deploy.md', 'Addresses of accounts ignore the case of their letters'), /^False$/],
    [commandBlock('docs/deploy.md', 'SES sends the codes'), /^DEVELOPER\tarn:/],
    [commandBlock('docs/deploy.md', 'The function may send no SMS to a topic'), /^explicitDeny$/],
    [commandBlock('docs/deploy.md', 'The models of the gateway are those of this project'), /^(same: \w+\n?){8}$/],
    [commandBlock('docs/deploy.md', 'A changed origin reaches the API'), /^access-control-allow-origin: \*$/i],
    [commandBlock('docs/deploy.md', 'The route for signing in is throttled by itself'), /^10\.0\t20$/],
    [commandBlock('docs/deploy.md', 'SES sends what customers are told'), /^\[\]$/],
    [
      commandBlock('docs/deploy.md', 'A topic with the AWS-managed key reaches a queue with the key of SQS'),
      // Tests that listen have queues of their own.
      /^sqs(\tsqs)*\ntrue$/i,
    ],
    // The document says of these what the emulator answers instead.
    [commandBlock('docs/deploy.md', 'A silent reconcile is seen'), /^(OK|INSUFFICIENT_DATA)\t(OK|INSUFFICIENT_DATA)$/],
    [
      commandBlock('docs/deploy.md', 'Records of product changes and counters of declined cards expire'),
      /^DISABLED\tNone$/,
    ],
    [commandBlock('docs/deploy.md', 'Order events are archived'), /^None$/],
    [
      commandBlock('docs/deploy.md', 'An operator sees deliveries, and get-order reads nothing else of that table'),
      /^allowed\nallowed$/,
    ],
    [commandBlock('docs/deploy.md', 'Then switch it on again'), /^$/],
    [commandBlock('docs/deploy.md', 'Bounces are counted and left alone'), /^\{\s*"MessageId": "\S+"\s*\}$/],
  ])('%#', (code, answer) => {
    const { stdout, stderr } = run(code);
    // npm of some versions warns of settings that it does not know.
    expect(stderr.replaceAll(/^npm warn .*\n/gm, '')).toBe('');
    expect(stdout.trim()).toMatch(answer);
  });
});

/** A customer's order that has been completed. */
async function completedOrder(): Promise<{ customer: { idToken: string }; orderId: string }> {
  const customer = await makeCustomer();
  const orderId = await placeOrder(customer, orderRequest([{ productId: 'PROD-003', quantity: 1 }]));
  await waitForStatus(customer, orderId, 'COMPLETED');
  return { customer, orderId };
}

const waitForStatus = (customer: { idToken: string }, orderId: string, status: string) =>
  waitFor(`${orderId} to be ${status}`, async () => (await readOrder(customer, orderId)).status === status, {
    seconds: 60,
  });

testCommands(
  'protected data is refused beside a provider that takes no money, and beside faults of the sandbox',
  () => {
    for (const [code, message] of [
      [
        commandBlock('docs/deploy.md', 'The rule on protected data is enforced'),
        'ProtectData is for a shop that takes money',
      ],
      [
        commandBlock('docs/deploy.md', 'Faults of the sandbox are refused beside protected data'),
        "no customer's token may make the payment provider fail",
      ],
    ] as const) {
      const { status, stdout, stderr } = run(code, { prepare: LOCAL_TEMPLATE });
      expect([status, stdout + stderr]).toEqual([1, expect.stringContaining(message)]);
    }
  },
);

testCommands('an upload event that fails is asked for where failed events are kept', () => {
  const { status, stdout } = run(commandBlock('docs/deploy.md', 'A failed event is kept'));
  expect(status).toBe(0);
  // It is kept after minutes.
  expect(stdout).toMatch(/^\{\s*"StatusCode": 202[^}]*\}\s*\d+\n$/);
});

testCommands('a throttled function is given back, and no execution has failed for it', () => {
  const code = commandBlock('docs/deploy.md', 'Throttling only slows orders down');
  const [, failed] = /\}\s*(\d+)\n$/.exec(run(code).stdout) ?? [];
  // Other tests make executions fail on purpose; the stack of the document has no other orders.
  expect(Number(failed)).toBe(Number(/\}\s*(\d+)\n$/.exec(run(code).stdout)?.[1]));
});

testCommands('the history of a cancelled order has no street', async () => {
  const { customer, orderId } = await completedOrder();
  expect((await call('POST', `/orders/${orderId}/cancel`, { token: customer.idToken })).status).toBe(202);
  await waitForStatus(customer, orderId, 'CANCELLED');
  const code = commandBlock('docs/deploy.md', 'A history holds no personal data').replace('<order id>', orderId);
  expect(run(code)).toMatchObject({ stdout: '0\n', stderr: '' });
  // It is not for want of a history.
  expect(run(code.replace("-c '123 Main St'", `-c ${orderId}`)).stdout).not.toBe('0\n');
});

testCommands('the edge adds the key, keeps one path of the API, and lets no other origin read', () => {
  const { stdout } = run(
    commandBlock('docs/deploy.md', 'The edge adds the key, keeps one path of the API, and lets no other origin read'),
  );
  expect(stdout.match(/^HTTP\/\S+ \d+/gm)?.map((line) => line.split(' ')[1])).toEqual(['200', '200', '404']);
  expect(stdout).not.toContain('access-control');
});

test('a new key of the API comes from a secret of another name, wherever the template names it', () => {
  const copy = new TreeCopy();
  try {
    const before = readFileSync(join(copy.folder, 'template.yaml'), 'utf8');
    const { status, stdout } = run(commandBlock('docs/deploy.md', 'A new API key'), {
      prepare: 'sam() { echo "sam $*"; }\n',
      cwd: copy.folder,
    });
    expect([status, stdout]).toEqual([0, 'sam build\nsam deploy\n']);
    const after = readFileSync(join(copy.folder, 'template.yaml'), 'utf8');
    // A parameter of a nested stack, such as ApiKeySecretArn, keeps its name.
    expect(before).toMatch(/^ {2}ApiKeySecret:$/m);
    expect(after).toMatch(/^ {2}ApiKeySecret2:$/m);
    expect(after).not.toMatch(/\bApiKeySecret\b/);
    expect(after.replaceAll('ApiKeySecret2', 'ApiKeySecret')).toBe(before);
  } finally {
    copy.remove();
  }
});

describe('order events', () => {
  /** Every message of the listener that is there within the wait of the document's last command. */
  const told = commandBlock('docs/deploy.md', 'Order events reach the bus');

  afterAll(() => {
    if (cli !== undefined) run('aws cloudformation delete-stack --stack-name order-listener');
  });

  testCommands('reach the queue of a listener', async () => {
    const [deployment = ''] = commandBlocks(readDocument('docs/events/order-events.md')).flatMap(({ code }) =>
      code.includes('aws cloudformation deploy') ? [code] : [],
    );
    const deployed = run(deployment.replace('order-processing-dev', stack.stackName));
    expect([deployed.status, deployed.stdout]).toEqual([0, expect.stringContaining('order-listener')]);
    await completedOrder();
    const types: string[] = [];
    await waitFor(
      'three events',
      async () => {
        types.push(...run(told).stdout.trim().split('\n').filter(Boolean));
        return types.length >= 3;
      },
      { seconds: 60 },
    );
    expect(types.toSorted()).toEqual(['OrderPlaced', 'OrderStatusChanged', 'OrderStatusChanged']);
  });

  testCommands('that cannot be told are given up', () => {
    const code = commandBlock('docs/deploy.md', 'A record that fails is given up, and holds nothing up');
    const { status, stdout } = run(code);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^RetryAttemptsExhausted\n[1-9]\d*\n$/)]);
  });
});

describe('teardown', () => {
  const command = commandBlock('docs/deploy.md', 'Remove it').trim();
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
