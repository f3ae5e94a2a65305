import { readFileSync } from 'node:fs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { useOnlyLocalAws } from '../../local/aws-environment.ts';
import { type Stack, stackOfOutputs } from '../../local/stack-file.ts';

/**
 * The stack under test: the running local cloud, or any other whose outputs are in the file that STACK_FILE names
 * (what `aws cloudformation describe-stacks --query 'Stacks[0].Outputs'` prints), with API_KEY for its key.
 */
export const stack: Stack = readStack();

export const aws = connection();
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(aws), {
  marshallOptions: { removeUndefinedValues: true },
});
export const sfn = new SFNClient(aws);
export const sqs = new SQSClient(aws);
export const sns = new SNSClient(aws);
export const cognito = new CognitoIdentityProviderClient(aws);

function connection() {
  const { region, endpoint } = stack;
  if (endpoint === undefined) return { region };
  useOnlyLocalAws(endpoint);
  return { region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

function readStack(): Stack {
  const path = process.env.STACK_FILE ?? '.local/stack.json';
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(content)) return content as Stack;

  const outputs: Record<string, string> = Object.fromEntries(
    content.map(({ OutputKey, OutputValue }: { OutputKey: string; OutputValue: string }) => [OutputKey, OutputValue]),
  );
  const account = (who: string) => ({
    email: process.env[`${who}_EMAIL`] ?? '',
    password: process.env[`${who}_PASSWORD`] ?? '',
  });
  const described = stackOfOutputs(outputs);
  return {
    ...described,
    region: described.orderWorkflowArn.split(':')[3] ?? '',
    apiUrl: (outputs.ApiUrl ?? '').replace(/\/$/, ''),
    apiKey: process.env.API_KEY ?? '',
    mailboxUrl: '',
    storefrontUrl: outputs.StorefrontUrl ?? '',
    deskUrl: `${outputs.StorefrontUrl ?? ''}/desk`,
    customer: account('CUSTOMER'),
    operator: account('OPERATOR'),
    stackName: process.env.STACK_NAME ?? '',
    functions: {},
  };
}
