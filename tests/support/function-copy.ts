import {
  CreateFunctionCommand,
  GetFunctionCommand,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';

/**
 * Makes a copy of a deployed function: its code and settings under another name, with another role.
 *
 * @param deployed the physical name of the function
 * @param environment variables that the copy has other values of
 */
export async function copyFunction(
  lambda: LambdaClient,
  deployed: string | undefined,
  { name, role, environment = {} }: { name: string; role: string | undefined; environment?: Record<string, string> },
): Promise<void> {
  const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: deployed }));
  const code = await fetch(Code?.Location ?? '');
  if (!code.ok) throw new Error(`the code of ${deployed} is not to be had: ${code.status}`);
  const { Runtime, Handler, Timeout, MemorySize, Layers, Environment } = Configuration ?? {};
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Code: { ZipFile: Buffer.from(await code.arrayBuffer()) },
      Runtime,
      Handler,
      Timeout,
      MemorySize,
      Layers: Layers?.flatMap(({ Arn }) => Arn ?? []),
      Environment: { Variables: { ...Environment?.Variables, ...environment } },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });
}
