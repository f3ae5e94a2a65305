import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { connectionOf } from '../local/function-logs.ts';
import type { Stack } from '../local/stack-file.ts';

export interface Resource {
  logicalId: string;
  type: string;
  physicalId: string;
}

/** The resources of the stack and of the stacks nested in it. */
export async function resourcesOf(stack: Stack): Promise<Resource[]> {
  const client = new CloudFormationClient(connectionOf(stack));
  const below = async (StackName: string): Promise<Resource[]> => {
    const found: Resource[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      for (const one of page.StackResourceSummaries ?? []) {
        const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' } = one;
        found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
        if (ResourceType === 'AWS::CloudFormation::Stack') found.push(...(await below(PhysicalResourceId)));
      }
    }
    return found;
  };
  return below(stack.stackName);
}
