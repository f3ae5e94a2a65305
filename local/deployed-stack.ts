import { parseArgs } from 'node:util';
import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describeStack } from './described-stack.ts';
import { Failure, main } from './progress.mjs';
import { type Stack, stackOfOutputs } from './stack-file.ts';

/**
 * What tests need to know of a stack, on AWS or at AWS_ENDPOINT_URL. There is no account in it, and no mailbox.
 *
 * @returns also whether its orders cost real money
 * @throws Failure in one line: there is no such stack, no region or credentials, or nothing that answers
 */
export async function readDeployedStack(name: string): Promise<{ stack: Stack; takesMoney: boolean }> {
  const { Outputs = [], Parameters = [], StackId = '' } = await describeStack(name, new CloudFormationClient({}));
  const outputs = Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  const { value: apiKey = '' } = await new APIGatewayClient({}).send(
    new GetApiKeyCommand({ apiKey: outputs.ApiKeyId, includeValue: true }),
  );
  // An empty variable is as good as none.
  const endpoint = process.env.AWS_ENDPOINT_URL || undefined;
  const apiUrl = endpoint === undefined ? outputs.ApiUrl : `${endpoint}/_aws/execute-api/${outputs.ApiId}/api`;
  const nobody = { email: '', password: '' };
  const provider = Parameters.find(({ ParameterKey }) => ParameterKey === 'PaymentProvider')?.ParameterValue;
  const stack = {
    ...stackOfOutputs(outputs),
    ...(endpoint !== undefined && { endpoint }),
    stackName: name,
    region: StackId.split(':')[3] ?? '',
    apiUrl: (apiUrl ?? '').replace(/\/$/, ''),
    apiKey,
    mailboxUrl: '',
    storefrontUrl: outputs.StorefrontUrl ?? '',
    deskUrl: `${outputs.StorefrontUrl ?? ''}/desk`,
    customer: nobody,
    operator: nobody,
    functions: {},
  };
  return { stack, takesMoney: provider !== 'sandbox' };
}

// node local/deployed-stack.ts --stack <name>: prints it as the file that STACK_FILE names for the tests. It has the key.
if (import.meta.main) {
  main(async () => {
    const { values } = parseArgs({ options: { stack: { type: 'string' } } });
    if (values.stack === undefined) throw new Failure('Name the stack: --stack <name>');
    const { stack, takesMoney } = await readDeployedStack(values.stack);
    if (takesMoney) throw new Failure(`${values.stack} takes real money, and is not for tests.`);
    console.log(JSON.stringify(stack, null, 2));
  });
}
