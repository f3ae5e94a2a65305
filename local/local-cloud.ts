import { setTimeout as pause } from 'node:timers/promises';
import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { completeApis } from './api-gateway.ts';
import { useOnlyLocalAws } from './aws-environment.ts';
import { buildStorefront } from './build-storefront.ts';
import { checkWorkflows } from './check-workflows.ts';
import { SENDER, samBuild, samDeploy, writeLocalTemplate } from './deploy.ts';
import { type DeployedTemplate, readDeployedTemplate } from './deployed-template.ts';
import { reachApiFromDistribution } from './distribution.ts';
import { errorsOfEsbuild } from './esbuild-output.ts';
import { withFailedResources } from './failed-resources.ts';
import { freePort } from './free-port.ts';
import { verifySender } from './mail.ts';
import {
  answers,
  awsEnvironment,
  checkPort,
  endpointInContainers,
  endpointOf,
  REGION,
  ROOT,
  startMiniStack,
} from './mini-stack.ts';
import { endLocalCloud, killProcess, runs, startProcess, stopProcess } from './processes.ts';
import { Failure, run, step } from './progress.mjs';
import { shortenRetries } from './queues.ts';
import { seedAccount, seedProducts } from './seed.ts';
import { writeShellFile } from './shell-file.ts';
import {
  ENV_FILE,
  LOCAL_DIR,
  readStackFile,
  STACK_FILE,
  type Stack,
  stackOfOutputs,
  writeJsonFile,
} from './stack-file.ts';
import { publishStorefront, siteOfStack } from './storefront-site.ts';

export { isLocalCloudUp } from './running-cloud.ts';

const STACK_NAME = 'order-processing';
const CUSTOMER = { email: 'customer@example.com', password: 'Local-customer-1' };
const OPERATOR = { email: 'operator@example.com', password: 'Local-operator-1' };

/** Makes the validators of the request schemas and the layer, which builds and tests want. */
export function compileSchemas(): Promise<void> {
  return run('npm', ['run', '--silent', 'prepare'], { log: 'prepare', cause: errorsOfEsbuild });
}

/** Compiles the request schemas, and builds every function. */
export async function build(): Promise<void> {
  await step('checking the workflows', checkWorkflows);
  await step('compiling schemas', compileSchemas);
  await step('building functions (sam build)', samBuild);
  await step('building the storefront', buildStorefront);
}

/**
 * Starts the local cloud: emulator, the built template deployed into it, its seed, the relay of the pipe, the published
 * storefront, and its edge.
 *
 * @returns what it also wrote to `.local/stack.json`
 * @throws Failure after which nothing of it runs
 */
export async function startLocalCloud(port: number): Promise<Stack> {
  useOnlyLocalAws(endpointOf(port));
  await checkPort(port);
  // The relay of an emulator that crashed still runs, and would take the messages of the new one.
  await Promise.all([stopRelay(), stopProcess('edge')]);
  await step(`starting MiniStack on port ${port}`, () => startMiniStack(port));
  try {
    return await deploy(port);
  } catch (error) {
    await stopLocalCloud();
    throw error;
  }
}

async function deploy(port: number): Promise<Stack> {
  const endpoint = endpointOf(port);
  const leftOut = writeLocalTemplate();
  if (leftOut.length > 0) console.log(`    left out here, as MiniStack refuses it: ${leftOut.join(', ')}`);
  await verifySender(SENDER, endpoint, REGION);
  await step('deploying template.yaml (sam deploy)', () =>
    withFailedResources(STACK_NAME, endpoint, () => samDeploy(STACK_NAME, endpoint)),
  );
  const template = await readDeployedTemplate(STACK_NAME, endpoint, REGION);
  await step('completing the API', async () => {
    console.log(`    put on it: ${await completeApis(template, endpoint, REGION)}`);
  });
  await step('shortening the retries of queues', async () => {
    console.log(`    of ${(await shortenRetries(template, endpoint, REGION)).join(', ')}`);
  });
  const stack = await describeStack(template, endpoint, port);
  await step('seeding products, a customer and an operator', async () => {
    const connection = { endpoint, region: REGION, credentials: ROOT };
    const bucket = stack.outputs.ImagesBucketName ?? '';
    await seedProducts(connection, { table: stack.productsTable, bucket, ordersTable: stack.ordersTable });
    await seedAccount(connection, stack.userPoolId, CUSTOMER);
    await seedAccount(connection, stack.userPoolId, OPERATOR, 'operators');
  });
  await step('publishing the storefront', async () => {
    const connection = { endpoint, region: REGION, credentials: ROOT };
    const site = await siteOfStack(STACK_NAME, connection);
    await reachApiFromDistribution(site.distributionId, { apiId: stack.outputs.ApiId ?? '', endpoint, region: REGION });
    await publishStorefront(site, connection);
  });
  await writeStackFiles(stack, template);
  await Promise.all([startRelay(), startEdge(stack)]);
  return stack;
}

/**
 * Updates the stack of the running cloud to the template that was built last. Rows, objects, users and running
 * executions stay.
 *
 * @returns what is deployed now
 */
export async function updateLocalCloud(stack: Stack): Promise<DeployedTemplate> {
  const { endpoint = '', stackName } = stack;
  const apisOf = (template: DeployedTemplate) => JSON.stringify(template.resourcesOf('AWS::ApiGateway::RestApi'));
  const before = apisOf(await readDeployedTemplate(stackName, endpoint, REGION));
  writeLocalTemplate();
  await samDeploy(stackName, endpoint);
  const template = await readDeployedTemplate(stackName, endpoint, REGION);
  // An API that did not change still has what was put on it.
  if (apisOf(template) !== before) await completeApis(template, endpoint, REGION);
  await shortenRetries(template, endpoint, REGION);
  const functions = template
    .resourcesOf('AWS::Lambda::Function')
    .map(([logicalId]) => [logicalId, template.physicalId(logicalId)]);
  const described = { ...stackOfOutputs(template.outputs), functions: Object.fromEntries(functions) };
  await writeStackFiles(Object.assign(stack, described), template);
  return template;
}

/** Writes what other programs read about the running stack: its addresses, and the environments of its functions. */
export async function writeStackFiles(stack: Stack, template: DeployedTemplate): Promise<void> {
  const { endpoint = '' } = stack;
  writeJsonFile(STACK_FILE, stack);
  writeShellFile(stack);
  writeJsonFile(ENV_FILE, await functionEnvironments(template, endpoint, Number(new URL(endpoint).port)));
}

/**
 * Ends everything that the local cloud started.
 *
 * @returns whether there was anything to end
 */
export function stopLocalCloud(): Promise<boolean> {
  return endLocalCloud();
}

/** Starts what moves messages from the orders queue to the dispatch workflow; the cloud has to run. */
export async function startRelay(): Promise<void> {
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  const { endpoint = '' } = readStackFile();
  await startProcess('pipe-relay', process.execPath, flags, awsEnvironment(endpoint));
}

/** Starts what stands where CloudFront's edge stands, and waits until it serves. */
async function startEdge({ endpoint = '', storefrontUrl }: Stack): Promise<void> {
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  await startProcess('edge', process.execPath, flags, awsEnvironment(endpoint));
  for (const deadline = Date.now() + 30_000; ; await pause(100)) {
    if (await answers(storefrontUrl)) return;
    if (!runs('edge') || Date.now() > deadline) {
      throw new Failure(`The edge did not come up; its log is ${LOCAL_DIR}/edge.log`);
    }
  }
}

/** Ends the relay after what it has in flight. */
export function stopRelay(): Promise<boolean> {
  return stopProcess('pipe-relay');
}

/** Ends the relay in the middle of whatever it does. */
export function killRelay(): void {
  killProcess('pipe-relay');
}

async function describeStack(template: DeployedTemplate, endpoint: string, port: number): Promise<Stack> {
  const { outputs } = template;
  const gateway = new APIGatewayClient({ endpoint, region: REGION, credentials: ROOT });
  const key = await gateway.send(new GetApiKeyCommand({ apiKey: outputs.ApiKeyId, includeValue: true }));
  const functions = template
    .resourcesOf('AWS::Lambda::Function')
    .map(([logicalId]) => [logicalId, template.physicalId(logicalId)]);
  const storefrontUrl = endpointOf(await freePort(port + 1));
  return {
    ...stackOfOutputs(outputs),
    endpoint,
    region: REGION,
    apiUrl: `http://127.0.0.1:${port}/_aws/execute-api/${outputs.ApiId}/api`,
    apiKey: key.value ?? '',
    mailboxUrl: `${endpoint}/_ministack/ses/messages`,
    storefrontUrl,
    deskUrl: `${storefrontUrl}/desk`,
    customer: CUSTOMER,
    operator: OPERATOR,
    stackName: STACK_NAME,
    functions: Object.fromEntries(functions),
  };
}

/** The environment of every deployed function, for `sam local invoke --env-vars`: addresses as a container sees them. */
async function functionEnvironments(
  template: DeployedTemplate,
  endpoint: string,
  port: number,
): Promise<Record<string, Record<string, string>>> {
  const lambda = new LambdaClient({ endpoint, region: REGION, credentials: ROOT });
  const reachable = await endpointInContainers(port);
  const environments = template.resourcesOf('AWS::Lambda::Function').map(async ([logicalId]) => {
    const { Environment } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: template.physicalId(logicalId) }),
    );
    const variables = Object.entries({ ...Environment?.Variables, AWS_ENDPOINT_URL: reachable }).map(
      ([name, value]) => [name, value.replace(new RegExp(`^http://(localhost|127\\.0\\.0\\.1):${port}`), reachable)],
    );
    return [logicalId, Object.fromEntries(variables)] as const;
  });
  return Object.fromEntries(await Promise.all(environments));
}
