import type { Stack } from '../local/stack-file.ts';
import { WrongUsage } from './exit.ts';

/** The options that say which stack is meant, and who acts. */
export interface StackOptions {
  stack?: string;
  profile?: string;
  region?: string;
  operator?: string;
  apiUrl?: string;
}

/**
 * The stack that the options name: the local one without any, or one on AWS. After it, clients of the SDK that take
 * their settings from the environment reach that stack's account and no other.
 *
 * @throws WrongUsage, or Failure when there is no such stack or it cannot be read
 */
export async function stackOf(options: StackOptions): Promise<Stack> {
  const { stack, profile, region } = options;
  if (stack !== undefined) return stackOnAws(stack, options);
  if (profile !== undefined || region !== undefined || options.apiUrl !== undefined) {
    throw new WrongUsage('--profile, --region and --api-url go with --stack <name>.');
  }
  const [{ isLocalCloudUp, NOT_RUNNING }, { readStackFile }, { useOnlyLocalAws }, { Failure }] = await Promise.all([
    import('../local/running-cloud.ts'),
    import('../local/stack-file.ts'),
    import('../local/aws-environment.ts'),
    import('../local/progress.mjs'),
  ]);
  if (!(await isLocalCloudUp())) throw new Failure(`${NOT_RUNNING} --stack <name> names a stack on AWS.`);
  const local = readStackFile();
  useOnlyLocalAws(local.endpoint ?? '');
  return local;
}

async function stackOnAws(stackName: string, { profile, region, apiUrl }: StackOptions): Promise<Stack> {
  if (profile !== undefined) process.env.AWS_PROFILE = profile;
  if (region !== undefined) process.env.AWS_REGION = region;
  const [{ CloudFormationClient, paginateListStackResources }, { describeStack }, { stackOfOutputs }] =
    await Promise.all([
      import('@aws-sdk/client-cloudformation'),
      import('../local/described-stack.ts'),
      import('../local/stack-file.ts'),
    ]);
  const client = new CloudFormationClient({});
  const described = await describeStack(stackName, client);
  const outputs = Object.fromEntries(
    (described.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  const functions: Record<string, string> = {};
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? []) {
      if (ResourceType === 'AWS::Lambda::Function') functions[LogicalResourceId] = PhysicalResourceId;
    }
  }
  const nobody = { email: '', password: '' };
  return {
    ...stackOfOutputs(outputs),
    region: (described.StackId ?? '').split(':')[3] ?? '',
    apiUrl: (apiUrl ?? outputs.ApiUrl ?? '').replace(/\/$/, ''),
    // Read when the API is called: `doctor` looks whether there is one.
    apiKey: '',
    mailboxUrl: '',
    storefrontUrl: outputs.StorefrontUrl ?? '',
    deskUrl: outputs.StorefrontUrl === undefined ? '' : `${outputs.StorefrontUrl}/desk`,
    customer: nobody,
    operator: nobody,
    stackName,
    functions,
  };
}
