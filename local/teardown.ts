import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  GetTemplateCommand,
  paginateListStackResources,
  type Stack,
  type StackResourceSummary,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { describeStack } from './described-stack.ts';
import { Failure, main, step } from './progress.mjs';

// npm run teardown -- --stack <name> [--yes]: deletes a stack, the content of its buckets first, because CloudFormation
// deletes only empty ones. It says what it keeps. It works where the AWS CLI would: on AWS, or at AWS_ENDPOINT_URL.

/** A distribution alone takes some minutes. */
const DELETION_SECONDS = 45 * 60;

interface Template {
  Resources?: Record<string, { DeletionPolicy?: unknown }>;
}

interface Resources {
  /** Buckets that are deleted with the stack. */
  buckets: string[];
  /** What stays, as `name (type)`. */
  kept: string[];
  /** How many resources the stack and its nested stacks have. */
  count: number;
}

const cloudFormation = new CloudFormationClient({});
const s3 = new S3Client({});

main(async () => {
  const { stack, yes } = readArguments();
  const described = await describeStack(stack, cloudFormation);
  const { buckets, kept, count } = await resourcesOf(described);
  console.log(`The stack ${described.StackName} has ${count} resources.`);
  for (const bucket of buckets) console.log(`  is emptied and deleted: ${bucket} (AWS::S3::Bucket)`);
  for (const resource of kept) console.log(`  is kept: ${resource}`);
  console.log(
    kept.length > 0
      ? '  The rest is deleted. What is kept has deletion protection; delete it by hand when its data is not wanted.'
      : '  The rest is deleted too, with all orders, customers and products: the stack does not protect its data.',
  );
  if (!yes) await confirm(described.StackName ?? stack);
  for (const bucket of buckets) {
    await step(`emptying ${bucket}`, async () => console.log(`    ${await empty(bucket)} versions of objects deleted`));
  }
  await step(`deleting the stack ${described.StackName}`, () => deleteStack(described));
  console.log(
    `Deleted: ${described.StackName}. Not of this stack, and still there: the secret with a Stripe key, and the bucket of the SAM CLI (stack aws-sam-cli-managed-default).`,
  );
});

function readArguments(): { stack: string; yes: boolean } {
  try {
    const { values } = parseArgs({ options: { stack: { type: 'string' }, yes: { type: 'boolean' } } });
    if (values.stack === undefined) throw new Error('Which stack?');
    return { stack: values.stack, yes: values.yes ?? false };
  } catch (error) {
    throw new Failure(`${(error as Error).message}\nUsage: npm run teardown -- --stack <name> [--yes]`);
  }
}

/** What a stack has, its nested stacks included. */
async function resourcesOf({ StackId = '', Parameters = [] }: Stack): Promise<Resources> {
  const isProtected = Parameters.some((one) => one.ParameterKey === 'ProtectData' && one.ParameterValue === 'true');
  const template = await templateOf(StackId);
  const found: Resources = { buckets: [], kept: [], count: 0 };
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: cloudFormation },
    { StackName: StackId },
  )) {
    for (const resource of StackResourceSummaries) {
      const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType, ResourceStatus } = resource;
      if (ResourceStatus === 'DELETE_COMPLETE') continue;
      found.count += 1;
      if (isKept(template.Resources?.[LogicalResourceId]?.DeletionPolicy, isProtected))
        found.kept.push(named(resource));
      else if (ResourceType === 'AWS::S3::Bucket') found.buckets.push(PhysicalResourceId);
      else if (ResourceType === 'AWS::CloudFormation::Stack') {
        const nested = await resourcesOf(await describeStack(PhysicalResourceId, cloudFormation));
        found.buckets.push(...nested.buckets);
        found.kept.push(...nested.kept);
        found.count += nested.count;
      }
    }
  }
  return found;
}

const named = ({ PhysicalResourceId, ResourceType }: StackResourceSummary) => `${PhysicalResourceId} (${ResourceType})`;

async function templateOf(stackId: string): Promise<Template> {
  const { TemplateBody = '{}' } = await cloudFormation.send(
    new GetTemplateCommand({ StackName: stackId, TemplateStage: 'Processed' }),
  );
  // Short tags such as !Ref are of no interest here.
  return parse(TemplateBody, { logLevel: 'silent' }) as Template;
}

/** AWS has decided `If` in the processed template; MiniStack returns it as it was written. */
function isKept(policy: unknown, isProtected: boolean): boolean {
  if (typeof policy === 'string') return policy !== 'Delete';
  const branches = (policy as { 'Fn::If'?: [string, unknown, unknown] } | undefined)?.['Fn::If'];
  return branches !== undefined && branches[isProtected ? 1 : 2] !== 'Delete';
}

async function confirm(name: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Failure('Nobody is there to ask. Nothing was deleted; --yes deletes it unasked.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Type the name of the stack to delete it (${name}): `);
  terminal.close();
  if (answer.trim() !== name) throw new Failure('Nothing was deleted.');
}

/**
 * Deletes every version of every object of a bucket.
 *
 * @returns how many there were
 * @throws Failure naming the first that could not be deleted
 */
async function empty(bucket: string): Promise<number> {
  for (let count = 0; ; ) {
    // What the page before had is gone, so that the first page is always the next.
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return count;
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [failed] = Errors;
    if (failed) throw new Failure(`${failed.Key} in ${bucket} was not deleted: ${failed.Code} ${failed.Message}`);
    count += Objects.length;
  }
}

/** @throws Failure with the resources that CloudFormation could not delete */
async function deleteStack({ StackId = '', StackName }: Stack): Promise<void> {
  await cloudFormation.send(new DeleteStackCommand({ StackName: StackId }));
  try {
    await waitUntilStackDeleteComplete(
      { client: cloudFormation, maxWaitTime: DELETION_SECONDS, minDelay: 1, maxDelay: 15 },
      { StackName: StackId },
    );
  } catch {
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: StackId }));
    const reasons = StackEvents.filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_FAILED').map(
      ({ LogicalResourceId, ResourceStatusReason }) => `  ${LogicalResourceId}: ${ResourceStatusReason}`,
    );
    throw new Failure(
      [`${StackName} was not deleted. Run the command again, or see the stack in the console.`, ...reasons].join('\n'),
    );
  }
}
