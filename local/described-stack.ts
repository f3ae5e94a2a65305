import { type CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { Failure } from './progress.mjs';

/**
 * What CloudFormation says about a stack, on AWS or at AWS_ENDPOINT_URL.
 *
 * @throws Failure in one line: there is no such stack, no region or credentials, or nothing that answers
 */
export async function describeStack(name: string, client: CloudFormationClient): Promise<Stack> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    if (stack !== undefined && stack.StackStatus !== 'DELETE_COMPLETE') return stack;
  } catch (error) {
    const { message, name: code, cause } = error as Error;
    // A refused connection has its words in the code alone.
    const words = message || (cause as Error | undefined)?.message || (error as { code?: string }).code || code;
    throw new Failure(`The stack ${name} cannot be read: ${words}`);
  }
  throw new Failure(`There is no stack ${name}.`);
}
