import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { REGION, ROOT } from './mini-stack.ts';
import { Failure } from './progress.mjs';

/**
 * Runs a deployment. When it fails, its Failure also names the resources that failed, with CloudFormation's reasons.
 *
 * @throws Failure
 */
export async function withFailedResources(
  stackName: string,
  endpoint: string,
  deploy: () => Promise<void>,
): Promise<void> {
  try {
    await deploy();
  } catch (error) {
    const failed = await failedResources(stackName, endpoint);
    throw new Failure([(error as Error).message, ...failed].join('\n'));
  }
}

async function failedResources(stackName: string, endpoint: string): Promise<string[]> {
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials: ROOT });
  try {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackName }));
    return StackEvents.filter(({ ResourceStatus = '' }) => ResourceStatus.endsWith('_FAILED'))
      .reverse()
      .map(({ LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason }) => {
        return `  ${LogicalResourceId} (${ResourceType}): ${ResourceStatus}: ${ResourceStatusReason || 'no reason given'}`;
      });
  } catch {
    // The deployment failed before there was a stack.
    return [];
  }
}
